"""Events, what is committed of them, losses and dead letters, in the centre's database.

One delivery is one change: its events, the committed ranges, the losses, the gaps and the store's
row are on the disk together or not at all. The judgement is core/ledger's.
"""

import base64
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pydantic_core import to_json

from central_sync.adapters import (
    experiment_rows,
    letter_rows,
    media_rows,
    report_rows,
    review_rows,
    score_rows,
    search_rows,
    shelf_rows,
)
from central_sync.adapters.range_rows import move_ranges, ranges_of
from central_sync.core.ledger import Line, epochs_of, losses_of, take
from central_sync.ports.stores import Committed, Delivery, LetterForm
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.envelope import MAX_COMPRESSED
from endcap.wire.events import Event
from endcap.wire.seqset import SeqSet

_INSERT_EVENT = """
INSERT OR IGNORE INTO events (
    store, epoch, seq, kind, priority, time, clock_ok, received_at, body, attributes, arrival
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_LOSS = """
INSERT OR IGNORE INTO losses (store, epoch, first, last, reason, told_at) VALUES (?, ?, ?, ?, ?, ?)
"""
_SEE_STORE = """
INSERT INTO stores (store, first_seen, last_seen, epoch) VALUES (:store, :at, :at, :epoch)
ON CONFLICT (store) DO UPDATE SET
    last_seen = max(last_seen, excluded.last_seen), epoch = coalesce(epoch, excluded.epoch)
"""


class EventTables:
    """The tables that a delivery changes."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def commit(self, delivery: Delivery, at: datetime) -> tuple[Committed, ...]:
        """Keep a delivery; return what is committed of each epoch that it named."""
        return await self._file.write(lambda db: commit(db, delivery, at))

    async def refuse(
        self, store: str, form: LetterForm, payload: bytes, reason: str, at: datetime
    ) -> None:
        """Keep a payload that could not be read, once; an oversized one is cut."""
        raw = base64.b64encode(payload[:MAX_COMPRESSED]).decode()
        letter = letter_rows.Letter(store, form, reason, raw)
        await self._file.write(lambda db: letter_rows.keep(db, [letter], at))

    async def line(self, store: str, epoch: str) -> Committed:
        """Return what is committed of an epoch."""
        return Committed(store, epoch, await self._file.read(lambda db: line_of(db, store, epoch)))


async def claim_centre_id(file: SqliteFile, candidate: str) -> str:
    """Return the identity that was made with the database: `candidate`, if it has none yet.

    `candidate` is 64 random bits as 16 hexadecimal digits.
    """

    def claim(db: sqlite3.Connection) -> str:
        db.execute("INSERT OR IGNORE INTO meta (name, value) VALUES ('centre', ?)", (candidate,))
        found = db.execute("SELECT value FROM meta WHERE name = 'centre'").fetchone()
        return str(found["value"])

    return await file.write(claim)


def commit(db: sqlite3.Connection, delivery: Delivery, at: datetime) -> tuple[Committed, ...]:
    """Do what EventTables.commit does, inside a transaction of the caller's."""
    store = delivery.store
    before = {epoch: line_of(db, store, epoch) for epoch in sorted(epochs_of(delivery.batch))}
    taken = take(store, delivery.batch, before)
    keep_events(db, taken.new, at)
    for epoch, line in taken.lines.items():
        move_ranges(db, "committed", (store, epoch), before[epoch].committed, line.committed)
    letters = [
        letter_rows.Letter(store, "event", one.reason, one.raw, one.epoch, one.seq)
        for one in taken.refused
    ]
    letter_rows.keep(db, letters, at)
    newest = max(taken.touched, key=lambda epoch: taken.touched[epoch].highest, default=None)
    db.execute(_SEE_STORE, {"store": store, "at": at.isoformat(), "epoch": newest})
    return tuple(
        Committed(store, epoch, taken.lines[epoch], just) for epoch, just in taken.touched.items()
    )


def keep_events(db: sqlite3.Connection, events: Sequence[Event], at: datetime) -> int:
    """Keep events and what follows from them, whatever the ranges say; return how many were new.

    By itself this is for an event whose place counts as committed already: a dead letter.
    """
    added = _add_events(db, review_rows.without_pictures(events), at)
    _add_losses(db, events, at)
    shelf_rows.apply(db, events)
    report_rows.apply(db, events)
    score_rows.apply(db, events)
    experiment_rows.apply(db, events)
    search_rows.apply(db, events)
    media_rows.apply(db, events, at)
    review_rows.apply(db, events, at)
    return added


def line_of(db: sqlite3.Connection, store: str, epoch: str) -> Line:
    """Return the books of an epoch, empty when there is nothing of it."""
    place = (store, epoch)
    lost = db.execute("SELECT first, last FROM losses WHERE store = ? AND epoch = ?", place)
    return Line(
        ranges_of(db, "committed", place),
        SeqSet.from_ranges((row[0], row[1]) for row in lost),
    )


def _add_events(db: sqlite3.Connection, events: Iterable[Event], at: datetime) -> int:
    """Insert events, numbered by their arrival; return how many were new."""
    received = at.isoformat()
    last = db.execute("SELECT coalesce(max(arrival), 0) FROM events").fetchone()[0]
    added = db.executemany(
        _INSERT_EVENT,
        (
            (
                one.store,
                one.epoch,
                one.seq,
                one.kind,
                int(one.priority),
                one.time.isoformat(),
                one.clock_ok,
                received,
                one.body.model_dump_json(),
                _attributes(one.model_extra),
                arrival,
            )
            for arrival, one in enumerate(events, last + 1)
        ),
    )
    return max(0, added.rowcount)


def _attributes(extra: Mapping[str, object] | None) -> str | None:
    """Return the attributes of the envelope that this version does not know, as JSON."""
    return to_json(extra).decode() if extra else None


def _add_losses(db: sqlite3.Connection, events: Iterable[Event], at: datetime) -> None:
    """Insert what `events` tell lost."""
    db.executemany(
        _INSERT_LOSS,
        (
            (event.store, one.epoch, one.first, one.last, one.reason, at.isoformat())
            for event in events
            for one in losses_of(event)
        ),
    )
