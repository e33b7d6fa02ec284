"""The book of facings in SQLite: gaps and what they cost, the past, and what people say.

What a person says changes what the facing is, and is told, in one write; what follows from what is
core/vision/machine's.
"""

import sqlite3
from collections.abc import Awaitable
from datetime import UTC, datetime, time, timedelta
from typing import TypeVar

from edge_agent.adapters import facing_rows
from edge_agent.adapters.facing_reads import facing_of
from edge_agent.adapters.lost_rows import lost_in
from edge_agent.adapters.shelf_tables import record
from edge_agent.core.facing import Opening
from edge_agent.core.vision.machine import Finding, Place, Proof, State, told
from edge_agent.ports.facings import FacingHistory, KnownGaps, OpenGap, Said, Turn
from edge_agent.ports.kiosk import Facing, StoreUnreadableError, StoreUnwritableError
from endcap.plumbing.sqlite_file import SqliteFile, StorageError

T = TypeVar("T")

_GAPS = """
SELECT g.*, i.name, c.condition, t.expected, s.state,
    coalesce((SELECT seer FROM facing_journal j WHERE j.camera = g.camera
        AND j.facing = g.facing AND j.state = 'gap' AND j.since = g.opened), 'camera') AS seer
FROM gaps g
LEFT JOIN items i ON i.gtin = g.gtin
LEFT JOIN camera_conditions c ON c.camera = g.camera
LEFT JOIN facing_states s ON s.camera = g.camera AND s.facing = g.facing
LEFT JOIN forecasts t ON t.gtin = g.gtin AND t.day = :today
WHERE g.closed IS NULL OR (g.closed > :midnight AND g.ended IS NOT 'person') ORDER BY g.opened
"""
_TURNS = """
SELECT at, state, since, reason, seer, probability, frames, picture FROM facing_journal
WHERE camera = ? AND facing = ? ORDER BY step DESC LIMIT ?
"""
_NOTE = """
INSERT INTO facing_journal (camera, facing, gtin, state, since, reason, seer, at)
VALUES (?, ?, ?, ?, ?, ?, 'person', ?)
"""
_FINDINGS = {
    "empty": Finding.SAID_EMPTY,
    "low": Finding.SAID_LOW,
    "full": Finding.SAID_FULL,
}
_AGAIN = timedelta(minutes=5)
"""The same answer within this time is one that was sent twice."""


class FacingTables:
    """Keeps the promises of edge_agent.ports.facings.FacingBook."""

    def __init__(self, file: SqliteFile, opening: Opening) -> None:
        self._file = file
        self._opening = opening

    async def gaps(self, at: datetime) -> KnownGaps:
        """Return the gaps that stand open, and what today's gaps cost."""
        return await _read(self._file.read(lambda db: _gaps(db, at, self._opening)))

    async def history(self, camera: str, facing: str, limit: int) -> FacingHistory | None:
        """Return what a facing is and was."""
        return await _read(self._file.read(lambda db: _history(db, camera, facing, limit)))

    async def said(self, camera: str, facing: str, answer: Said, at: datetime) -> Facing | None:
        """Keep what a person says of a facing."""
        try:
            return await self._file.write(lambda db: _said(db, camera, facing, answer, at))
        except (StorageError, sqlite3.Error) as error:
            raise StoreUnwritableError(str(error)) from error


async def _read(found: Awaitable[T]) -> T:
    try:
        return await found
    except (StorageError, sqlite3.Error) as error:
        raise StoreUnreadableError(str(error)) from error


def _gaps(db: sqlite3.Connection, at: datetime, opening: Opening) -> KnownGaps:
    today = at.astimezone(opening.zone).date()
    midnight = datetime.combine(today, time(), opening.zone).astimezone(UTC)
    named = {"today": today.isoformat(), "midnight": midnight.isoformat()}
    rows = db.execute(_GAPS, named).fetchall()
    found = [lost for row in rows if (lost := _lost(db, row, midnight, at, opening)) is not None]
    shown = tuple(_gap(db, row, at, opening) for row in rows if row["closed"] is None)
    return KnownGaps(shown, round(sum(found), 3) if found else None)


def _lost(
    db: sqlite3.Connection, row: sqlite3.Row, first: datetime, at: datetime, opening: Opening
) -> float | None:
    """Return what a gap has probably cost from `first` on."""
    opened = datetime.fromisoformat(row["opened"])
    until = datetime.fromisoformat(row["closed"]) if row["closed"] else at
    spans = facing_rows.seen_empty(db, row["camera"], row["facing"], opened, until)
    since = [(max(begin, first), end) for begin, end in spans if end > first]
    return lost_in(db, row["gtin"], since, opening)


def _gap(db: sqlite3.Connection, row: sqlite3.Row, at: datetime, opening: Opening) -> OpenGap:
    since = datetime.fromisoformat(row["opened"])
    return OpenGap(
        camera=row["camera"],
        facing=row["facing"],
        gtin=row["gtin"],
        name=row["name"],
        since=since,
        probability=row["probability"],
        certain=row["condition"] == "ok" and row["state"] == State.GAP.value,
        by=row["seer"],
        expected_today=row["expected"],
        lost_units=_lost(db, row, since, at, opening),
    )


def _history(db: sqlite3.Connection, camera: str, facing: str, limit: int) -> FacingHistory | None:
    found = facing_of(db, camera, facing)
    if found is None:
        return None
    rows = db.execute(_TURNS, (camera, facing, limit))
    return FacingHistory(found, tuple(_turn(row) for row in rows))


def _turn(row: sqlite3.Row) -> Turn:
    moments = {name: datetime.fromisoformat(row[name]) for name in ("at", "since")}
    return Turn(**{**dict(row), **moments})


def _said(
    db: sqlite3.Connection, camera: str, facing: str, answer: Said, at: datetime
) -> Facing | None:
    """Change what a facing is as a person says, or note that they are not sure."""
    planned = facing_of(db, camera, facing)
    if planned is None:
        return None
    place, was = Place(camera, facing, planned.gtin), facing_rows.standing_of(db, camera, facing)
    if answer == "unsure":
        since = (was.since or at).isoformat()
        _note(db, planned, (was.state.value, since, answer), at)
        return planned
    now, events = told(place, was, _FINDINGS[answer], Proof(at, at=at))
    record(db, events, at)
    if not events and (was.said_at is None or at - was.said_at > _AGAIN):
        facing_rows.put(db, camera, facing, now)
        since = (now.since or at).isoformat()
        _note(db, planned, (now.state.value, since, "confirmed"), at)
    return facing_of(db, camera, facing)


def _note(db: sqlite3.Connection, of: Facing, said: tuple[str, str, str], at: datetime) -> None:
    """Write into the journal what somebody said that changed nothing: state, since, what."""
    db.execute(_NOTE, (of.camera, of.facing, of.gtin, *said, at.isoformat()))
