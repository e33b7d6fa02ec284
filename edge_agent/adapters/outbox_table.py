"""The outbox in SQLite: what waits for the centre, what it has, what was shed.

Whoever changes the store's state writes its events (outbox_rows); this reads them for sending,
takes in acknowledgements, and keeps the table bounded. What to send and what an acknowledgement
means is core/outbox's.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError

from edge_agent.adapters import outbox_rows
from edge_agent.adapters.store_life import get_meta, set_meta
from edge_agent.core.outbox import (
    SHEDDABLE,
    AckMeaning,
    AckRefused,
    Backlog,
    Believed,
    ShedPolicy,
    Waiting,
    is_too_much,
    loss_events,
    to_shed,
    understand,
)
from edge_agent.ports.sync import AckTaken, OutboxView
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.body import MAX_TEXT, Body
from endcap.wire.commands import Ack
from endcap.wire.events import KINDS, Event, Unknown
from endcap.wire.seqset import Range, SeqSet

STEP = 5_000
"""How many rows are forgotten or shed in one write."""

_WAITING = """
SELECT seq, priority, length(CAST(body AS BLOB)) AS size FROM outbox
WHERE acked = 0 AND seq NOT IN (SELECT value FROM json_each(?)) ORDER BY {} LIMIT ?
"""
_URGENT, _OLDEST = _WAITING.format("priority, seq"), _WAITING.format("seq")
_STILL = "SELECT seq FROM outbox WHERE acked = 0 AND seq IN (SELECT value FROM json_each(?))"
_EVENTS = """
SELECT * FROM outbox WHERE acked = 0 AND seq IN (SELECT value FROM json_each(?)) ORDER BY seq
"""
_SETTLE = "UPDATE outbox SET acked = ? WHERE acked = 0 AND seq BETWEEN ? AND ?"
_DOUBT = "UPDATE outbox SET acked = 0 WHERE acked > 0 AND seq BETWEEN ? AND ?"
_BACKLOG = """
SELECT count(*) AS n, coalesce(sum(length(CAST(body AS BLOB))), 0) AS bytes FROM outbox
WHERE acked = 0
"""
_SHEDDABLE = """
SELECT seq, priority, length(CAST(body AS BLOB)) AS size FROM outbox
WHERE acked = 0 AND priority = ? ORDER BY seq LIMIT ?
"""
_DROP = "DELETE FROM outbox WHERE seq = ?"
_FORGET = "DELETE FROM outbox WHERE seq = ? AND acked > 0"
_KEPT = """
SELECT min(seq) AS first, max(seq) AS last FROM (
    SELECT seq, seq - row_number() OVER (ORDER BY seq) AS island
    FROM outbox WHERE acked = 0 AND seq BETWEEN ? AND ?
) GROUP BY island
"""
_LOST_NOW = "SELECT first, last FROM lost_events WHERE told IN (SELECT seq FROM outbox)"
_LOST = "INSERT OR REPLACE INTO lost_events (first, last, told) VALUES (?, ?, ?)"


class OutboxTable:
    """Keeps the promises of edge_agent.ports.sync: Outbox, AckBook and OutboxCare."""

    def __init__(self, file: SqliteFile, store: str, epoch: str) -> None:
        self._file = file
        self._store = store
        self._epoch = epoch
        self._believed = Believed()

    async def view(self, under_way: Collection[int], limit: int) -> OutboxView:
        """Return what waits and is not under way, and what is under way and waits still."""
        flying = json.dumps(list(under_way))
        return await self._file.read(lambda db: _view(db, flying, limit))

    async def events(self, seqs: Collection[int]) -> tuple[Event, ...]:
        """Return those of `seqs` that wait, in order."""
        wanted = json.dumps(list(seqs))
        return await self._file.read(
            lambda db: tuple(self._event(row) for row in db.execute(_EVENTS, (wanted,)))
        )

    async def last(self) -> int:
        """Return the number of the last event ever recorded, 0 before the first."""
        return await self._file.read(_highest)

    async def acknowledge(self, ack: Ack, at: datetime) -> AckTaken | AckRefused:
        """Take in what the centre says it has."""
        believed = self._believed

        def change(db: sqlite3.Connection) -> tuple[AckTaken | AckRefused, Believed]:
            meaning = understand(ack, self._epoch, _highest(db), believed)
            if isinstance(meaning, AckRefused):
                return meaning, believed
            set_meta(db, "centre", ack.centre)
            set_meta(db, "centre_heard", at.isoformat())
            return _apply(db, self._epoch, meaning, at), meaning.believed

        taken, self._believed = await self._file.write(change)
        return taken

    async def backlog(self) -> Backlog:
        """Return how much waits."""
        row = await self._file.read(lambda db: db.execute(_BACKLOG).fetchone())
        return Backlog(row["n"], row["bytes"])

    async def forget(self, acked_before: datetime) -> int:
        """Delete rows that the centre has had since before `acked_before`; some at a time."""
        limit = (int(acked_before.timestamp()), STEP)
        rows = await self._file.read(
            lambda db: db.execute(
                "SELECT seq FROM outbox WHERE acked > 0 AND acked < ? LIMIT ?", limit
            ).fetchall()
        )
        seqs = [(row["seq"],) for row in rows]
        if seqs:
            await self._file.write(lambda db: db.executemany(_FORGET, seqs).rowcount)
        return len(seqs)

    async def shed(self, policy: ShedPolicy, at: datetime) -> int:
        """Drop what `policy` does not let wait, the least important first; some at a time."""
        if not is_too_much(await self.backlog(), policy):
            return 0
        return await self._file.write(lambda db: _shed(db, self._epoch, policy, at))

    def _event(self, row: sqlite3.Row) -> Event:
        """Return a row as the event that goes out."""
        return Event(
            store=self._store,
            epoch=self._epoch,
            seq=row["seq"],
            kind=row["kind"],
            priority=row["priority"],
            time=datetime.fromisoformat(row["time"]),
            clock_ok=bool(row["clock_ok"]),
            body=_body(row["kind"], row["body"]),
        )


def _view(db: sqlite3.Connection, flying: str, limit: int) -> OutboxView:
    return OutboxView(
        urgent=_rows(db.execute(_URGENT, (flying, limit))),
        oldest=_rows(db.execute(_OLDEST, (flying, limit))),
        under_way=frozenset(row["seq"] for row in db.execute(_STILL, (flying,))),
    )


def _rows(found: Iterable[sqlite3.Row]) -> tuple[Waiting, ...]:
    return tuple(Waiting(row["seq"], row["priority"], row["size"]) for row in found)


def _body(kind: str, text: str) -> Body:
    """Return a body as it was written; one that cannot be read goes as it is, for the centre."""
    try:
        return KINDS.get(kind, Unknown).model_validate_json(text)
    except ValidationError:
        return Unknown.model_validate({"unreadable": text[:MAX_TEXT]})


def _highest(db: sqlite3.Connection) -> int:
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
    return 0 if row is None else int(row["seq"])


def _apply(db: sqlite3.Connection, epoch: str, meaning: AckMeaning, at: datetime) -> AckTaken:
    """Settle and doubt rows; what is in doubt and no longer kept goes into the loss ledger."""
    moment = max(1, int(at.timestamp()))
    settled = _change(db, _SETTLE, [(moment, *span) for span in meaning.settle.ranges])
    again = _change(db, _DOUBT, meaning.doubt.ranges)
    gone = _gone(db, meaning.doubt)
    reason = "the centre lost them, and the store keeps them no longer"
    _tell_lost(db, gone, {}, epoch, reason, at)
    return AckTaken(settled, again, len(gone))


def _change(db: sqlite3.Connection, statement: str, spans: Sequence[tuple[int, ...]]) -> int:
    return sum(db.execute(statement, span).rowcount for span in spans)


def _gone(db: sqlite3.Connection, doubt: SeqSet) -> SeqSet:
    """Return those in doubt that are neither kept nor told lost by an event that is kept."""
    kept: list[Range] = [(row["first"], row["last"]) for row in db.execute(_LOST_NOW)]
    for span in doubt.ranges:
        kept += [(row["first"], row["last"]) for row in db.execute(_KEPT, span)]
    return doubt.minus(SeqSet.from_ranges(kept))


def _shed(db: sqlite3.Connection, epoch: str, policy: ShedPolicy, at: datetime) -> int:
    row = db.execute(_BACKLOG).fetchone()
    candidates = [
        one
        for priority in SHEDDABLE
        for one in _rows(db.execute(_SHEDDABLE, (int(priority), STEP)))
    ]
    dropped = to_shed(candidates, Backlog(row["n"], row["bytes"]), policy)
    db.executemany(_DROP, [(one.seq,) for one in dropped])
    lost = SeqSet.of(one.seq for one in dropped)
    reason = f"more than {policy.max_rows} events or {policy.max_bytes} bytes waited"
    _tell_lost(db, lost, {one.seq: one.size for one in dropped}, epoch, reason, at)
    return len(dropped)


def _tell_lost(
    db: sqlite3.Connection,
    lost: SeqSet,
    sizes: Mapping[int, int],
    epoch: str,
    reason: str,
    at: datetime,
) -> None:
    """Write `lost` into the loss ledger, and count it."""
    for body in loss_events(epoch, lost, sizes, reason):
        outbox_rows.append(db, [body], at)
        db.executemany(_LOST, [(*span, _highest(db)) for span in body.ranges])
    if lost.ranges:
        set_meta(db, "events_lost", str(int(get_meta(db, "events_lost") or 0) + len(lost)))
