"""What the centre was told of a day, in the table `tallies`: the same is not told twice.

A tally, the note that it was told and the event that tells it are one write, the caller's.
"""

import sqlite3
from collections.abc import Callable, Iterable
from datetime import date, datetime

from edge_agent.adapters import outbox_rows
from edge_agent.core.sales import Told, next_revision
from endcap.wire.body import Body

_TOLD = """
INSERT INTO tallies (what, day, revision, digest, told_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (what, day) DO UPDATE SET revision = excluded.revision, digest = excluded.digest,
    told_at = excluded.told_at
"""


def tell_news(
    db: sqlite3.Connection,
    subject: tuple[str, date],
    digest: str,
    events: Callable[[int], Iterable[Body]],
    at: datetime,
) -> bool:
    """Tell what is known of a subject (what, and of which day) if that is news.

    `events` makes what is told of the number of its revision. Returns whether there was news.
    """
    what, day = subject
    revision = next_revision(_told(db, what, day), digest)
    if revision is None:
        return False
    db.execute(_TOLD, (what, day.isoformat(), revision, digest, at.isoformat()))
    outbox_rows.append(db, events(revision), at)
    return True


def _told(db: sqlite3.Connection, what: str, day: date) -> Told | None:
    row = db.execute(
        "SELECT revision, digest FROM tallies WHERE what = ? AND day = ?", (what, day.isoformat())
    ).fetchone()
    return None if row is None else Told(row["revision"], row["digest"])
