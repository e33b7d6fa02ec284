"""Reads one item's past and days to come from SQLite, and keeps what its forecasts were made from.

Adds up and hands over; what a day without a row means is core/item_history's.
"""

import json
import sqlite3
import zlib
from collections.abc import Awaitable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import numpy as np

from edge_agent.adapters.demand_reads import DemandReads
from edge_agent.core.explaining import Inputs
from edge_agent.core.item_history import DayMark, ErrorSums, Foretold, ItemFacts, Offer, Sold
from edge_agent.ports.kiosk import StoreUnreadableError
from endcap.models.demand.panel import IN_STOCK
from endcap.plumbing.sqlite_file import SqliteFile, StorageError

T = TypeVar("T")

_SOLD = """
SELECT day, units, in_stock, price, promotion FROM day_sales
WHERE gtin = :gtin AND day BETWEEN :first AND :last
"""
_BEGUN = "SELECT min(day) AS day FROM day_sales WHERE gtin = :gtin"
_TOLD = """
SELECT value AS day FROM json_each(:days)
WHERE EXISTS (SELECT 1 FROM day_sales WHERE day = value)
"""
_FORETOLD = """
SELECT day, expected, quantiles, made_at, release, basis, at_least_one, reasons FROM forecasts
WHERE gtin = :gtin AND day BETWEEN :first AND :last
"""
_PRICES = """
SELECT substr(since, 1, 10) AS day, price FROM prices WHERE gtin = :gtin
UNION ALL SELECT :today, price FROM items WHERE gtin = :gtin AND price IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM prices WHERE gtin = :gtin AND substr(since, 1, 10) <= :today)
ORDER BY 1
"""
_OFFERS = """
SELECT first, last, discount FROM promotions
WHERE gtin = :gtin AND last >= :first AND first <= :last ORDER BY first
"""
_MARKS = """
SELECT day, kind, name FROM calendar_days WHERE day BETWEEN :first AND :last
UNION SELECT day, 'event', name FROM local_events WHERE day BETWEEN :first AND :last
ORDER BY 1, 2, 3
"""
_ERRORS = """
SELECT count(*) AS rows, coalesce(sum(units), 0.0) AS sold,
    coalesce(sum(expected - units), 0.0) AS error,
    coalesce(sum(abs(expected - units)), 0.0) AS absolute,
    coalesce(sum(units BETWEEN (SELECT min(value) FROM json_each(quantiles))
        AND (SELECT max(value) FROM json_each(quantiles))), 0) AS covered
FROM (
    SELECT f.expected, f.quantiles, coalesce(d.units, 0.0) AS units
    FROM forecasts f LEFT JOIN day_sales d ON d.gtin = f.gtin AND d.day = f.day
    WHERE f.gtin IN (SELECT value FROM json_each(:gtins)) AND f.day >= :first AND f.day < :today
        AND f.made_for < f.day AND coalesce(d.in_stock, 1.0) >= :there
        AND EXISTS (SELECT 1 FROM day_sales o WHERE o.day = f.day)
)
"""
_CATEGORY = """
SELECT other.gtin FROM items one JOIN items other
    ON coalesce(nullif(other.category, ''), other.department)
        = coalesce(nullif(one.category, ''), one.department)
WHERE one.gtin = :gtin
"""
_INPUTS = "SELECT * FROM forecast_inputs WHERE gtin = ?"
_PUT = """
INSERT INTO forecast_inputs (gtin, release, first, level, whole, events, rows)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""


class ItemHistoryTables:
    """Keeps the promises of edge_agent.ports.item_history.ItemHistoryReads."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file
        self._demand = DemandReads(file)

    async def facts_of(self, gtin: str, first: date, last: date, today: date) -> ItemFacts:
        """Return what is known of an item from `first` to `last`."""
        missing = await self._ask(self._demand.of_item(gtin, first, last))
        named = {
            "gtin": gtin,
            "first": first.isoformat(),
            "last": last.isoformat(),
            "today": today.isoformat(),
            "there": IN_STOCK,
            "days": json.dumps(
                [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
            ),
        }
        found = await self._ask(self._file.read(lambda db: _facts(db, named)))
        return replace(found, stock_outs=missing)

    async def inputs_of(self, gtin: str) -> Inputs | None:
        """Return what the standing forecasts of an item were made from."""
        row = await self._ask(self._file.read(lambda db: db.execute(_INPUTS, (gtin,)).fetchone()))
        return None if row is None else _inputs(row)

    async def _ask(self, question: Awaitable[T]) -> T:
        try:
            return await question
        except (StorageError, sqlite3.Error) as error:
            raise StoreUnreadableError(str(error)) from error


def put_inputs(db: sqlite3.Connection, made: Iterable[tuple[str, Inputs]]) -> None:
    """Keep what forecasts were made from, in place of all that was kept."""
    db.execute("DELETE FROM forecast_inputs")
    db.executemany(
        _PUT,
        (
            (
                gtin,
                one.release,
                one.first.isoformat(),
                one.level,
                one.whole,
                json.dumps(one.events),
                zlib.compress(one.rows.T.astype("<f4").tobytes(), 1),
            )
            for gtin, one in made
        ),
    )


def _inputs(row: sqlite3.Row) -> Inputs:
    events = tuple(json.loads(row["events"]))
    figures = np.frombuffer(zlib.decompress(row["rows"]), dtype="<f4")
    rows = figures.reshape(-1, len(events)).T.astype(np.float32)
    first = date.fromisoformat(row["first"])
    return Inputs(row["release"], first, row["level"], bool(row["whole"]), rows, events)


def _facts(db: sqlite3.Connection, named: dict[str, Any]) -> ItemFacts:
    begun = db.execute(_BEGUN, named).fetchone()["day"]
    marks: dict[date, list[DayMark]] = {}
    for row in db.execute(_MARKS, named):
        marks.setdefault(_day(row), []).append(DayMark(row["kind"], row["name"]))
    alike = [row["gtin"] for row in db.execute(_CATEGORY, named)]
    return ItemFacts(
        sold={_day(row): _sold(row) for row in db.execute(_SOLD, named)},
        begun=None if begun is None else date.fromisoformat(begun),
        told=frozenset(_day(row) for row in db.execute(_TOLD, named)),
        foretold={_day(row): _foretold(row) for row in db.execute(_FORETOLD, named)},
        prices=tuple((_day(row), row["price"]) for row in db.execute(_PRICES, named)),
        offers=tuple(_offer(row) for row in db.execute(_OFFERS, named)),
        marks={day: tuple(found) for day, found in marks.items()},
        own=_errors(db, named, [named["gtin"]]),
        category=_errors(db, named, alike),
    )


def _day(row: sqlite3.Row) -> date:
    return date.fromisoformat(row["day"])


def _sold(row: sqlite3.Row) -> Sold:
    return Sold(row["units"], row["in_stock"], row["price"], promotion=bool(row["promotion"]))


def _offer(row: sqlite3.Row) -> Offer:
    return Offer(date.fromisoformat(row["first"]), date.fromisoformat(row["last"]), row["discount"])


def _foretold(row: sqlite3.Row) -> Foretold:
    return Foretold(
        expected=row["expected"],
        quantiles={float(level): units for level, units in json.loads(row["quantiles"]).items()},
        made_at=datetime.fromisoformat(row["made_at"]),
        release=row["release"],
        basis=row["basis"],
        at_least_one=row["at_least_one"],
        reasons=tuple(json.loads(row["reasons"])),
    )


def _errors(db: sqlite3.Connection, named: dict[str, Any], gtins: list[str]) -> ErrorSums:
    row = db.execute(_ERRORS, {**named, "gtins": json.dumps(gtins)}).fetchone()
    return ErrorSums(**dict(row))
