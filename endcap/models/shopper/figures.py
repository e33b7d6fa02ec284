"""A store's figures by item, from its receipts: how usual, how recent, how often again, when.

Training takes them as of the moment a question was asked, a store as of now; both through this
file. Nothing of it says who bought what. Reads no files and keeps nothing.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]

WEEK, MONTH, QUARTER = 7.0, 28.0, 91.0
DAYPART_ENDS = (10.0, 14.0, 18.0)
"""The hours at which the day's parts end; the last part ends at midnight."""
_STEADY = 20.0
"""Baskets that an item's share of a daypart is smoothed with."""
_LEANING = 50.0
"""Baskets of the chain that a store's own share is smoothed with."""


@dataclass(frozen=True, slots=True, eq=False)
class Receipts:
    """What was sold, a row for each item of each visit; rows in any order.

    Attributes:
        visit: int64 [r], the same number within one basket.
        item: int64 [r], at most once in a visit.
        day: float64 [r], days since 1970 by the store's own clock, with the hour as its fraction.
        shopper: int64 [r], -1 where nobody agreed to be remembered.
        price: float32 [r], paid for one unit; NaN where not known.
    """

    visit: Ids
    item: Ids
    day: NDArray[np.float64]
    shopper: Ids
    price: Floats

    def before(self, day: float) -> "Receipts":
        """Return the receipts of visits before a moment."""
        kept = self.day < day
        return Receipts(
            self.visit[kept], self.item[kept], self.day[kept], self.shopper[kept], self.price[kept]
        )


@dataclass(frozen=True, eq=False)
class Kinds:
    """What the catalogue says of its items; `items` int64 [m] sorted, codes int32 [m], -1 unknown.

    Codes are any numbers from 0 that are equal where the store's words are.
    """

    items: Ids
    department: NDArray[np.int32]
    category: NDArray[np.int32]
    brand: NDArray[np.int32]

    def codes(self, rows: Ids) -> Ids:
        """Return department, category and brand of rows, int64 [3, n]; -1 is of no item."""
        return np.ascontiguousarray(self._codes[rows].T)

    def rows(self, items: Ids) -> Ids:
        """Return the row of each item, -1 for one that is not listed."""
        if not len(self.items):
            return np.full(len(items), -1, dtype=np.int64)
        at = self.items.searchsorted(items)
        at[at == len(self.items)] = 0
        return np.where(self.items[at] == items, at, -1)

    @cached_property
    def _codes(self) -> Ids:
        """The codes, and a last row for what is no item: a row of -1 finds it."""
        found = np.full((len(self.items) + 1, 3), -1, dtype=np.int64)
        found[:-1] = np.stack((self.department, self.category, self.brand), axis=1)
        return found


_BY_ITEM = ("share", "month", "week", "gap", "again", "company", "price", "paid", "weekend")


@dataclass(frozen=True, eq=False)
class Figures:
    """What a store knows of its items at a moment, a row each; unknown figures are NaN.

    Attributes:
        kinds: the items and their codes, in this order.
        share: float32 [m], of a year's baskets (or what there is) that hold the item.
        month, week: the same of the last 28 and 7 days.
        gap: days from a shopper's purchase of it to the next, typically.
        again: the share of purchases by known shoppers that were not their first of it.
        company: log of the typical number of items in its baskets.
        price: usual price of a unit; `paid` what it goes for in the last 7 days.
        dayparts: float32 [m, 4], how much likelier it is at a part of the day than at any time.
        weekend: the same of Saturday and Sunday.
    """

    kinds: Kinds
    share: Floats
    month: Floats
    week: Floats
    gap: Floats
    again: Floats
    company: Floats
    price: Floats
    paid: Floats
    dayparts: Floats
    weekend: Floats

    @property
    def items(self) -> Ids:
        """The items, sorted."""
        return self.kinds.items

    def of(self, rows: Ids, part: int) -> dict[str, Floats]:
        """Return the figures of rows at a part of the day, by name; NaN for a row of -1."""
        found = self._table.take(rows, axis=1, mode="wrap")
        number = len(_BY_ITEM)
        by_name = dict(zip(_BY_ITEM, found[:number], strict=True))
        return by_name | {"daypart": found[number + part]}

    @cached_property
    def _table(self) -> Floats:
        """The figures one under the other, and a last column for no item: a row of -1 finds it."""
        number = len(_BY_ITEM)
        shape = (number + self.dayparts.shape[1], len(self.items) + 1)
        found = np.full(shape, np.nan, dtype=np.float32)
        found[:number, :-1] = [getattr(self, name) for name in _BY_ITEM]
        found[number:, :-1] = self.dayparts.T
        return found

    def rows(self, items: Ids) -> Ids:
        """Return the row of each item, -1 where the store does not know it."""
        return self.kinds.rows(items)


def no_kinds(items: Ids) -> Kinds:
    """Return the items of a store whose catalogue says nothing of them."""
    known = np.unique(items)
    nothing = np.full(len(known), -1, dtype=np.int32)
    return Kinds(known, nothing, nothing, nothing)


def daypart(hour: float) -> int:
    """Return the part of the day, 0 to 3, that holds an hour."""
    return int(np.searchsorted(DAYPART_ENDS, hour, side="right"))


def figures_of(receipts: Receipts, kinds: Kinds, at: float) -> Figures:
    """Return the figures at the moment `at` (days since 1970); what came later is left out.

    `receipts` may be of any length, a year is best. Items that `kinds` does not list are nobody's.
    """
    known, size = receipts.before(at), len(kinds.items)
    row = np.minimum(np.searchsorted(kinds.items, known.item), max(size - 1, 0))
    sold = kinds.items[row] == known.item if size else np.zeros(len(known.item), dtype=np.bool_)
    age = at - known.day
    share, month, week = (
        _share(row[sold & (age <= span)], known.visit[age <= span], size)
        for span in (np.inf, MONTH, WEEK)
    )
    gap, again = _rhythm(known, row, sold, size)
    dayparts, weekend = _times(known, row, sold, size)
    recent = sold & (age <= WEEK)
    return Figures(
        kinds=kinds,
        share=share,
        month=month,
        week=week,
        gap=gap,
        again=again,
        company=_mean(row[sold], np.log(_basket_sizes(known.visit))[sold], size),
        price=_geometric(row[sold], known.price[sold], size),
        paid=_geometric(row[recent], known.price[recent], size),
        dayparts=dayparts,
        weekend=weekend,
    )


def lately(figures: Figures, receipts: Receipts, at: float) -> Figures:
    """Return figures with what sold of late, and for how much, as of the moment `at`.

    `receipts` are at least those of the last `MONTH`; the rest is as slow as it is taken.
    """
    known, size = receipts.before(at), len(figures.items)
    row = figures.rows(known.item)
    age, sold = at - known.day, row >= 0
    month, week = (
        _share(row[sold & (age <= span)], known.visit[age <= span], size) for span in (MONTH, WEEK)
    )
    recent = sold & (age <= WEEK)
    paid = _geometric(row[recent], known.price[recent], size)
    return replace(figures, month=month, week=week, paid=paid)


def of_one_store(figures: Figures, receipts: Receipts) -> Figures:
    """Return a chain's figures with the `month` of one of its stores: `receipts` are its month.

    Where it sold little, it leans on the chain.
    """
    row = figures.rows(receipts.item)
    number = np.bincount(row[row >= 0], minlength=len(figures.items))
    baskets = len(np.unique(receipts.visit))
    own = (number + _LEANING * figures.month) / (baskets + _LEANING)
    return replace(figures, month=own.astype(np.float32))


def _share(row: Ids, visits: Ids, size: int) -> Floats:
    """Return the share of visits that hold each item."""
    baskets = max(len(np.unique(visits)), 1)
    return (np.bincount(row, minlength=size) / baskets).astype(np.float32)


def _basket_sizes(visit: Ids) -> NDArray[np.float64]:
    """Return, by row, how many items its visit holds."""
    _, place, counts = np.unique(visit, return_inverse=True, return_counts=True)
    return counts[place].astype(np.float64)


def _mean(row: Ids, values: NDArray[np.floating], size: int) -> Floats:
    """Return the mean of the values of each row, NaN where there is none; NaN is skipped."""
    there = ~np.isnan(values)
    number = np.bincount(row[there], minlength=size)
    total = np.bincount(row[there], values[there], minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = (total / number).astype(np.float32)
    return mean


def _geometric(row: Ids, prices: Floats, size: int) -> Floats:
    """Return each item's geometric mean price; prices that are none are skipped."""
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.where(prices > 0, np.log(prices), np.nan)
    return np.exp(_mean(row, logs, size))


def _rhythm(known: Receipts, row: Ids, sold: NDArray[np.bool_], size: int) -> tuple[Floats, Floats]:
    """Return each item's typical days between purchases, and the share that are not the first."""
    named = sold & (known.shopper >= 0)
    order = np.lexsort((known.day[named], row[named], known.shopper[named]))
    item, who, day = row[named][order], known.shopper[named][order], known.day[named][order]
    repeated = (item[1:] == item[:-1]) & (who[1:] == who[:-1])
    days = np.maximum(np.diff(day), 0.5)[repeated]
    bought = np.bincount(item, minlength=size)
    repeats = np.bincount(item[1:][repeated], minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        again = (repeats / bought).astype(np.float32)
    return np.exp(_mean(item[1:][repeated], np.log(days), size)), again


def _times(known: Receipts, row: Ids, sold: NDArray[np.bool_], size: int) -> tuple[Floats, Floats]:
    """Return how much likelier each item is at each part of the day, and at the weekend."""
    part = np.searchsorted(DAYPART_ENDS, (known.day % 1.0) * 24.0, side="right")
    resting = (((known.day.astype(np.int64) + 3) % 7) >= 5).astype(np.int64)  # noqa: PLR2004 - Saturday
    parts = len(DAYPART_ENDS) + 1
    by_part = _lifts(row[sold] * parts + part[sold], part, size, parts)
    by_rest = _lifts(row[sold] * 2 + resting[sold], resting, size, 2)
    return by_part, np.ascontiguousarray(by_rest[:, 1])


def _lifts(cell: Ids, part: Ids, size: int, parts: int) -> Floats:
    """Return each item's share of a part over everyone's, smoothed towards 1."""
    counts = np.bincount(cell, minlength=size * parts).reshape(size, parts).astype(np.float64)
    usual = np.bincount(part, minlength=parts) / max(len(part), 1)
    share = (counts + _STEADY * usual) / (counts.sum(axis=1, keepdims=True) + _STEADY)
    with np.errstate(invalid="ignore", divide="ignore"):
        lifts: Floats = (share / usual).astype(np.float32)
    return lifts
