"""Crops of facings known to be full or empty, in the store's database.

A reference belongs to a place and an item: it is noted with both, and one whose facing has another
place or item by now is nobody's. Judges nothing.
"""

import sqlite3
from collections.abc import Mapping
from datetime import datetime

import numpy as np

from edge_agent.ports.references import Reference
from endcap.models.gaps.states import Known
from endcap.plumbing.sqlite_file import SqliteFile

_KEEP = """
INSERT OR REPLACE INTO facing_references
    (camera, facing, state, side, crop, taken_at, gtin, x, y, w, h)
SELECT known.*, f.gtin, f.x, f.y, f.w, f.h
FROM (SELECT :camera AS camera, :facing AS facing, :state, :side, :crop, :taken_at) AS known
LEFT JOIN facings f USING (camera, facing)
"""
_OF = """
SELECT r.* FROM facing_references r JOIN facings f USING (camera, facing)
WHERE r.camera = ? AND (f.gtin, f.x, f.y, f.w, f.h) IS (r.gtin, r.x, r.y, r.w, r.h)
ORDER BY r.facing, r.state DESC
"""


class ReferenceTables:
    """Keeps the promises of edge_agent.ports.references.References."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def of(self, camera: str) -> Mapping[str, Mapping[Known, Reference]]:
        """Return what is known of each facing of a camera, by facing and state."""
        return await self._file.read(lambda db: _of(db, camera))

    async def keep(self, references: tuple[Reference, ...]) -> None:
        """Put `references` in place of what was known of their facings."""
        await self._file.write(lambda db: db.executemany(_KEEP, map(_row, references)))


def _of(db: sqlite3.Connection, camera: str) -> dict[str, dict[Known, Reference]]:
    found: dict[str, dict[Known, Reference]] = {}
    for row in db.execute(_OF, (camera,)):
        found.setdefault(row["facing"], {})[row["state"]] = _reference(row)
    return found


def _row(one: Reference) -> dict[str, str | int | bytes]:
    return {
        "camera": one.camera,
        "facing": one.facing,
        "state": one.state,
        "side": one.crop.shape[0],
        "crop": one.crop.tobytes(),
        "taken_at": one.taken_at.isoformat(),
    }


def _reference(row: sqlite3.Row) -> Reference:
    side = row["side"]
    return Reference(
        camera=row["camera"],
        facing=row["facing"],
        state=row["state"],
        crop=np.frombuffer(row["crop"], np.uint8).reshape(side, side, 3),
        taken_at=datetime.fromisoformat(row["taken_at"]),
    )
