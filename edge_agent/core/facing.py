"""Decides what may be said of a facing and of an item's place on the shelves.

What was seen last is worth nothing while the camera is not to be believed: then it is unknown.
Seeing is core/vision's.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from typing import Literal

FacingState = Literal["full", "low", "gap", "unknown"]
Shelf = Literal["on shelf", "gap", "unknown", "no facing"]


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the store has written down of a facing, and of its camera; None where nothing was.

    `state` is as in core/vision/machine, `reason` why it is unknown.
    """

    condition: str | None
    condition_since: datetime | None
    state: str | None
    since: datetime | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be shown of a facing, since when, and why it is unknown."""

    state: FacingState
    since: datetime | None
    reason: str = ""


_NEVER = "never seen yet"
_REASONS = {
    "hidden": "nothing was seen of it for long",
    "camera": "its camera was not to be believed, and has not seen enough since",
    "together": "half of the camera's facings turned empty at once: see the camera and the light",
}


def shown_as(seen: Sighting) -> Shown:
    """Return what may be said of a facing: nothing while its camera is not to be believed."""
    if seen.condition != "ok":
        reason = (
            f"its camera is {seen.condition}" if seen.condition else "its camera was never seen"
        )
        return Shown("unknown", seen.condition_since, reason)
    match seen.state:
        case "full" | "low" | "gap":
            return Shown(seen.state, seen.since)
        case None:
            return Shown("unknown", seen.condition_since, _NEVER)
        case _:
            return Shown("unknown", seen.since, _REASONS.get(seen.reason, _NEVER))


def shelf_of(states: Collection[FacingState]) -> Shelf:
    """Return where an item stands, from the states of all its facings."""
    if not states:
        return "no facing"
    if "full" in states or "low" in states:
        return "on shelf"
    return "unknown" if "unknown" in states else "gap"


@dataclass(frozen=True, slots=True)
class Opening:
    """When a store is open, in its own time zone, every day alike."""

    opens: time
    closes: time
    zone: tzinfo
