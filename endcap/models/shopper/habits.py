"""What a shopper's own past says of candidates: how often, how lately, when due, with what.

Counts are over visits. Says nothing of the store or of other people. Pure.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]

MONTH, QUARTER = 28.0, 91.0
_SHORTEST_GAP = 0.5
_HOURS_ALIKE = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """What a shopper bought before, a row for each item of each visit; rows in any order.

    Attributes:
        items: int64 [p], at most once in a visit.
        visits: int64 [p], the same number within one visit.
        ages: float64 [p], days before now, not negative.
        hours: float32 [p], the hour of the day, 0 to 24.
    """

    items: Ids
    visits: Ids
    ages: Floats
    hours: NDArray[np.float32]


def no_past() -> Past:
    """Return the past of someone unknown."""
    nothing = np.empty(0, dtype=np.int64)
    return Past(nothing, nothing, np.empty(0), np.empty(0, dtype=np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Sums over a past by some key (an item, a category), for the keys asked for.

    `times` counts rows, `since` are days since the last one, `gap` the mean days between two, NaN
    where there were fewer; `quarter` and `month` are faded counts; all float64 [n].
    """

    times: Floats
    since: Floats
    gap: Floats
    month: Floats
    quarter: Floats


class ByKey:
    """The rows of a past grouped by a key, so that sums over them can be looked up by key."""

    def __init__(self, keys: Ids, asked: Ids) -> None:
        """Group rows of `keys` [p]; sums are wanted for `asked` [n], which may be unknown."""
        self._keys, self._place = np.unique(keys, return_inverse=True)
        last = max(len(self._keys) - 1, 0)
        self._at = np.minimum(np.searchsorted(self._keys, asked), last)
        self.known = (
            self._keys[self._at] == asked if len(self._keys) else np.zeros(len(asked), np.bool_)
        )

    def total(self, values: Floats) -> Floats:
        """Return the sum of `values` [p] over each key asked for, 0 for an unknown one."""
        if not len(self._keys):
            return np.zeros(len(self.known))
        return np.where(self.known, np.bincount(self._place, values)[self._at], 0.0)

    def least(self, values: Floats) -> Floats:
        """Return the smallest of `values` [p] of each key asked for, NaN for an unknown one."""
        if not len(self._keys):
            return np.full(len(self.known), np.nan)
        found = np.full(len(self._keys), np.inf)
        np.minimum.at(found, self._place, values)
        return np.where(self.known, found[self._at], np.nan)

    @property
    def number(self) -> int:
        """How many different keys the past has."""
        return len(self._keys)

    def rhythm(self, ages: Floats) -> tuple[Floats, Floats, Floats]:
        """Return how often, how long since, and the gap of purchases of these ages, as a Tally."""
        times = self.total(np.ones_like(ages))
        since, first = self.least(ages), -self.least(-ages)
        with np.errstate(invalid="ignore", divide="ignore"):
            gap = np.where(times > 1, (first - since) / (times - 1), np.nan)
        return times, since, np.maximum(gap, _SHORTEST_GAP)

    def tally(self, ages: Floats) -> Tally:
        """Return the sums of purchases of these ages."""
        times, since, gap = self.rhythm(ages)
        return Tally(
            times=times,
            since=since,
            gap=gap,
            month=self.total(np.exp(-ages / MONTH)),
            quarter=self.total(np.exp(-ages / QUARTER)),
        )


def visits_of(past: Past) -> tuple[Ids, Floats, Ids]:
    """Return each row's visit as a place, the visits' ages, and their numbers of items."""
    _, first, place, sizes = np.unique(
        past.visits, return_index=True, return_inverse=True, return_counts=True
    )
    return place, past.ages[first], sizes


def together(past: Past, basket: Ids, visit: Ids, sizes: Ids) -> Floats:
    """Return, by row, how like this basket the row's visit was; the shares of a past sum to 1.

    Likeness is the cosine of the two baskets. All 0 where no visit had any of it.
    """
    shared = np.bincount(visit, np.isin(past.items, basket), minlength=len(sizes))
    like = shared / np.sqrt(np.maximum(sizes, 1))
    total = like.sum()
    return (like / total if total > 0 else like)[visit]


def same_hours(past: Past, hour: float) -> Floats:
    """Return, by row, how near the row's hour of the day is to `hour`: 1 is the same."""
    apart = np.abs(past.hours.astype(np.float64) - hour)
    return np.exp(-np.minimum(apart, 24.0 - apart) / _HOURS_ALIKE)
