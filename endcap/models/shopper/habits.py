"""What a shopper's own past says of candidates: how often, how lately, when due, with what.

Counts are over visits. What does not depend on the question is worked out when first asked for and
stays with the past, so that a second question costs less. Says nothing of other people. Pure.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from endcap.models.shopper.figures import Kinds
from endcap.models.shopper.history import faded

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]

MONTH, QUARTER = 28.0, 91.0
_SHORTEST_GAP = 0.5
_HOURS_ALIKE = 2.0
_VISIT_FADING = 0.85
_BRANDS = 1 << 32


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Sums over a past by some key (an item, a category), float64 [n] each.

    `times` counts rows, `since` are days since the last one, `gap` the mean days between two, NaN
    where there were fewer; `quarter` and `month` are faded counts.
    """

    times: Floats
    since: Floats
    gap: Floats
    month: Floats
    quarter: Floats

    def at(self, places: Ids) -> "Tally":
        """Return the sums of some keys, by their places."""
        return Tally(
            self.times[places],
            self.since[places],
            self.gap[places],
            self.month[places],
            self.quarter[places],
        )


class Groups:
    """Rows grouped by a key, the groups in the order of their keys: sorted once, summed often.

    Attributes:
        keys: int64 [g], one of each group, sorted.
        place: int64 [p], the group of each row.
        first: int64 [g], the first row of each group.
        sizes: int64 [g], how many rows each group has.
    """

    __slots__ = ("_order", "_starts", "first", "keys", "place", "sizes")

    def __init__(self, keys: Ids) -> None:
        """Group the rows of `keys` [p]."""
        self._order = keys.argsort(kind="stable")
        ordered = keys[self._order]
        begins = np.ones(len(keys), dtype=np.bool_)
        begins[1:] = ordered[1:] != ordered[:-1]
        self._starts = begins.nonzero()[0]
        self.keys: Ids = ordered[self._starts]
        self.place = np.empty(len(keys), dtype=np.int64)
        self.place[self._order] = begins.cumsum() - 1
        self.first: Ids = self._order[self._starts]
        ends = np.full(len(self.keys), len(keys))  # np.diff would take as long as all the rest
        ends[:-1] = self._starts[1:]
        self.sizes: Ids = ends - self._starts

    def find(self, asked: Ids) -> Ids:
        """Return the group of each key asked for; one past the last for an unknown key."""
        return places(self.keys, asked)

    def total(self, values: Floats) -> Floats:
        """Return the sum of `values` [p] over each group, and a last 0 for unknown keys."""
        found = np.bincount(self.place, values, minlength=len(self.keys) + 1)
        return found.astype(np.float64, copy=False)

    def times(self) -> Floats:
        """Return how many rows each group has, and a last 0 for unknown keys."""
        found = np.zeros(len(self.keys) + 1)
        found[:-1] = self.sizes
        return found

    def extremes(self, values: Floats) -> tuple[Floats, Floats]:
        """Return the least and the greatest of `values` [p] of each group, and a last NaN."""
        least, most = np.full((2, len(self.keys) + 1), np.nan)
        if len(self.keys):
            ordered = values[self._order]
            np.minimum.reduceat(ordered, self._starts, out=least[:-1])
            np.maximum.reduceat(ordered, self._starts, out=most[:-1])
        return least, most

    def rhythm(self, ages: Floats) -> tuple[Floats, Floats, Floats]:
        """Return how often, how long since, and the gap of purchases of these ages, as a Tally."""
        times = self.times()
        since, first = self.extremes(ages)
        gap = np.full(len(times), np.nan)
        np.divide(first - since, times - 1, out=gap, where=times > 1)
        return times, since, np.maximum(gap, _SHORTEST_GAP)

    def tally(self, ages: Floats) -> Tally:
        """Return the sums of purchases of these ages: of each group, and a last of none."""
        times, since, gap = self.rhythm(ages)
        month, quarter = (self.total(np.exp(-ages / days)) for days in (MONTH, QUARTER))
        return Tally(times, since, gap, month, quarter)


@dataclass(frozen=True, eq=False)
class Past:
    """What a shopper bought before, a row for each item of each visit; rows in any order.

    Attributes:
        items: int64 [p], at most once in a visit.
        visits: int64 [p], the same number within one visit.
        ages: float64 [p], days before now, not negative; the same within one visit.
        hours: float32 [p], the hour of the day, 0 to 24.
    """

    items: Ids
    visits: Ids
    ages: Floats
    hours: NDArray[np.float32]
    _likes: dict[Kinds, "Likes"] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def by_item(self) -> Groups:
        """The rows grouped by item: all that is asked of a past begins with that."""
        return Groups(self.items)

    @cached_property
    def by_visit(self) -> Groups:
        """The rows grouped by visit."""
        return Groups(self.visits)

    @cached_property
    def tally(self) -> Tally:
        """The sums of each item, in the order of `by_item`, and a last of what was never bought."""
        return self.by_item.tally(self.ages)

    @cached_property
    def weight(self) -> Floats:
        """What each item counts for now, in the order of `by_item`; the last, of none, is 0."""
        return self.by_item.total(faded(self.ages))

    @cached_property
    def visits_ago(self) -> Floats:
        """The ages of the visits, the last one first."""
        return np.sort(self.ages[self.by_visit.first])

    @cached_property
    def faded_visits(self) -> Floats:
        """How often each item was bought, a visit counting less for each that came after it."""
        ages = self.ages[self.by_visit.first]
        each = np.power(_VISIT_FADING, self.visits_ago.searchsorted(ages))
        return self.by_item.total(each[self.by_visit.place])

    def likes(self, kinds: Kinds) -> "Likes":
        """Return what the past comes to in a catalogue: worked out once for the one asked last."""
        found = self._likes.get(kinds)
        if found is None:
            self._likes.clear()
            found = self._likes[kinds] = Likes(self, kinds)
        return found


class Likes:
    """A past by the categories and brands of a catalogue; -1 is of what it does not sell.

    Attributes:
        rows: int64 [g], the catalogue's row of each item of the past, in the order of `by_item`.
        categories: int64 [c], those of the past, sorted; `tally` has the sums of each.
        brands: int64 [b], the keys of category and brand, sorted; `faded` [b + 1] what each counts.
    """

    __slots__ = ("brands", "categories", "faded", "rows", "tally")

    def __init__(self, past: "Past", kinds: Kinds) -> None:
        """Sum up `past` by the codes of `kinds`."""
        self.rows: Ids = kinds.rows(past.by_item.keys)
        _, category, brand = kinds.codes(self.rows)[:, past.by_item.place]
        by_category, by_brand = Groups(category), Groups(brand_key(category, brand))
        self.categories, self.brands = by_category.keys, by_brand.keys
        self.tally = by_category.tally(past.ages)
        self.faded = by_brand.total(np.exp(-past.ages / QUARTER))


def places(keys: Ids, asked: Ids) -> Ids:
    """Return the place of each of `asked` among sorted `keys`; one past the last if not there."""
    last = len(keys)
    if not last:
        return np.zeros(len(asked), dtype=np.int64)
    at = keys.searchsorted(asked)
    at[at == last] = 0
    return np.where(keys[at] == asked, at, last)


def brand_key(category: Ids, brand: Ids) -> Ids:
    """Return a number for each pair of a category and a brand."""
    return category * _BRANDS + brand


def no_past() -> Past:
    """Return the past of someone unknown."""
    nothing = np.empty(0, dtype=np.int64)
    return Past(nothing, nothing, np.empty(0), np.empty(0, dtype=np.float32))


def together(past: Past, basket: Ids) -> Floats:
    """Return, by row, how like this basket the row's visit was; the shares of a past sum to 1.

    Likeness is the cosine of the two baskets. All 0 where no visit had any of it.
    """
    items, visits = past.by_item, past.by_visit
    held = np.zeros(len(items.keys) + 1)
    held[items.find(basket)] = 1.0
    held[-1] = 0.0  # what the past has not is in none of its visits
    shared = visits.total(held[items.place])[:-1]
    like = shared / np.sqrt(visits.sizes)
    total = like.sum()
    return (like / total if total > 0 else like)[visits.place]


def same_hours(past: Past, hour: float) -> Floats:
    """Return, by row, how near the row's hour of the day is to `hour`: 1 is the same."""
    apart = np.abs(past.hours.astype(np.float64) - hour)
    return np.exp(-np.minimum(apart, 24.0 - apart) / _HOURS_ALIKE)
