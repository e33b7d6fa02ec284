"""Questions about facings and answers of people as rows, kept up with the events that tell of them.

A picture is in one place: what is kept of an event has none. What answers come to is the core's.
"""

import sqlite3
from base64 import b64decode
from collections.abc import Iterable, Sequence
from datetime import datetime

from central_sync.core.review.answers import over, settled, wanted, worth
from endcap.plumbing.files import sha256_of
from endcap.wire.events import Event
from endcap.wire.review_events import FacingAnswered, FacingQuestioned

_KEEP = """
INSERT OR IGNORE INTO review_questions
    (store, picture, camera, facing, day, reason, worth, body, jpeg, received_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_LESS = """
DELETE FROM review_questions WHERE store = ? AND camera = ? AND facing = ? AND day = ?
    AND reason <> 'random' AND worth < ? AND settled IS NULL
    AND picture NOT IN (SELECT picture FROM review_answers WHERE withdrawn_at IS NULL)
"""
_SAID = """
INSERT OR IGNORE INTO review_answers (store, picture, said, who, place, at)
VALUES (?, ?, ?, ?, 'store', ?)
"""
_ANSWERS = """
SELECT said FROM review_answers WHERE store = ? AND picture = ? AND withdrawn_at IS NULL
ORDER BY answer
"""
_SETTLE = "UPDATE review_questions SET settled = ?, over = ? WHERE store = ? AND picture = ?"


def without_pictures(events: Sequence[Event]) -> list[Event]:
    """Return events as they are kept: a question without its picture."""
    return [
        one.model_copy(update={"body": one.body.model_copy(update={"jpeg": ""})})
        if isinstance(one.body, FacingQuestioned)
        else one
        for one in events
    ]


def apply(db: sqlite3.Connection, events: Iterable[Event], at: datetime) -> None:
    """Take in the events that ask or answer; others are passed over.

    A question whose picture is gone, or is not the one it names, can be put to nobody.
    """
    for one in events:
        if isinstance(one.body, FacingQuestioned):
            jpeg = _picture(one.body)
            if jpeg is not None:
                _ask(db, one.store, one.body, jpeg, at)
        elif isinstance(one.body, FacingAnswered) and one.body.picture is not None:
            who, moment = f"store {one.store}", one.body.at.isoformat()
            db.execute(_SAID, (one.store, one.body.picture, one.body.answer, who, moment))
            settle(db, one.store, one.body.picture)


def _picture(body: FacingQuestioned) -> bytes | None:
    """Return the picture of a question; None where it is not the one that it names."""
    try:
        jpeg = b64decode(body.jpeg)
    except ValueError:
        return None
    return jpeg if sha256_of(jpeg) == body.picture else None


def settle(db: sqlite3.Connection, store: str, picture: str) -> None:
    """Work out anew what people came to about a picture."""
    said = [row["said"] for row in db.execute(_ANSWERS, (store, picture))]
    least = wanted(picture)
    db.execute(_SETTLE, (settled(said, least), over(said, least), store, picture))


def _ask(
    db: sqlite3.Connection, store: str, body: FacingQuestioned, jpeg: bytes, at: datetime
) -> None:
    """Keep a question; of those chosen of a facing and a day the worthiest alone."""
    value = worth(body.reason, body.chances[2], body.threshold)
    place = (store, body.camera, body.facing, body.taken_at.date().isoformat())
    if body.reason != "random":
        db.execute(_LESS, (*place, value))
    kept = body.model_dump_json(exclude={"jpeg"})
    named = (store, body.picture, *place[1:], body.reason, value, kept, jpeg, at.isoformat())
    db.execute(_KEEP, named)
    settle(db, store, body.picture)
