"""The last signed word to each store, in the centre's database.

Which release a store should want is written by release_tables; here is what was signed and told of
it. Only what is live is ever read: a release that waits for signatures, or was revoked, is not.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from central_sync.core.assignments import Wanted
from endcap.plumbing.sqlite_file import SqliteFile

_TO_SAY = """
SELECT a.* FROM assignments a JOIN releases r ON r.release = a.release
WHERE r.signed_at IS NOT NULL AND r.revoked_at IS NULL
AND (:everything OR a.told_at IS NULL OR a.expires IS NULL OR a.expires < :soon)
ORDER BY a.store
"""
_KEEP = """
UPDATE assignments SET counter = :counter, told_at = NULL,
expires = iif(release = :release, :expires, NULL),
envelope = iif(release = :release, :envelope, NULL)
WHERE store = :store AND counter < :counter
"""
_TOLD = """
UPDATE assignments SET told_at = ? WHERE store = ? AND release = ? AND counter = ?
AND envelope IS NOT NULL
"""


class AssignmentTables:
    """Keeps the promises of central_sync.ports.orders.AssignmentBook: the table `assignments`."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def to_say(
        self, at: datetime, margin: timedelta, *, everything: bool
    ) -> tuple[Wanted, ...]:
        """Return the assignments to live releases that are to be told now."""
        values = {"everything": everything, "soon": (at + margin).isoformat()}
        rows = await self._file.read(lambda db: db.execute(_TO_SAY, values).fetchall())
        return tuple(_wanted(row) for row in rows)

    async def keep(self, signed: Sequence[Wanted]) -> None:
        """Keep signed assignments; of one that changed since it was read only the counter.

        That counter may be said all the same, so no other order may ever bear it.
        """
        rows = [
            {
                "store": one.store,
                "release": one.release,
                "counter": one.counter,
                "expires": one.expires.isoformat() if one.expires else None,
                "envelope": one.envelope,
            }
            for one in signed
        ]
        await self._file.write(lambda db: db.executemany(_KEEP, rows))

    async def told(self, said: Sequence[Wanted], at: datetime) -> None:
        """Mark assignments as told, each unless it changed while it was being told."""
        rows = [(at.isoformat(), one.store, one.release, one.counter) for one in said]
        if rows:
            await self._file.write(lambda db: db.executemany(_TOLD, rows))


def _wanted(row: sqlite3.Row) -> Wanted:
    return Wanted(
        store=row["store"],
        release=row["release"],
        counter=row["counter"],
        expires=datetime.fromisoformat(row["expires"]) if row["expires"] else None,
        envelope=row["envelope"],
        told=row["told_at"] is not None,
    )
