"""Reads why the store's past counts as it does, from SQLite. Writes nothing."""

import sqlite3
from collections.abc import Iterable
from datetime import date, datetime

from edge_agent.core.stock_outs import StockOut
from endcap.plumbing.sqlite_file import SqliteFile

_STOCK_OUTS = "SELECT * FROM stock_outs WHERE "
_OF_ITEM = _STOCK_OUTS + "gtin = ? AND day BETWEEN ? AND ? ORDER BY day, since, source"
_OF_DAY = _STOCK_OUTS + "day = ? ORDER BY gtin, since, source"


class DemandReads:
    """Keeps the promises of edge_agent.ports.demand.StockOutReads."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def of_item(self, gtin: str, first: date, last: date) -> tuple[StockOut, ...]:
        """Return the stock-outs of an item on the days `first` to `last`."""
        named = (gtin, first.isoformat(), last.isoformat())
        return await self._file.read(lambda db: _stock_outs(db.execute(_OF_ITEM, named)))

    async def of_day(self, day: date) -> tuple[StockOut, ...]:
        """Return the stock-outs of a day."""
        return await self._file.read(lambda db: stock_outs_of_day(db, day))


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
