"""The reports that stores bring: a file each, below a folder of the store, and a row of a table.

Of each store the newest ten are kept, each for a limited time. What is in a report is a stranger's
text: it is read by nobody here, and handed out as bytes.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from central_sync.ports.remote import Bundle, BundleUnwantedError
from endcap.plumbing.files import sha256_of, write_atomically
from endcap.plumbing.sqlite_file import SqliteFile

KEPT = 10
_ASKED = """
SELECT EXISTS (SELECT 1 FROM errand_orders
WHERE store = ? AND counter = ? AND errand = 'upload-bundle') AS asked
"""
_KEEP = (
    "INSERT OR REPLACE INTO bundles (store, counter, received, size, sha256) VALUES (?, ?, ?, ?, ?)"
)
_TOO_MANY = """
SELECT store, counter FROM bundles WHERE store = ? ORDER BY received DESC, counter DESC
LIMIT -1 OFFSET ?
"""
_LISTED = """
SELECT * FROM bundles WHERE :store IS NULL OR store = :store ORDER BY received DESC, counter DESC
"""


class BundleFiles:
    """Keeps the promises of central_sync.ports.remote.Bundles."""

    def __init__(self, file: SqliteFile, folder: Path) -> None:
        self._file = file
        self._folder = folder

    async def keep(self, store: str, counter: int, content: bytes, at: datetime) -> Bundle:
        """Keep a report that was asked for.

        Raises:
            BundleUnwantedError: it was not.
        """
        asked = await self._file.read(lambda db: db.execute(_ASKED, (store, counter)).fetchone()[0])
        if not asked:
            raise BundleUnwantedError(f"{store} was not asked for bundle {counter}")
        one = Bundle(store, counter, at, len(content), sha256_of(content))
        await asyncio.to_thread(write_atomically, self._path(store, counter), content, mode=0o600)
        row = (store, counter, at.isoformat(), one.size, one.sha256)
        gone = await self._file.write(lambda db: _keep(db, row))
        await self._remove(gone)
        return one

    async def listed(self, store: str | None) -> Sequence[Bundle]:
        """Return the reports of a store, or of all, newest first."""
        return await self._file.read(lambda db: read_bundles(db, store))

    async def content(self, store: str, counter: int) -> bytes | None:
        """Return a report; None when it is not there."""
        known = any(one.counter == counter for one in await self.listed(store))
        if not known:
            return None
        try:
            return await asyncio.to_thread(self._path(store, counter).read_bytes)
        except FileNotFoundError:
            return None

    async def forget(self, before: datetime) -> int:
        """Take away the reports that came before a moment; return how many."""

        def change(db: sqlite3.Connection) -> list[tuple[str, int]]:
            query = "DELETE FROM bundles WHERE received < ? RETURNING store, counter"
            return [(row[0], row[1]) for row in db.execute(query, (before.isoformat(),)).fetchall()]

        gone = await self._file.write(change)
        await self._remove(gone)
        return len(gone)

    def _path(self, store: str, counter: int) -> Path:
        return self._folder / store / f"{counter}.json"

    async def _remove(self, gone: Sequence[tuple[str, int]]) -> None:
        for store, counter in gone:
            await asyncio.to_thread(self._path(store, counter).unlink, missing_ok=True)


def _keep(db: sqlite3.Connection, row: tuple[str, int, str, int, str]) -> list[tuple[str, int]]:
    """Add a row; return the reports of the store that are too many now, their rows deleted."""
    db.execute(_KEEP, row)
    gone = [(one[0], one[1]) for one in db.execute(_TOO_MANY, (row[0], KEPT)).fetchall()]
    db.executemany("DELETE FROM bundles WHERE store = ? AND counter = ?", gone)
    return gone


def read_bundles(db: sqlite3.Connection, store: str | None) -> tuple[Bundle, ...]:
    """Return the reports of a store, or of all, newest first, from any connection."""
    return tuple(
        Bundle(
            store=row["store"],
            counter=row["counter"],
            received=datetime.fromisoformat(row["received"]),
            size=row["size"],
            sha256=row["sha256"],
        )
        for row in db.execute(_LISTED, {"store": store}).fetchall()
    )
