"""Decides what may be said of a facing and of an item's place on the shelves.

What was seen last is worth nothing while the camera is not to be believed: then it is unknown.
Seeing is core/vision's.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Literal

FacingState = Literal["full", "gap", "unknown"]
Shelf = Literal["on shelf", "gap", "unknown", "no facing"]


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the store has written down of a facing: its camera's condition and its gaps."""

    condition: str | None
    condition_since: datetime | None
    gap_opened: datetime | None
    gap_closed: datetime | None


def facing_state(seen: Sighting) -> tuple[FacingState, datetime | None]:
    """Return what a facing is, and since when; None when that is not known either."""
    if seen.condition != "ok":
        return "unknown", seen.condition_since
    if seen.gap_opened:
        return "gap", seen.gap_opened
    return "full", max(filter(None, (seen.gap_closed, seen.condition_since)), default=None)


def shelf_of(states: Collection[FacingState]) -> Shelf:
    """Return where an item stands, from the states of all its facings."""
    if not states:
        return "no facing"
    if "full" in states:
        return "on shelf"
    return "unknown" if "unknown" in states else "gap"


@dataclass(frozen=True, slots=True)
class Opening:
    """When a store is open, in its own time zone, every day alike."""

    opens: time
    closes: time
    zone: tzinfo


def lost_units(expected: float, opened: datetime, at: datetime, opening: Opening) -> float:
    """Return how many units a gap since `opened` has probably cost today.

    A hint, not a measurement: the day's expected sales are spread evenly over the opening time.
    """
    now = at.astimezone(opening.zone)
    start = datetime.combine(now.date(), opening.opens, opening.zone)
    end = datetime.combine(now.date(), opening.closes, opening.zone)
    gone = min(now, end) - max(opened.astimezone(opening.zone), start)
    share = max(gone, timedelta(0)) / (end - start)
    return max(0.0, expected) * min(1.0, share)
