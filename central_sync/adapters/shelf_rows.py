"""What every store told of its shelves as rows: gaps, and facings of which nothing is known.

A gap's end may arrive before its beginning: either makes the row, and both orders end the same. Of
whether a facing is known the store's last word counts, in whatever order its words arrive. What is
unknown is never counted as full: it is listed, with the reason.
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from central_sync.core.overview import OpenGap, UnknownFacing
from endcap.wire.events import Event, FacingSeen, FacingUnknown, GapClosed, GapOpened

_OPEN = """
INSERT INTO gaps (store, camera, facing, gtin, opened) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (store, camera, facing, opened) DO UPDATE SET gtin = coalesce(gtin, excluded.gtin)
"""
_CLOSE = """
INSERT INTO gaps (store, camera, facing, gtin, opened, closed) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (store, camera, facing, opened) DO UPDATE SET
    gtin = coalesce(gtin, excluded.gtin), closed = min(coalesce(closed, '~'), excluded.closed)
"""
_SEE = """
INSERT INTO facing_sights (store, camera, facing, gtin, since, reason, epoch, seq, told)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (store, camera, facing) DO UPDATE SET
    gtin = excluded.gtin, since = excluded.since, reason = excluded.reason,
    epoch = excluded.epoch, seq = excluded.seq, told = excluded.told
WHERE CASE WHEN epoch = excluded.epoch THEN excluded.seq > seq ELSE excluded.told > told END
"""
_OPEN_GAPS = """
SELECT g.store, g.camera, g.facing, g.gtin, g.opened, coalesce(s.reason, '') AS unseen
FROM gaps g LEFT JOIN facing_sights s USING (store, camera, facing)
WHERE g.closed IS NULL AND (?1 IS NULL OR g.store = ?1) ORDER BY g.opened LIMIT ?2
"""
_UNKNOWN = """
SELECT store, camera, facing, gtin, since, reason FROM facing_sights
WHERE reason <> '' AND (?1 IS NULL OR store = ?1) ORDER BY since, store, camera, facing LIMIT ?2
"""
_TAKEN_OUT = "replanned"
"""The reason of a facing that is another one now, or none: nobody need look after it."""


def apply(db: sqlite3.Connection, events: Iterable[Event]) -> None:
    """Take in the events that tell of facings; others are passed over."""
    for one in events:
        match one.body:
            case GapOpened() as body:
                named = (one.store, body.camera, body.facing, body.gtin)
                db.execute(_OPEN, (*named, body.since.isoformat()))
                _see(db, one, body, "")
            case GapClosed() as body:
                span = (body.opened.isoformat(), body.since.isoformat())
                db.execute(_CLOSE, (one.store, body.camera, body.facing, body.gtin, *span))
                _see(db, one, body, "")
            case FacingSeen() as body:
                _see(db, one, body, "")
            case FacingUnknown() as body:
                _see(db, one, body, "" if body.reason == _TAKEN_OUT else body.reason)
            case _:
                pass


def open_gaps(db: sqlite3.Connection, store: str | None, limit: int) -> tuple[OpenGap, ...]:
    """Return the facings that stand empty, the oldest first: of one store, or of all."""
    return tuple(
        OpenGap(
            row["store"], row["camera"], row["facing"], row["gtin"],
            datetime.fromisoformat(row["opened"]), row["unseen"],
        )
        for row in db.execute(_OPEN_GAPS, (store, limit)).fetchall()
    )  # fmt: skip


def unknown_facings(
    db: sqlite3.Connection, store: str | None, limit: int
) -> tuple[UnknownFacing, ...]:
    """Return the facings of which nothing is known, the oldest first: of one store, or of all."""
    return tuple(
        UnknownFacing(
            row["store"], row["camera"], row["facing"], row["gtin"],
            datetime.fromisoformat(row["since"]), row["reason"],
        )
        for row in db.execute(_UNKNOWN, (store, limit)).fetchall()
    )  # fmt: skip


def _see(
    db: sqlite3.Connection,
    event: Event,
    body: GapOpened | GapClosed | FacingSeen | FacingUnknown,
    reason: str,
) -> None:
    """Keep why a facing is unknown since when; an empty `reason` when it is not."""
    named = (event.store, body.camera, body.facing, body.gtin)
    place = (event.epoch, event.seq, event.time.isoformat())
    db.execute(_SEE, (*named, body.since.isoformat(), reason, *place))
