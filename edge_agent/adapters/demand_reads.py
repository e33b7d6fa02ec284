"""Reads what the store expects and why its past counts as it does, from SQLite. Writes nothing."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from edge_agent.core.stock_outs import StockOut
from edge_agent.ports.demand import Expectation
from endcap.plumbing.sqlite_file import SqliteFile

_STOCK_OUTS = "SELECT * FROM stock_outs WHERE "
_OF_ITEM = _STOCK_OUTS + "gtin = ? AND day BETWEEN ? AND ? ORDER BY day, since, source"
_OF_DAY = _STOCK_OUTS + "day = ? ORDER BY gtin, since, source"
_EXPECTED = """
SELECT gtin, day, expected, quantiles, at_least_one, basis, reasons FROM forecasts
WHERE day BETWEEN :first AND :last
    AND (:gtins IS NULL OR gtin IN (SELECT value FROM json_each(:gtins)))
ORDER BY gtin, day
"""


class DemandReads:
    """Keeps the promises of edge_agent.ports.demand: StockOutReads and ExpectationReads."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def of_item(self, gtin: str, first: date, last: date) -> tuple[StockOut, ...]:
        """Return the stock-outs of an item on the days `first` to `last`."""
        named = (gtin, first.isoformat(), last.isoformat())
        return await self._file.read(lambda db: _stock_outs(db.execute(_OF_ITEM, named)))

    async def of_day(self, day: date) -> tuple[StockOut, ...]:
        """Return the stock-outs of a day."""
        return await self._file.read(lambda db: stock_outs_of_day(db, day))

    async def expectations(
        self, first: date, last: date, gtins: Collection[str] | None = None
    ) -> Mapping[tuple[str, date], Expectation]:
        """Return the standing forecasts of the days `first` to `last`."""
        named = {
            "first": first.isoformat(),
            "last": last.isoformat(),
            "gtins": None if gtins is None else json.dumps(sorted(gtins)),
        }
        rows = await self._file.read(lambda db: db.execute(_EXPECTED, named).fetchall())
        found = (_expectation(row) for row in rows)
        return {(one.gtin, one.day): one for one in found}


def stock_outs_of_day(db: sqlite3.Connection, day: date) -> tuple[StockOut, ...]:
    """Return the stock-outs of a day, by item."""
    return _stock_outs(db.execute(_OF_DAY, (day.isoformat(),)))


def _stock_outs(rows: Iterable[sqlite3.Row]) -> tuple[StockOut, ...]:
    return tuple(
        StockOut(
            gtin=row["gtin"],
            day=date.fromisoformat(row["day"]),
            source=row["source"],
            since=datetime.fromisoformat(row["since"]),
            until=datetime.fromisoformat(row["until"]),
            share=row["share"],
            chance=row["chance"],
            detail=row["detail"],
        )
        for row in rows
    )


def _expectation(row: sqlite3.Row) -> Expectation:
    quantiles = {float(level): units for level, units in json.loads(row["quantiles"]).items()}
    levels = tuple(sorted(quantiles))
    return Expectation(
        gtin=row["gtin"],
        day=date.fromisoformat(row["day"]),
        expected=row["expected"],
        levels=levels,
        quantiles=tuple(quantiles[level] for level in levels),
        at_least_one=row["at_least_one"],
        basis=row["basis"],
        reasons=tuple(json.loads(row["reasons"])),
    )
