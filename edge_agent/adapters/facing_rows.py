"""What each facing is, in SQLite, and the journal of every change of it.

A change is one row of the journal and the facing's new state, in the caller's write. What follows
from what is core/vision/machine's.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from edge_agent.core.vision.machine import NEVER_SEEN, FacingEvent, Standing, State
from endcap.wire.events import FacingSeen, FacingUnknown, GapClosed, GapOpened

Span = tuple[datetime, datetime]

_OF = "SELECT * FROM facing_states WHERE camera = ? AND facing = ?"
_PUT = """
INSERT INTO facing_states (camera, facing, state, since, reason, opened, said_at)
VALUES (:camera, :facing, :state, :since, :reason, :opened, :said_at)
ON CONFLICT (camera, facing) DO UPDATE SET state = excluded.state, since = excluded.since,
    reason = excluded.reason, opened = excluded.opened, said_at = excluded.said_at
"""
_JOURNAL = """
INSERT INTO facing_journal
    (camera, facing, gtin, state, since, reason, seer, probability, frames, picture, at)
VALUES (:camera, :facing, :gtin, :state, :since, :reason, :by, :probability, :frames, :picture, :at)
"""
_TURNS = """
SELECT state, since FROM facing_journal
WHERE camera = ? AND facing = ? AND since >= ? AND since < ? ORDER BY step
"""
_EXTRAS = {"reason": "", "by": "camera", "probability": None, "frames": None, "picture": None}
_COLUMNS = {"camera", "facing", "gtin", *_EXTRAS}


def standing_of(db: sqlite3.Connection, camera: str, facing: str) -> Standing:
    """Return what a facing is."""
    row = db.execute(_OF, (camera, facing)).fetchone()
    return NEVER_SEEN if row is None else _standing(row)


def all_standing(db: sqlite3.Connection) -> dict[str, dict[str, Standing]]:
    """Return what each facing is, by camera and facing."""
    found: dict[str, dict[str, Standing]] = {}
    for row in db.execute("SELECT * FROM facing_states"):
        found.setdefault(row["camera"], {})[row["facing"]] = _standing(row)
    return found


def apply(db: sqlite3.Connection, event: FacingEvent, at: datetime) -> bool:
    """Make of a facing what `event` tells, and journal it; return whether that was news."""
    was = standing_of(db, event.camera, event.facing)
    now = standing_after(was, event)
    if now is None:
        return False
    put(db, event.camera, event.facing, now)
    journal = {
        **_EXTRAS,
        **event.model_dump(include=_COLUMNS),
        "state": now.state.value,
        "since": event.since.isoformat(),
        "at": at.isoformat(),
    }
    db.execute(_JOURNAL, journal)
    return True


def standing_after(was: Standing, event: FacingEvent) -> Standing | None:
    """Return what a facing is after `event`; None where it was that already.

    A gap's end leaves it full, unless the next event says low.
    """
    opened = was.opened
    match event:
        case GapOpened() if opened is None:
            now = Standing(State.GAP, event.since, "", event.since)
        case GapClosed() if opened is not None:
            now = Standing(State.FULL, event.since)
        case FacingUnknown():
            state = State.GAP_UNSEEN if opened else State.UNKNOWN
            now = Standing(state, event.since, event.reason, opened)
        case FacingSeen() if (event.state == "gap") is (opened is not None):
            now = Standing(State(event.state), event.since, "", opened)
        case _:
            return None
    if (now.state, now.reason) == (was.state, was.reason):
        return None
    said = not isinstance(event, FacingUnknown) and event.by == "person"
    return replace(now, said_at=event.since if said else None)


def put(db: sqlite3.Connection, camera: str, facing: str, standing: Standing) -> None:
    """Keep what a facing is."""
    if standing.since is None:
        db.execute("DELETE FROM facing_states WHERE camera = ? AND facing = ?", (camera, facing))
        return
    db.execute(
        _PUT,
        {
            "camera": camera,
            "facing": facing,
            "state": standing.state.value,
            "since": standing.since.isoformat(),
            "reason": standing.reason,
            "opened": standing.opened and standing.opened.isoformat(),
            "said_at": standing.said_at and standing.said_at.isoformat(),
        },
    )


def seen_empty(
    db: sqlite3.Connection, camera: str, facing: str, opened: datetime, until: datetime
) -> list[Span]:
    """Return when in a gap from `opened` to `until` the facing was in sight."""
    spans: list[Span] = []
    since: datetime | None = opened
    named = (camera, facing, opened.isoformat(), until.isoformat())
    for state, turned in db.execute(_TURNS, named).fetchall():
        at = datetime.fromisoformat(turned)
        if state == State.GAP_UNSEEN.value and since is not None:
            spans.append((since, at))
            since = None
        elif state == State.GAP.value:
            since = since or at
    return spans if since is None else [*spans, (since, until)]


def _standing(row: Mapping[str, str | None] | sqlite3.Row) -> Standing:
    return Standing(
        state=State(row["state"]),
        since=_moment(row["since"]),
        reason=row["reason"],  # type: ignore[arg-type]  # what was written from a Reason
        opened=_moment(row["opened"]),
        said_at=_moment(row["said_at"]),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
