"""How forecasts fared as rows, kept up with the events that tell it: per store, and in sum.

A day that is scored again replaces what was told of it, in its store's row and in the fleet's sum.
Judges nothing.
"""

import sqlite3
from collections.abc import Iterable, Iterator

from endcap.wire.events import Event, ForecastScored

UNNAMED = "other"
"""What a group without a name is called here: no name stands for the whole store."""

_TAKE_OUT = """
UPDATE fleet_scores SET stores = stores - 1, items = fleet_scores.items - old.items,
    asked = asked - iif(old.covered IS NULL, 0, old.items),
    covered = fleet_scores.covered - coalesce(old.covered, 0),
    units = fleet_scores.units - old.units,
    absolute_error = fleet_scores.absolute_error - old.absolute_error,
    error = fleet_scores.error - old.error
FROM forecast_scores AS old
WHERE old.store = :store AND old.item_group = :item_group AND old.day = :day
    AND fleet_scores.item_group = :item_group AND fleet_scores.day = :day
"""
_KEEP = """
INSERT INTO forecast_scores (
    store, item_group, day, release, model, items, covered, units, absolute_error, error
) VALUES (
    :store, :item_group, :day, :release, :model, :items, :covered, :units, :absolute_error, :error
) ON CONFLICT (store, item_group, day) DO UPDATE SET
    release = excluded.release, model = excluded.model, items = excluded.items,
    covered = excluded.covered, units = excluded.units,
    absolute_error = excluded.absolute_error, error = excluded.error
"""
_PUT_IN = """
INSERT INTO fleet_scores (
    item_group, day, stores, items, asked, covered, units, absolute_error, error
) VALUES (
    :item_group, :day, 1, :items, iif(:covered IS NULL, 0, :items), coalesce(:covered, 0),
    :units, :absolute_error, :error
) ON CONFLICT (item_group, day) DO UPDATE SET
    stores = stores + 1, items = items + excluded.items, asked = asked + excluded.asked,
    covered = covered + excluded.covered, units = units + excluded.units,
    absolute_error = absolute_error + excluded.absolute_error, error = error + excluded.error
"""

Row = dict[str, str | int | float | None]


def apply(db: sqlite3.Connection, events: Iterable[Event]) -> None:
    """Take in the events that tell how forecasts fared; others are passed over."""
    for one in events:
        if isinstance(one.body, ForecastScored):
            rows = list(_rows(one.store, one.body))
            for statement in (_TAKE_OUT, _KEEP, _PUT_IN):
                db.executemany(statement, rows)


def _rows(store: str, body: ForecastScored) -> Iterator[Row]:
    """Yield the row of the whole store, and that of each group; a group told twice counts once."""
    told: Row = {
        "store": store,
        "day": body.day.isoformat(),
        "release": body.release,
        "model": body.model,
    }
    whole = body.model_dump(include={"items", "covered", "units", "absolute_error", "error"})
    yield told | whole | {"item_group": ""}
    groups = {one.group or UNNAMED: one for one in body.groups}
    for name, one in groups.items():
        yield told | one.model_dump(exclude={"group"}) | {"item_group": name}
