"""Reads what the store knows for recommending: a card's past, the bestsellers, the empty shelves.

What is recommended is core/shopper's.
"""

import sqlite3
from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar

from edge_agent.core.feed.sales import pseudonym
from edge_agent.ports.kiosk import StoreUnreadableError
from endcap.plumbing.sqlite_file import SqliteFile, StorageError

T = TypeVar("T")

_PAST = """
SELECT gtin, max(sold_at) AS sold_at FROM sale_lines
WHERE shopper = ? AND day >= ? AND units > 0
GROUP BY transaction_id, gtin ORDER BY sold_at DESC LIMIT 5000
"""
_BEST = """
SELECT gtin, sum(units) AS units FROM sale_lines WHERE day >= ? AND gtin IN (SELECT gtin FROM items)
GROUP BY gtin HAVING units > 0 ORDER BY units DESC, gtin LIMIT ?
"""
_EMPTY = """
SELECT f.gtin FROM facings f
LEFT JOIN gaps g ON g.camera = f.camera AND g.facing = f.facing AND g.closed IS NULL
WHERE f.gtin IS NOT NULL
GROUP BY f.gtin HAVING count(*) = count(g.opened)
"""


class ShopperTables:
    """Keeps the promises of edge_agent.ports.kiosk.ShopperReads over the store's database."""

    def __init__(self, file: SqliteFile, shopper_key: bytes) -> None:
        self._file = file
        self._shopper_key = shopper_key

    async def past(self, card: str, since: date) -> tuple[tuple[str, datetime], ...]:
        """Return what `card` bought since a day, newest first."""
        named = (pseudonym(card, self._shopper_key), since.isoformat())
        rows = await self._ask(lambda db: db.execute(_PAST, named).fetchall())
        return tuple((row["gtin"], datetime.fromisoformat(row["sold_at"])) for row in rows)

    async def bestsellers(self, since: date, limit: int) -> tuple[tuple[str, float], ...]:
        """Return the items that sold most since a day, with their units."""
        rows = await self._ask(lambda db: db.execute(_BEST, (since.isoformat(), limit)).fetchall())
        return tuple((row["gtin"], row["units"]) for row in rows)

    async def empty(self) -> frozenset[str]:
        """Return the items whose facings all stood empty when last seen."""
        rows = await self._ask(lambda db: db.execute(_EMPTY).fetchall())
        return frozenset(row["gtin"] for row in rows)

    async def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._file.read(question)
        except (StorageError, sqlite3.Error) as error:
            raise StoreUnreadableError(str(error)) from error
