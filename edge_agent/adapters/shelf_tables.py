"""The store's shelves in SQLite: the planogram, the gaps, what each camera is worth.

Every change is written together with its event. Sees nothing and decides nothing.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from edge_agent.adapters import outbox_rows
from edge_agent.core.feed.shelf import Facing
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
_CLOSE = "UPDATE gaps SET closed = ? WHERE camera = ? AND facing = ? AND closed IS NULL"
_CAMERA = """
INSERT INTO camera_conditions (camera, condition, since, detail) VALUES (?, ?, ?, ?)
ON CONFLICT (camera) DO UPDATE SET condition = excluded.condition, since = excluded.since,
    detail = excluded.detail
WHERE excluded.condition <> condition
"""
_FACING = "INSERT INTO facings (camera, facing, gtin, x, y, w, h) VALUES (?, ?, ?, ?, ?, ?, ?)"


class ShelfTables:
    """Keeps the promises of edge_agent.ports.shelf_records: ShelfRecords and Planogram."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def record(self, changes: Sequence[ShelfChange], at: datetime) -> None:
        """Keep `changes` with their events; what was recorded before is passed over."""
        await self._file.write(lambda db: _record(db, changes, at))

    async def standing(self) -> ShelfStanding:
        """Return the open gaps and what each camera is worth."""
        return await self._file.read(_standing)

    async def facings(self) -> tuple[Facing, ...]:
        """Return every facing, camera by camera."""
        rows = await self._file.read(
            lambda db: db.execute("SELECT * FROM facings ORDER BY camera, facing").fetchall()
        )
        return tuple(Facing(**dict(row)) for row in rows)


def _record(db: sqlite3.Connection, changes: Iterable[ShelfChange], at: datetime) -> None:
    outbox_rows.append(db, [change for change in changes if _is_new(db, change)], at)


def _is_new(db: sqlite3.Connection, change: ShelfChange) -> bool:
    """Keep `change`; return whether it changed anything."""
    match change:
        case GapOpened():
            named = change.model_dump(include={"camera", "facing", "gtin", "probability"})
            return db.execute(_OPEN, {**named, "opened": change.since.isoformat()}).rowcount > 0
        case GapClosed():
            closed = (change.since.isoformat(), change.camera, change.facing)
            return db.execute(_CLOSE, closed).rowcount > 0
        case CameraChanged():
            seen = (change.camera, change.condition, change.since.isoformat(), change.detail)
            return db.execute(_CAMERA, seen).rowcount > 0


def replace_planogram(db: sqlite3.Connection, facings: Sequence[Facing], at: datetime) -> None:
    """Put `facings` in place of what was planned for their cameras.

    A gap that stands open where there is no facing any more, or one of another item, is closed:
    nothing would ever close it otherwise.
    """
    planned = {(one.camera, one.facing): one.gtin for one in facings}
    cameras = {camera for camera, _ in planned}
    db.executemany("DELETE FROM facings WHERE camera = ?", [(camera,) for camera in cameras])
    db.executemany(_FACING, [(f.camera, f.facing, f.gtin, f.x, f.y, f.w, f.h) for f in facings])
    gone = [
        GapClosed(
            camera=row["camera"],
            facing=row["facing"],
            gtin=row["gtin"],
            opened=datetime.fromisoformat(row["opened"]),
            since=at,
        )
        for row in db.execute(_OPEN_GAPS).fetchall()
        if row["camera"] in cameras
        and planned.get((row["camera"], row["facing"]), "") != row["gtin"]
    ]
    _record(db, gone, at)


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
    return ShelfStanding(gaps, cameras)
