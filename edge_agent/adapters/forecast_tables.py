"""Forecasts and how they fared, in SQLite.

What to expect is core/demand's, and what a forecast was worth core/scoring's.
"""

import json
import sqlite3
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from edge_agent.adapters import outbox_rows
from edge_agent.adapters.feed_tables import feed_version
from edge_agent.adapters.sale_rows import SALES, SCORE
from edge_agent.adapters.sales_tables import changed_days, changes_of, settle
from edge_agent.adapters.store_life import get_meta, set_meta
from edge_agent.core.demand import MEMORY, Ahead, Calendar, Promised, SaleRow
from edge_agent.core.scoring import Expected, Sold
from edge_agent.ports.demand import Made, Material, ScoreFacts, Standing
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.events import ForecastScored

_EXPECTED = """
SELECT gtin, expected, release, model FROM forecasts WHERE day = ? AND made_for < day
ORDER BY gtin
"""
_SOLD = "SELECT gtin, units, in_stock FROM day_sales WHERE day = ?"
_SCORE = """
INSERT INTO forecast_scores (day, release, model, items, units, absolute_error, error)
VALUES (:day, :release, :model, :items, :units, :absolute_error, :error)
ON CONFLICT (day) DO UPDATE SET release = excluded.release, model = excluded.model,
    items = excluded.items, units = excluded.units, absolute_error = excluded.absolute_error,
    error = excluded.error
WHERE (excluded.release, excluded.model, excluded.items, excluded.units, excluded.absolute_error,
    excluded.error) IS NOT (release, model, items, units, absolute_error, error)
"""
_SALES = """
SELECT gtin, day, units, price, promotion, in_stock FROM day_sales WHERE day > ? AND day <= ?
"""
_FARED = """
SELECT coalesce(sum(units), 0) AS units, coalesce(sum(error), 0) AS error FROM forecast_scores
WHERE release = ? AND day > ? AND day <= ?
"""
_PRICES = "SELECT gtin, substr(since, 1, 10) AS day, price FROM prices ORDER BY since"
_PROMOTIONS = "SELECT gtin, first, last FROM promotions WHERE last > ? AND first <= ?"
_FORECAST = """
INSERT INTO forecasts (gtin, day, made_at, made_for, release, model, expected, quantiles)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_BASIS = "forecast_basis"
_FARED_OVER = timedelta(days=7)


class ScoreTables:
    """Keeps the promises of edge_agent.ports.demand.ScoreBook."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def unscored_days(self) -> tuple[date, ...]:
        """Return the days to score, oldest first."""
        return await self._file.read(lambda db: changed_days(db, SCORE))

    async def facts_of(self, day: date) -> ScoreFacts:
        """Return what was expected of `day` before it began, and its tally."""
        return await self._file.read(lambda db: _facts(db, day))

    async def record(self, facts: ScoreFacts, scored: ForecastScored | None, at: datetime) -> None:
        """Keep a score, with its event if it is new."""
        await self._file.write(lambda db: _record(db, facts, scored, at))


def _facts(db: sqlite3.Connection, day: date) -> ScoreFacts:
    named = (day.isoformat(),)
    return ScoreFacts(
        day=day,
        expected=tuple(
            Expected(row["gtin"], row["expected"], row["release"], row["model"])
            for row in db.execute(_EXPECTED, named)
        ),
        sold={row["gtin"]: Sold(row["units"], row["in_stock"]) for row in db.execute(_SOLD, named)},
        changes=changes_of(db, SCORE, day),
    )


def _record(
    db: sqlite3.Connection, facts: ScoreFacts, scored: ForecastScored | None, at: datetime
) -> None:
    if scored is not None and db.execute(_SCORE, scored.model_dump(mode="json")).rowcount > 0:
        outbox_rows.append(db, [scored], at)
    settle(db, SCORE, facts.day, facts.changes)


class ForecastTables:
    """Keeps the promises of edge_agent.ports.demand.ForecastBook."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def standing(self, before: date) -> Standing:
        """Return what stands, and what there is to make new forecasts from."""
        return await self._file.read(lambda db: _standing(db, before))

    async def material(self, last_closed: date, horizon: int, release: int) -> Material:
        """Return what to forecast the days after `last_closed` from."""
        return await self._file.read(lambda db: _material(db, last_closed, horizon, release))

    async def record(self, made: Made, at: datetime) -> None:
        """Put `made` in place of every forecast of the days after its last closed one."""
        await self._file.write(lambda db: _put(db, made, at))


def _standing(db: sqlite3.Connection, before: date) -> Standing:
    last = db.execute("SELECT max(day) AS day FROM day_sales").fetchone()["day"]
    return Standing(
        basis=get_meta(db, _BASIS),
        last_tallied=None if last is None else date.fromisoformat(last),
        pending=any(day < before for day in changed_days(db, SALES)),
        feed=feed_version(db),
    )


def _material(db: sqlite3.Connection, last_closed: date, horizon: int, release: int) -> Material:
    until = last_closed.isoformat()
    fared = db.execute(_FARED, (release, (last_closed - _FARED_OVER).isoformat(), until)).fetchone()
    rows = db.execute(_SALES, ((last_closed - MEMORY).isoformat(), until))
    special = db.execute("SELECT DISTINCT day FROM local_events")
    sales: tuple[SaleRow, ...] = tuple(tuple(row) for row in rows)
    return Material(
        sales=sales,
        ahead=Ahead(
            last_closed=last_closed,
            horizon=horizon,
            calendar=Calendar(special=frozenset(date.fromisoformat(r["day"]) for r in special)),
            promised=_promised(db, last_closed, horizon),
        ),
        units=fared["units"],
        error=fared["error"],
    )


def _promised(
    db: sqlite3.Connection, last_closed: date, horizon: int
) -> dict[tuple[str, date], Promised]:
    """Return what the centre's feed says of the prices and promotions of the days to come.

    Of an item that it names, it says all: on a day without a promotion there is none.
    """
    days = [last_closed + timedelta(days=n) for n in range(1, horizon + 1)]
    prices: dict[str, list[tuple[str, float]]] = {}
    for row in db.execute(_PRICES):
        prices.setdefault(row["gtin"], []).append((row["day"], row["price"]))
    spans: dict[str, list[tuple[str, str]]] = {}
    for row in db.execute(_PROMOTIONS, (last_closed.isoformat(), days[-1].isoformat())):
        spans.setdefault(row["gtin"], []).append((row["first"], row["last"]))
    return {
        (gtin, day): Promised(
            price=_price_on(prices.get(gtin, ()), day.isoformat()),
            promotion=_promoted_on(spans[gtin], day.isoformat()) if gtin in spans else None,
        )
        for gtin in prices.keys() | spans.keys()
        for day in days
    }


def _price_on(prices: Sequence[tuple[str, float]], day: str) -> float | None:
    """Return the price that holds on a day; `prices` are (since, price), the oldest first."""
    return next((price for since, price in reversed(prices) if since <= day), None)


def _promoted_on(spans: Sequence[tuple[str, str]], day: str) -> bool:
    """Tell whether a day lies in one of the spans, both ends inside."""
    return any(first <= day <= last for first, last in spans)


def _put(db: sqlite3.Connection, made: Made, at: datetime) -> None:
    last_closed = made.basis.last_closed.isoformat()
    db.execute("DELETE FROM forecasts WHERE day > ?", (last_closed,))
    levels = [f"{level:g}" for level in made.levels]
    same = (at.isoformat(), last_closed, made.basis.release, made.model)
    db.executemany(
        _FORECAST,
        [
            (
                one.gtin,
                one.day.isoformat(),
                *same,
                one.expected,
                json.dumps(dict(zip(levels, one.quantiles, strict=True))),
            )
            for one in made.forecasts
        ],
    )
    set_meta(db, _BASIS, str(made.basis))
