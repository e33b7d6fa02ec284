"""The dead letters of the centre's database, to be looked at and read once more.

A replay goes the way of every delivery, so that it cannot store an event twice.
"""

import base64
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from pydantic_core import from_json

from central_sync.adapters.event_tables import commit, keep_events
from central_sync.ports.stores import Delivery, LetterForm
from endcap.wire.envelope import decode, from_cloud_event
from endcap.wire.errors import UnreadableError
from endcap.wire.events import Event

_SELECT = """
SELECT letter, store, epoch, seq, form, reason, raw, at, replayed_at FROM dead_letters
WHERE (:all OR replayed_at IS NULL) AND (:letter IS NULL OR letter = :letter) ORDER BY letter
"""
_REPLAYED = "UPDATE dead_letters SET replayed_at = ? WHERE letter = ?"
_ARRIVED = "SELECT coalesce(max(arrival), 0) FROM events"


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A dead letter as it lies in the database."""

    letter: int
    store: str
    epoch: str | None
    seq: int | None
    form: LetterForm
    reason: str
    raw: str
    at: datetime
    replayed_at: datetime | None


def read_letters(
    db: sqlite3.Connection, *, letter: int | None = None, everything: bool = False
) -> tuple[KeptLetter, ...]:
    """Return the letters that were not replayed, or all; or only the one given."""
    rows = db.execute(_SELECT, {"all": everything or letter is not None, "letter": letter})
    return tuple(
        KeptLetter(
            **{
                **dict(row),
                "at": datetime.fromisoformat(row["at"]),
                "replayed_at": datetime.fromisoformat(row["replayed_at"])
                if row["replayed_at"]
                else None,
            }
        )
        for row in rows
    )


def replay(db: sqlite3.Connection, one: KeptLetter, at: datetime) -> int:
    """Read a letter once more and keep what it holds; return how many events were new.

    Raises:
        WireError: it still cannot be read; it stays a dead letter.
    """
    if one.form == "state":
        raise UnreadableError("a state is not replayed: its store tells it again")
    if one.form == "batch":
        added = _commit(db, Delivery(one.store, decode(base64.b64decode(one.raw))), at)
    else:
        added = keep_events(db, [_event(one)], at)
    db.execute(_REPLAYED, (at.isoformat(), one.letter))
    return added


def _event(one: KeptLetter) -> Event:
    """Return the event that a letter holds."""
    raw = from_json(one.raw)
    if not isinstance(raw, dict):
        raise UnreadableError(f"an event is an object, not {type(raw).__name__}")
    event = from_cloud_event(raw)
    place = (event.store, event.epoch, event.seq)
    if place != (one.store, one.epoch, one.seq):
        raise UnreadableError(f"it says it is from {event.store}, but {one.store} sent it")
    return event


def _commit(db: sqlite3.Connection, delivery: Delivery, at: datetime) -> int:
    """Commit a batch as if it came now; return how many events were new."""
    before = db.execute(_ARRIVED).fetchone()[0]
    commit(db, delivery, at)
    return int(db.execute(_ARRIVED).fetchone()[0] - before)
