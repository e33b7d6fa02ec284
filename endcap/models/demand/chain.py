"""How items and categories sell of late over all stores of a chain.

Computed where many stores' sales meet; a store alone is told the result. Tells of sums over enough
stores only, so that no store's own sales can be read from them. Looks at no sale after the origin.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from endcap.models.demand.lift import response_of, responses_by, slope_of
from endcap.models.demand.panel import Floats, Ints, Panel
from endcap.models.demand.recent import UNKNOWN, by_code, count_of, ratio, recent_of

LEAST_STORES = 5
"""The chain tells nothing of what fewer stores than this sell."""

WEEK = 7
_GRID = 1024.0  # as of features: what a store is told is what the centre learned from
_MONTH = 28


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Trends of I items and C categories, by the panel's codes; UNKNOWN where it cannot tell.

    Attributes:
        item_3: [I] mean demand of the last 3 periods over that of the last 28.
        item_7: [I] the same of the last 7.
        category_3: [C] likewise.
        category_7: [C] likewise.
        season: [C, 7] mean demand of each weekday, Monday first, over that of the last 28 periods.
        item_lift: [I] extra demand, in levels, per share of the price that is cut: see `lift`.
        category_lift: [C] likewise.
    """

    item_3: Floats
    item_7: Floats
    category_3: Floats
    category_7: Floats
    season: Floats
    item_lift: Floats
    category_lift: Floats


def no_chain(panel: Panel) -> Chain:
    """Return the chain of which nothing is known."""
    items = np.full(count_of(panel.item), UNKNOWN)
    categories = np.full(count_of(panel.category), UNKNOWN)
    season = np.full((len(categories), WEEK), UNKNOWN)
    return Chain(items, items, categories, categories, season, items, categories)


def chain_of(panel: Panel, origin: int) -> Chain:
    """Return what the stores of `panel` sold together up to `origin`."""
    return sums_of(panel, origin, count_of(panel.item), count_of(panel.category)).chain()


@dataclass(frozen=True, slots=True, eq=False)
class CodeSums:
    """What some stores sold of each code: of items, or of categories.

    Attributes:
        total: [codes, 28] demand in each of the last periods; weeks are fewer.
        stores: [codes] how many stores knew of sales.
        response: [codes, 3] how sales answered lower prices: see `lift`.
    """

    total: Floats
    stores: Ints
    response: Floats

    def __add__(self, other: "CodeSums") -> "CodeSums":
        """Return the sums of these stores and of others."""
        return CodeSums(
            self.total + other.total, self.stores + other.stores, self.response + other.response
        )

    @property
    def enough(self) -> NDArray[np.bool_]:
        """Tell of which codes so many stores know that it may be told: [codes]."""
        return self.stores >= LEAST_STORES

    def trend(self, length: int) -> Floats:
        """Return the mean of the last periods over that of all: [codes]."""
        late = self.total[:, -length:].mean(axis=1)
        return _told(ratio(late, self.total.mean(axis=1)), self.enough)

    def lift(self) -> Floats:
        """Return how much more sells at a lower price: [codes]."""
        return _told(slope_of(self.response), self.enough)

    def level(self) -> Floats:
        """Return the units a period that a store sells which knows it: [codes]."""
        mean = self.total.mean(axis=1) / np.maximum(self.stores, 1)
        return _told(mean, self.enough)


@dataclass(frozen=True, slots=True, eq=False)
class ChainSums:
    """What some stores sold up to an origin; those of other stores, by the same codes, add to it.

    `weekday` is that of each period of the month; all zero when a period is a week.
    """

    item: CodeSums
    category: CodeSums
    weekday: Ints

    def __add__(self, other: "ChainSums") -> "ChainSums":
        """Return the sums of these stores and of others."""
        return ChainSums(self.item + other.item, self.category + other.category, self.weekday)

    def chain(self) -> Chain:
        """Return what may be told of all stores together."""
        item, category = self.item, self.category
        season = _season(category.total, self.weekday)
        return Chain(
            item_3=item.trend(3),
            item_7=item.trend(WEEK),
            category_3=category.trend(3),
            category_7=category.trend(WEEK),
            season=_told(season, category.enough[:, None]),
            item_lift=item.lift(),
            category_lift=category.lift(),
        )


def sums_of(panel: Panel, origin: int, items: int, categories: int) -> ChainSums:
    """Return what the stores of `panel` sold up to `origin`, of so many items and categories."""
    cut = recent_of(panel, origin)
    response = response_of(panel, cut, origin)
    demand = cut.demand[:, -_MONTH:]
    item, category = (
        CodeSums(
            total=by_code(demand, code, count),
            stores=_stores(panel, demand, code, count),
            response=responses_by(response, code, count),
        )
        for code, count in ((panel.item, items), (panel.category, categories))
    )
    back = np.arange(demand.shape[1])[::-1]
    weekday = (int(panel.weekday[origin]) - back) % WEEK if panel.rhythm.season > 1 else back * 0
    return ChainSums(item, category, weekday.astype(np.int64))


def _season(total: Floats, weekday: Ints) -> Floats:
    """Return the mean of each weekday over the mean day, UNKNOWN where there is none: [C, 7]."""
    season = np.full((len(total), WEEK), UNKNOWN)
    for day in np.unique(weekday):
        season[:, day] = ratio(total[:, weekday == day].mean(axis=1), total.mean(axis=1))
    return season


def _stores(panel: Panel, demand: Floats, code: Ints, count: int) -> Ints:
    """Return how many stores knew sales of each code: [count]."""
    known = (code >= 0) & np.isfinite(demand).any(axis=1)
    pairs = np.unique(np.stack([code[known], panel.group[known]]), axis=1)
    return np.bincount(pairs[0], minlength=count).astype(np.int64)


def _told(values: Floats, enough: NDArray[np.bool_]) -> Floats:
    """Return what may be told of each code, on the features' grid."""
    return np.where(enough, np.rint(values * _GRID) / _GRID, UNKNOWN)
