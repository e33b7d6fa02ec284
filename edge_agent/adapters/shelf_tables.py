"""The store's shelves in SQLite: the planogram, the gaps, what each camera is worth.

Every change is written together with its event. Sees nothing and decides nothing.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from edge_agent.adapters import facing_rows, outbox_rows
from edge_agent.adapters.lost_rows import lost_in
from edge_agent.core.facing import Opening
from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.machine import NEVER_SEEN, Finding, Place, Proof, told
from edge_agent.core.vision.places import same_place
from edge_agent.ports.shelf_records import (
    ShelfChange,
    ShelfStanding,
    StandingCamera,
    StandingGap,
)
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.events import CameraChanged, GapClosed, GapOpened

_OPEN_GAPS = "SELECT * FROM gaps WHERE closed IS NULL ORDER BY camera, facing"
_OPEN = """
INSERT INTO gaps (camera, facing, gtin, opened, probability)
SELECT :camera, :facing, :gtin, :opened, :probability
WHERE NOT EXISTS (
    SELECT 1 FROM gaps WHERE camera = :camera AND facing = :facing AND closed IS NULL
)
ON CONFLICT DO NOTHING
"""
_CLOSE = """
UPDATE gaps SET closed = ?, ended = ?, lost = ? WHERE camera = ? AND facing = ? AND closed IS NULL
"""
_CAMERA = """
INSERT INTO camera_conditions (camera, condition, since, detail) VALUES (?, ?, ?, ?)
ON CONFLICT (camera) DO UPDATE SET condition = excluded.condition, since = excluded.since,
    detail = excluded.detail
WHERE excluded.condition <> condition
"""
_FACING = "INSERT INTO facings (camera, facing, gtin, x, y, w, h) VALUES (?, ?, ?, ?, ?, ?, ?)"
_PLANNED = "SELECT 1 FROM facings WHERE camera = ? AND facing = ?"


class ShelfTables:
    """Keeps the promises of edge_agent.ports.shelf_records: ShelfRecords and Planogram.

    What a gap has cost is worked out where the store's `opening` is known.
    """

    def __init__(self, file: SqliteFile, opening: Opening | None = None) -> None:
        self._file = file
        self._opening = opening

    async def record(self, changes: Sequence[ShelfChange], at: datetime) -> None:
        """Keep `changes` with their events; what was recorded before is passed over."""
        await self._file.write(lambda db: record(db, changes, at, self._opening))

    async def standing(self) -> ShelfStanding:
        """Return the open gaps, what each camera is worth and what each facing is."""
        return await self._file.read(_standing)

    async def facings(self) -> tuple[Facing, ...]:
        """Return every facing, camera by camera."""
        rows = await self._file.read(
            lambda db: db.execute("SELECT * FROM facings ORDER BY camera, facing").fetchall()
        )
        return tuple(Facing(**dict(row)) for row in rows)


def record(
    db: sqlite3.Connection,
    changes: Iterable[ShelfChange],
    at: datetime,
    opening: Opening | None = None,
) -> None:
    """Keep `changes` with their events, in the caller's write."""
    news = [_kept(db, change, at, opening) for change in changes]
    outbox_rows.append(db, [one for one in news if one is not None], at)


def _kept(
    db: sqlite3.Connection, change: ShelfChange, at: datetime, opening: Opening | None
) -> ShelfChange | None:
    """Keep `change`; return what is to be told of it, None where it is no news."""
    if isinstance(change, CameraChanged):
        seen = (change.camera, change.condition, change.since.isoformat(), change.detail)
        return change if db.execute(_CAMERA, seen).rowcount > 0 else None
    if isinstance(change, GapOpened):
        named = change.model_dump(include={"camera", "facing", "gtin", "probability"})
        opened = db.execute(_OPEN, {**named, "opened": change.since.isoformat()})
        if not opened.rowcount:
            return None
    if isinstance(change, GapClosed) and change.by != "person":
        change = _costed(db, change, opening)
    if not facing_rows.apply(db, change, at):
        return None
    if isinstance(change, GapClosed):
        ended = (change.since.isoformat(), change.by, change.lost_units)
        db.execute(_CLOSE, (*ended, change.camera, change.facing))
        if db.execute(_PLANNED, (change.camera, change.facing)).fetchone() is None:
            facing_rows.put(db, change.camera, change.facing, NEVER_SEEN)
    return change


def _costed(db: sqlite3.Connection, closed: GapClosed, opening: Opening | None) -> GapClosed:
    """Return a gap's end with what it has cost while it was in sight."""
    place = (closed.camera, closed.facing)
    gone = facing_rows.seen_empty(db, *place, closed.opened, closed.since)
    lost = None if opening is None else lost_in(db, closed.gtin, gone, opening)
    return closed.model_copy(update={"lost_units": lost})


def replace_planogram(
    db: sqlite3.Connection,
    facings: Sequence[Facing],
    at: datetime,
    opening: Opening | None = None,
) -> None:
    """Put `facings` in place of what was planned for their cameras.

    A gap that stands open where there is no facing any more, or one of another item or in another
    place, is closed: nothing would ever close it otherwise. What such a facing is is not known.
    """
    planned = {(one.camera, one.facing): one for one in facings}
    cameras = {camera for camera, _ in planned}
    before = {
        (row["camera"], row["facing"]): Facing(**dict(row))
        for row in db.execute("SELECT * FROM facings").fetchall()
        if row["camera"] in cameras
    }
    _end_gaps(db, planned, before, at, opening)
    db.executemany("DELETE FROM facings WHERE camera = ?", [(camera,) for camera in cameras])
    db.executemany(_FACING, [(f.camera, f.facing, f.gtin, f.x, f.y, f.w, f.h) for f in facings])


_Plan = Mapping[tuple[str, str], Facing]


def _end_gaps(
    db: sqlite3.Connection, planned: _Plan, before: _Plan, at: datetime, opening: Opening | None
) -> None:
    """Forget what was known of places that are others now, and close their gaps."""
    cameras = {camera for camera, _ in planned}
    for camera, names in facing_rows.all_standing(db).items():
        for name, standing in sorted(names.items()):
            place = camera, name
            if camera not in cameras or same_place(before.get(place), planned.get(place)):
                continue
            gtin = before[place].gtin if place in before else None
            _, events = told(Place(camera, name, gtin), standing, Finding.REPLANNED, Proof(at))
            record(db, events, at, opening)
            facing_rows.put(db, camera, name, NEVER_SEEN)


def _standing(db: sqlite3.Connection) -> ShelfStanding:
    gaps = tuple(
        StandingGap(
            row["camera"],
            row["facing"],
            row["gtin"],
            datetime.fromisoformat(row["opened"]),
            row["probability"],
        )
        for row in db.execute(_OPEN_GAPS)
    )
    cameras = {
        row["camera"]: StandingCamera(
            row["condition"], datetime.fromisoformat(row["since"]), row["detail"]
        )
        for row in db.execute("SELECT * FROM camera_conditions")
    }
    return ShelfStanding(gaps, cameras, facing_rows.all_standing(db))
