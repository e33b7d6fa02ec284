"""The shelf gaps of every store as rows, kept up with the events that tell of them.

A gap's end may arrive before its beginning: either makes the row, and both orders end the same.
"""

import sqlite3
from collections.abc import Iterable

from endcap.wire.events import Event, GapClosed, GapOpened

_OPEN = """
INSERT INTO gaps (store, camera, facing, gtin, opened) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (store, camera, facing, opened) DO UPDATE SET gtin = coalesce(gtin, excluded.gtin)
"""
_CLOSE = """
INSERT INTO gaps (store, camera, facing, gtin, opened, closed) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (store, camera, facing, opened) DO UPDATE SET
    gtin = coalesce(gtin, excluded.gtin), closed = min(coalesce(closed, '~'), excluded.closed)
"""


def apply(db: sqlite3.Connection, events: Iterable[Event]) -> None:
    """Take in the events that open or close a gap; others are passed over."""
    opened, closed = [], []
    for one in events:
        body = one.body
        if isinstance(body, GapOpened):
            since = body.since.isoformat()
            opened.append((one.store, body.camera, body.facing, body.gtin, since))
        elif isinstance(body, GapClosed):
            span = (body.opened.isoformat(), body.since.isoformat())
            closed.append((one.store, body.camera, body.facing, body.gtin, *span))
    if opened:
        db.executemany(_OPEN, opened)
    if closed:
        db.executemany(_CLOSE, closed)
