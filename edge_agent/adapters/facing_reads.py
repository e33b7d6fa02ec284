"""Reads what each facing may be shown as from the store's database. Writes nothing."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from edge_agent.core.facing import FacingState, Shown, Sighting, shown_as
from edge_agent.ports.kiosk import Facing

_FACINGS = """
SELECT f.camera, f.facing, f.gtin, i.name, f.x, f.y, f.w, f.h, c.condition,
    c.since AS condition_since, s.state, s.since, s.reason
FROM facings f
LEFT JOIN items i ON i.gtin = f.gtin
LEFT JOIN camera_conditions c ON c.camera = f.camera
LEFT JOIN facing_states s ON s.camera = f.camera AND s.facing = f.facing
"""
_OF_ITEMS = _FACINGS + "WHERE f.gtin IN (SELECT value FROM json_each(?)) "  # noqa: S608 - two constants
_ONE = _FACINGS + "WHERE f.camera = ? AND f.facing = ?"
_IN_ORDER = "ORDER BY f.camera, f.y, f.x"


def all_facings(db: sqlite3.Connection) -> tuple[Facing, ...]:
    """Return every facing of the planogram, camera by camera, from the top left."""
    return tuple(_facing(row) for row in db.execute(_FACINGS + _IN_ORDER))


def facings_of(db: sqlite3.Connection, gtin: str) -> tuple[Facing, ...]:
    """Return the facings of one item, camera by camera, from the top left."""
    return tuple(_facing(row) for row in db.execute(_OF_ITEMS + _IN_ORDER, (json.dumps([gtin]),)))


def facing_of(db: sqlite3.Connection, camera: str, facing: str) -> Facing | None:
    """Return one facing, None for one that is not planned."""
    row = db.execute(_ONE, (camera, facing)).fetchone()
    return None if row is None else _facing(row)


def states_of(db: sqlite3.Connection, gtins: Sequence[str]) -> dict[str, list[FacingState]]:
    """Return what the facings of each item are; one without facings is left out."""
    states: dict[str, list[FacingState]] = {}
    for row in db.execute(_OF_ITEMS, (json.dumps(list(gtins)),)):
        states.setdefault(row["gtin"], []).append(_shown(row).state)
    return states


def _shown(row: sqlite3.Row) -> Shown:
    return shown_as(
        Sighting(
            condition=row["condition"],
            condition_since=_moment(row["condition_since"]),
            state=row["state"],
            since=_moment(row["since"]),
            reason=row["reason"] or "",
        )
    )


def _facing(row: sqlite3.Row) -> Facing:
    shown = _shown(row)
    place = {name: row[name] for name in ("camera", "facing", "gtin", "name", "x", "y", "w", "h")}
    return Facing(**place, state=shown.state, since=shown.since, reason=shown.reason)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
