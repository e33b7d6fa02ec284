"""What the store proposes to a person: a value with its figures and its reasons.

Five kinds can be told to nobody but people: `order`, `refill`, `markdown` and `overstock` are
decided on; `count` and `stockout` are tasks, with no figure to agree to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

What = Literal["order", "refill", "markdown", "overstock"]
Task = Literal["count", "stockout"]
DECIDED_ON: tuple[What, ...] = ("order", "refill", "markdown", "overstock")
KINDS: tuple[What | Task, ...] = (*DECIDED_ON, "count", "stockout")

_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"

Figures = Mapping[str, float | str | None]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to do about an item on a day.

    Attributes:
        what: the kind.
        gtin: the item.
        day: the store's day on which it is to be done.
        amount: units, or the price of a markdown; None for a task.
        rank: what comes first, the highest; comparable within a kind.
        until: when it is over, decided or not.
        reasons: why, in sentences for people.
        figures: what it was worked out from.
        since: when what it answers began, where that can happen again on the same day.
    """

    what: What | Task
    gtin: str
    day: date
    amount: float | None
    rank: float
    until: datetime
    reasons: tuple[str, ...]
    figures: Figures = field(default_factory=dict)
    since: datetime | None = None

    @property
    def id(self) -> str:
        """Return the one name that this proposal has, however often it is worked out."""
        return f"{self.what}:{self.gtin}:{self.day.isoformat()}"


def said(units: float) -> str:
    """Return a number of units as people write it."""
    return f"{units:.1f}".rstrip("0").rstrip(".") if units < 10 else f"{units:.0f}"  # noqa: PLR2004 - tenths matter below ten


def weekday_of(day: date) -> str:
    """Return a day as people say it: `Tue 3 Mar`."""
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    return f"{names[day.weekday()]} {day.day} {_MONTHS[3 * day.month - 3 : 3 * day.month]}"
