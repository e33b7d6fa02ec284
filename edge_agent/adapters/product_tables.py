"""Reads where one item stands and what of it is on its way from the store's database."""

import sqlite3
from datetime import date, timedelta

from edge_agent.adapters.facing_reads import facings_of
from edge_agent.adapters.stock_reads import deliveries
from edge_agent.core.stock.deliveries import to_come
from edge_agent.ports.kiosk import StoreUnreadableError
from edge_agent.ports.products import Whereabouts
from endcap.plumbing.sqlite_file import SqliteFile, StorageError

_OVERDUE = timedelta(days=2)  # an order a day overdue, and the supplier's word of it a day before


class ProductTables:
    """Keeps the promises of edge_agent.ports.products.ProductReads."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def whereabouts(self, gtin: str, today: date) -> Whereabouts:
        """Return the item's facings and the deliveries that are to come."""

        def question(db: sqlite3.Connection) -> Whereabouts:
            due = deliveries(db, today - _OVERDUE, gtin).get(gtin, [])
            return Whereabouts(facings_of(db, gtin), to_come(due, None, today))

        try:
            return await self._file.read(question)
        except (StorageError, sqlite3.Error) as error:
            raise StoreUnreadableError(str(error)) from error
