"""Which of a campaign's leases pays for its next play, and how much it may spend a place.

A lease is spent within its own time only, the one that ends first before the others. A play is
paid from one lease.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

_LEAST_PLACES = 0.5


@dataclass(frozen=True, slots=True)
class Purse:
    """What is left of a lease, in micros, and when it may be spent: from `first`, before `until`.

    Raises:
        ValueError: more was spent than was leased.
    """

    lease: str
    campaign: str
    first: datetime
    until: datetime
    amount: int
    spent: int

    def __post_init__(self) -> None:
        if not 0 <= self.spent <= self.amount:
            raise ValueError(f"lease {self.lease}: spent {self.spent} of {self.amount}")

    @property
    def rest(self) -> int:
        """What is left, in micros."""
        return self.amount - self.spent


def open_at(purses: Iterable[Purse], at: datetime) -> tuple[Purse, ...]:
    """Return the purses that may be spent at a moment, those that end first before the others."""
    there = [one for one in purses if one.first <= at < one.until and one.rest > 0]
    return tuple(sorted(there, key=lambda one: (one.until, one.lease)))


def payers(purses: Iterable[Purse], at: datetime, least: int) -> dict[str, Purse]:
    """Return the purse that pays each campaign's next play: the first that holds the least price.

    Campaigns that have none are absent. What is left below the least price is never spent.
    """
    found: dict[str, Purse] = {}
    for one in open_at(purses, at):
        if one.rest >= max(least, 1):
            found.setdefault(one.campaign, one)
    return found


def rates(
    purses: Iterable[Purse], at: datetime, places: Callable[[datetime], float]
) -> dict[str, float]:
    """Return how much each campaign may spend for each place to come, in micros.

    `places` tells how many places are expected from now until a moment.
    """
    found: dict[str, float] = {}
    for one in open_at(purses, at):
        each = one.rest / max(places(one.until), _LEAST_PLACES)
        found[one.campaign] = found.get(one.campaign, 0.0) + each
    return found
