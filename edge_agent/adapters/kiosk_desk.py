"""Writes what the kiosk was told into the store's database: sales of a till, counts of a clerk."""

import sqlite3
from collections.abc import Callable, Sequence

from edge_agent.adapters.catalogue_tables import put_counts
from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.sale_rows import insert_sales
from edge_agent.core.feed.rows import Accepted
from edge_agent.core.feed.sales import SaleLine, VoidLine
from edge_agent.core.feed.shelf import StockCount
from edge_agent.ports.kiosk import Kept, StoreUnwritableError
from endcap.plumbing.sqlite_file import SqliteFile, StorageError


class KioskDesk:
    """Keeps the promises of edge_agent.ports.kiosk.Desk.

    `cards` turns loyalty cards into pseudonyms, if they may be kept, before anything is written.
    """

    def __init__(self, file: SqliteFile, cards: CardReader) -> None:
        self._file = file
        self._cards = cards

    async def sell(self, rows: Sequence[Accepted[SaleLine | VoidLine]]) -> Kept:
        """Keep lines of sales; what was told before with other values is not overwritten."""

        def change(db: sqlite3.Connection) -> Kept:
            inserted = insert_sales(db, rows, self._cards)
            return Kept(inserted.new, inserted.contradictions)

        return await self._write(change)

    async def count(self, rows: Sequence[Accepted[StockCount]]) -> Kept:
        """Keep counts; the latest of each item stands."""

        def change(db: sqlite3.Connection) -> Kept:
            before = db.total_changes
            put_counts(db, [row.value for row in rows])
            return Kept(db.total_changes - before)

        return await self._write(change)

    async def _write(self, change: Callable[[sqlite3.Connection], Kept]) -> Kept:
        try:
            return await self._file.write(change)
        except StorageError as error:
            raise StoreUnwritableError(str(error)) from error
