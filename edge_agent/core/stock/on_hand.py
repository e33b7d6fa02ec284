"""How much of an item is in the store, as far as its last count can tell.

A count, with what was delivered since, less what was sold since. One that is too old, or that
the sales since have overtaken, says nothing, and nothing is made up in its place.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Count:
    """The last count of an item and what was delivered since, together, and what was sold since."""

    units: float
    counted_at: datetime
    sold: float = 0.0


@dataclass(frozen=True, slots=True)
class OnHand:
    """So many units are there; `words` say how that is known."""

    units: float
    words: str


@dataclass(frozen=True, slots=True)
class NotKnown:
    """It is not known; `words` say why."""

    words: str


def on_hand(count: Count | None, at: datetime, longest: timedelta) -> OnHand | NotKnown:
    """Return what is on hand `at`, unless the count is older than `longest` or contradicted."""
    if count is None:
        return NotKnown("never counted")
    age = at - count.counted_at
    if age > longest:
        return NotKnown(f"last counted {age.days} days ago")
    units = count.units - count.sold
    if count.units < 0 or units < 0:
        return NotKnown(
            f"counted {count.units:g}, {count.sold:g} sold since: the count cannot be right"
        )
    since = f", {count.sold:g} sold since" if count.sold else ""
    days = "today" if age < timedelta(days=1) else f"{age.days} days ago"
    return OnHand(units, f"{units:g} on hand: counted {days}{since}")
