"""Writing events into the outbox table, inside the transaction that makes them true.

Every adapter that changes the store's state calls `append` in the same `SqliteFile.write`, so that
a change and its event survive a power cut together or not at all.
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from endcap.plumbing.clock import is_plausible
from endcap.wire.body import Body


def append(db: sqlite3.Connection, bodies: Iterable[Body], at: datetime) -> int:
    """Add `bodies` to the outbox as events of `at`; return how many."""
    rows = [
        (body.kind, int(body.priority), at.isoformat(), is_plausible(at), body.model_dump_json())
        for body in bodies
    ]
    db.executemany(
        "INSERT INTO outbox (kind, priority, time, clock_ok, body) VALUES (?, ?, ?, ?, ?)", rows
    )
    return len(rows)
