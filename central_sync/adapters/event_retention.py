"""Forgets old events in the centre's database, once the lake has them.

What was forgotten stays in the books as ranges: an event that comes again is known, and the proof
of a store's history counts it. What the lake keeps, and for how long, is not decided here.
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

from central_sync.adapters.range_rows import move_ranges, ranges_of
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.seqset import SeqSet

# The newest stays: the next arrivals are numbered from it.
_OLD = """
SELECT store, epoch, seq, received_at FROM events
WHERE arrival <= (SELECT max(CAST(value AS INTEGER)) FROM meta WHERE name = 'laked')
    AND arrival < (SELECT max(arrival) FROM events)
ORDER BY arrival LIMIT ?
"""
_FORGET = "DELETE FROM events WHERE store = ? AND epoch = ? AND seq = ?"


class EventRetention:
    """The table `events`, for forgetting."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def forget(self, before: datetime, limit: int) -> int:
        """Forget events that arrived before a moment, `limit` at most; return how many."""
        return await self._file.write(lambda db: _forget(db, before, limit))


def _forget(db: sqlite3.Connection, before: datetime, limit: int) -> int:
    """Do what EventRetention.forget does, inside a transaction of the caller's."""
    oldest = db.execute(_OLD, (limit,)).fetchall()
    old = sorted(
        (row["store"], row["epoch"], row["seq"])
        for row in oldest
        if row["received_at"] < before.isoformat()
    )
    for place, group in groupby(old, key=lambda one: one[:2]):
        _remember(db, place, (seq for _, _, seq in group))
    db.executemany(_FORGET, old)
    return len(old)


def _remember(db: sqlite3.Connection, place: tuple[str, str], numbers: Iterable[int]) -> None:
    """Note numbers of an epoch as forgotten."""
    before = ranges_of(db, "forgotten", place)
    move_ranges(db, "forgotten", place, before, before.union(SeqSet.of(numbers)))
