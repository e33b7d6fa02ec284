"""Reads what a search is put in order by: bestsellers, and what is not to be had.

The order is core/searches'.
"""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import timedelta
from threading import get_ident
from typing import Generic, TypeVar

from edge_agent.ports.kiosk import StoreUnreadableError
from endcap.plumbing.clock import Clock
from endcap.plumbing.sqlite_file import SqliteFile, StorageError

T = TypeVar("T")

BEST_FOR = timedelta(minutes=1)
"""How long bestsellers are good for: adding a week up takes longer than answering does."""

_BEST = """
SELECT gtin, sum(units) AS sold FROM sale_lines
WHERE day > (SELECT date(max(day), '-7 days') FROM sale_lines) AND gtin IN (SELECT gtin FROM items)
GROUP BY gtin HAVING sold > 0 ORDER BY sold DESC, gtin LIMIT ?
"""
UNAVAILABLE = """
SELECT gtin FROM stock WHERE on_hand <= 0
UNION
SELECT f.gtin FROM facings f
LEFT JOIN gaps g ON g.camera = f.camera AND g.facing = f.facing AND g.closed IS NULL
WHERE f.gtin IN (SELECT e.gtin FROM gaps o JOIN facings e USING (camera, facing)
    WHERE o.closed IS NULL)
GROUP BY f.gtin HAVING count(*) = count(g.opened)
"""
"""Items that stock lacks, or whose facings all stood empty when last seen."""
GONE = f"SELECT group_concat(gtin) FROM ({UNAVAILABLE})"  # noqa: S608 - a constant
"""All of them in one row, NULL for none. Each row of an answer lets go of the interpreter, and a
thread waits long to have it back while others compute."""


class UntilWritten(Generic[T]):
    """What was read last of a database, read anew when anything was written since.

    SQLite tells each connection when another one wrote, and a reader has its own thread.
    """

    def __init__(self, read: Callable[[sqlite3.Connection], T]) -> None:
        self._read = read
        self._kept: dict[int, tuple[int, T]] = {}

    def __call__(self, db: sqlite3.Connection) -> T:
        """Return what is so now."""
        version = int(db.execute("PRAGMA data_version").fetchone()[0])
        kept = self._kept.get(get_ident())
        if kept is None or kept[0] != version:
            kept = (version, self._read(db))
            self._kept[get_ident()] = kept
        return kept[1]


class ShopperTables:
    """Keeps the promises of edge_agent.ports.kiosk.ShopperReads over the store's database."""

    def __init__(self, file: SqliteFile, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._best: Mapping[str, float] = {}
        self._best_until = float("-inf")
        self._gone = UntilWritten(_gone)

    async def bestsellers(self, limit: int) -> Mapping[str, float]:
        """Return the units of the items that sold most in the last week of sales."""
        if self._clock.monotonic() >= self._best_until:
            rows = await self._ask(lambda db: db.execute(_BEST, (limit,)).fetchall())
            self._best = {row["gtin"]: row["sold"] for row in rows}
            self._best_until = self._clock.monotonic() + BEST_FOR.total_seconds()
        return self._best

    async def unavailable(self) -> frozenset[str]:
        """Return the items that stock lacks or whose facings all stood empty when last seen."""
        try:
            return self._file.read_now(self._gone)
        except (StorageError, sqlite3.Error) as error:
            raise StoreUnreadableError(str(error)) from error

    async def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._file.read(question)
        except (StorageError, sqlite3.Error) as error:
            raise StoreUnreadableError(str(error)) from error


def _gone(db: sqlite3.Connection) -> frozenset[str]:
    found = db.execute(GONE).fetchone()[0]
    return frozenset(found.split(",") if found else ())
