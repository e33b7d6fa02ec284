"""What stores tell of experiments, as rows kept up with the events: the latest word of each store.

Judges nothing.
"""

import sqlite3
from collections.abc import Iterable

from pydantic_core import to_json

from endcap.wire.events import Event
from endcap.wire.shopper_events import ExperimentTallied

_KEEP = """
INSERT INTO experiment_words (experiment, store, day, revision, arms) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (experiment, store) DO UPDATE SET
    day = excluded.day, revision = excluded.revision, arms = excluded.arms
WHERE (excluded.day, excluded.revision) > (day, revision)
"""


def apply(db: sqlite3.Connection, events: Iterable[Event]) -> None:
    """Take in the events that tell of experiments; others are passed over."""
    told = [(one.store, one.body) for one in events if isinstance(one.body, ExperimentTallied)]
    rows = [
        (body.experiment, store, body.day.isoformat(), body.revision, to_json(body.arms).decode())
        for store, body in told
    ]
    db.executemany(_KEEP, rows)
