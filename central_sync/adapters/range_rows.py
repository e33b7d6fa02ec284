"""Sets of sequence numbers as rows of a table: store, epoch, first, last. Decides nothing."""

import sqlite3
from typing import Literal

from endcap.wire.seqset import SeqSet

Table = Literal["committed", "forgotten"]


def ranges_of(db: sqlite3.Connection, table: Table, place: tuple[str, str]) -> SeqSet:
    """Return a table's numbers of a place: a store and an epoch."""
    query = f"SELECT first, last FROM {table} WHERE store = ? AND epoch = ? ORDER BY first"  # noqa: S608 - one of two names
    return SeqSet(tuple((row[0], row[1]) for row in db.execute(query, place)))


def move_ranges(
    db: sqlite3.Connection, table: Table, place: tuple[str, str], before: SeqSet, after: SeqSet
) -> None:
    """Change a place's rows from `before` to `after`; only those that differ are touched."""
    old, new = set(before.ranges), set(after.ranges)
    db.executemany(
        f"DELETE FROM {table} WHERE store = ? AND epoch = ? AND first = ?",  # noqa: S608 - as above
        ((*place, first) for first, _ in old - new),
    )
    db.executemany(
        f"INSERT INTO {table} (store, epoch, first, last) VALUES (?, ?, ?, ?)",  # noqa: S608 - as above
        ((*place, first, last) for first, last in new - old),
    )
