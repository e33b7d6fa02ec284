"""When items sell, as sums by hour, in SQLite. What a profile is, is core/hours'."""

import sqlite3
from collections.abc import Iterable, Mapping

import numpy as np

from edge_agent.core.hours import HOURS, Floats, HourLesson, HourSums

_ADD = """
INSERT INTO hour_sums (gtin, weekend, hour, units, missing) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (gtin, weekend, hour) DO UPDATE SET units = units + excluded.units,
    missing = missing + excluded.missing
"""
_ALL = "SELECT gtin, hour, units, missing FROM hour_sums WHERE weekend = ?"
_CATEGORIES = "SELECT gtin, category FROM items WHERE category <> ''"
_DAYS = ""  # the name under which the days themselves are counted


def add_hours(db: sqlite3.Connection, lesson: HourLesson) -> None:
    """Add what a day taught."""
    nothing = np.zeros(HOURS)
    rows = [(_DAYS, hour, days, 0.0) for hour, days in enumerate(lesson.days.tolist()) if days]
    for gtin in sorted(lesson.units.keys() | lesson.missing.keys()):
        units = lesson.units.get(gtin, nothing).tolist()
        missing = lesson.missing.get(gtin, nothing).tolist()
        rows += [(gtin, hour, units[hour], missing[hour]) for hour in range(HOURS)]
    db.executemany(
        _ADD,
        [
            (gtin, lesson.weekend, hour, units, missing)
            for gtin, hour, units, missing in rows
            if units or missing
        ],
    )


def hour_sums(db: sqlite3.Connection, weekend: int) -> HourSums:
    """Return what days of one kind added up to."""
    units: dict[str, Floats] = {}
    missing: dict[str, Floats] = {}
    for gtin, hour, sold, gone in db.execute(_ALL, (weekend,)):
        if gtin not in units:
            units[gtin], missing[gtin] = np.zeros(HOURS), np.zeros(HOURS)
        units[gtin][hour], missing[gtin][hour] = sold, gone
    days = units.pop(_DAYS, np.zeros(HOURS))
    missing.pop(_DAYS, None)
    return HourSums(days, units, missing, categories(db))


def categories(db: sqlite3.Connection) -> Mapping[str, str]:
    """Return the category of each item that has one."""
    rows: Iterable[tuple[str, str]] = db.execute(_CATEGORIES)
    return {gtin: category for gtin, category in rows}  # noqa: C416 - rows are no pairs to mypy
