"""Reads what the store knows for recommending: a card's past, bestsellers, what is not to be had.

What is recommended is core/shopper's.
"""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import TypeVar

from edge_agent.core.feed.sales import pseudonym
from edge_agent.ports.kiosk import StoreUnreadableError
from endcap.plumbing.clock import Clock
from endcap.plumbing.sqlite_file import SqliteFile, StorageError

T = TypeVar("T")

BEST_FOR = timedelta(minutes=1)
"""How long bestsellers are good for: adding a week up takes longer than answering does."""

_PAST = """
SELECT gtin, max(sold_at) AS sold_at FROM sale_lines
WHERE shopper = ? AND day >= ? AND units > 0
GROUP BY transaction_id, gtin ORDER BY sold_at DESC LIMIT 5000
"""
_BEST = """
SELECT gtin, sum(units) AS sold FROM sale_lines
WHERE day > (SELECT date(max(day), '-7 days') FROM sale_lines) AND gtin IN (SELECT gtin FROM items)
GROUP BY gtin HAVING sold > 0 ORDER BY sold DESC, gtin LIMIT ?
"""
_UNAVAILABLE = """
SELECT gtin FROM stock WHERE on_hand <= 0
UNION
SELECT f.gtin FROM facings f
LEFT JOIN gaps g ON g.camera = f.camera AND g.facing = f.facing AND g.closed IS NULL
WHERE f.gtin IS NOT NULL GROUP BY f.gtin HAVING count(*) = count(g.opened)
"""


class ShopperTables:
    """Keeps the promises of edge_agent.ports.kiosk.ShopperReads over the store's database."""

    def __init__(self, file: SqliteFile, shopper_key: bytes, clock: Clock) -> None:
        self._file = file
        self._shopper_key = shopper_key
        self._clock = clock
        self._best: Mapping[str, float] = {}
        self._best_until = float("-inf")

    async def past(self, card: str, since: date) -> tuple[tuple[str, datetime], ...]:
        """Return what `card` bought since a day, newest first."""
        named = (pseudonym(card, self._shopper_key), since.isoformat())
        rows = await self._ask(lambda db: db.execute(_PAST, named).fetchall())
        return tuple((row["gtin"], datetime.fromisoformat(row["sold_at"])) for row in rows)

    async def bestsellers(self, limit: int) -> Mapping[str, float]:
        """Return the units of the items that sold most in the last week of sales."""
        if self._clock.monotonic() >= self._best_until:
            rows = await self._ask(lambda db: db.execute(_BEST, (limit,)).fetchall())
            self._best = {row["gtin"]: row["sold"] for row in rows}
            self._best_until = self._clock.monotonic() + BEST_FOR.total_seconds()
        return self._best

    async def unavailable(self) -> frozenset[str]:
        """Return the items that stock lacks or whose facings all stood empty when last seen."""
        rows = await self._ask(lambda db: db.execute(_UNAVAILABLE).fetchall())
        return frozenset(row["gtin"] for row in rows)

    async def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._file.read(question)
        except (StorageError, sqlite3.Error) as error:
            raise StoreUnreadableError(str(error)) from error
