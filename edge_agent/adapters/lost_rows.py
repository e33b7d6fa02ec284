"""What gaps have probably cost, from forecasts and hours in SQLite; core/lost_sales adds up.

An item's own hours are read, and no other's: one that hardly sold yet sells evenly.
"""

import sqlite3
from collections.abc import Sequence
from datetime import date, datetime

import numpy as np

from edge_agent.core.facing import Opening
from edge_agent.core.hours import HOURS, HourSums, Profiles, is_weekend, weight_of
from edge_agent.core.lost_sales import ExpectedDay, Span, lost_units

_EXPECTED = "SELECT day, expected FROM forecasts WHERE gtin = ? AND day BETWEEN ? AND ?"
_HOURS = "SELECT gtin, hour, units, missing FROM hour_sums WHERE weekend = ? AND gtin IN (?, '')"
_FACINGS = "SELECT count(*) FROM facings WHERE gtin = ?"


def lost_in(
    db: sqlite3.Connection, gtin: str | None, gone: Sequence[Span], opening: Opening
) -> float | None:
    """Return what an empty facing of an item has probably cost; None where nothing is known."""
    if gtin is None or not gone:
        return None
    first, last = (_day(moment, opening) for moment in (gone[0][0], gone[-1][1]))
    days = {
        date.fromisoformat(day): expected
        for day, expected in db.execute(_EXPECTED, (gtin, first.isoformat(), last.isoformat()))
    }
    profiles = {kind: _hours(db, gtin, kind) for kind in {is_weekend(day) for day in days}}
    known = {
        day: ExpectedDay(
            expected, Profiles(profiles[is_weekend(day)], opening, weight_of(day)).of(gtin)
        )
        for day, expected in days.items()
    }
    facings = int(db.execute(_FACINGS, (gtin,)).fetchone()[0])
    lost = lost_units(gone, known, facings, opening)
    return None if lost is None else round(lost, 3)


def _day(moment: datetime, opening: Opening) -> date:
    return moment.astimezone(opening.zone).date()


def _hours(db: sqlite3.Connection, gtin: str, weekend: int) -> HourSums:
    """Return the hours of one item alone, and of the days they were summed over."""
    units, missing, days = np.zeros((3, HOURS))
    for of, hour, sold, gone in db.execute(_HOURS, (weekend, gtin)):
        if of == gtin:
            units[hour], missing[hour] = sold, gone
        else:
            days[hour] = sold
    return HourSums(days, {gtin: units}, {gtin: missing})
