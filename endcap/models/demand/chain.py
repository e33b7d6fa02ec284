"""How items and categories sell of late over all stores of a chain.

Computed where many stores' sales meet; a store alone is told the result. Tells of sums over enough
stores only, so that no store's own sales can be read from them. Looks at no sale after the origin.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from endcap.models.demand.lift import response_of, slope_by
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
    cut = recent_of(panel, origin)
    response = response_of(panel, cut, origin)
    demand = cut.demand[:, -_MONTH:]
    item, category = (
        _Sums(
            total=by_code(demand, code, count_of(code)),
            enough=_stores(panel, demand, code) >= LEAST_STORES,
            slope=slope_by(response, code),
        )
        for code in (panel.item, panel.category)
    )
    return Chain(
        item_3=item.trend(3),
        item_7=item.trend(WEEK),
        category_3=category.trend(3),
        category_7=category.trend(WEEK),
        season=_told(_season(panel, origin, category.total), category.enough[:, None]),
        item_lift=_told(item.slope, item.enough),
        category_lift=_told(category.slope, category.enough),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """What the stores sold of each code in a month: `total` [codes, 28]; and may it be told?"""

    total: Floats
    enough: NDArray[np.bool_]
    slope: Floats

    def trend(self, length: int) -> Floats:
        """Return the mean of the last periods over that of all."""
        late = self.total[:, -length:].mean(axis=1)
        return _told(ratio(late, self.total.mean(axis=1)), self.enough)


def _season(panel: Panel, origin: int, total: Floats) -> Floats:
    """Return the mean of each weekday over the mean day, UNKNOWN where there is none: [C, 7]."""
    weekday = (int(panel.weekday[origin]) - np.arange(total.shape[1])[::-1]) % WEEK
    if panel.rhythm.season == 1:
        weekday = weekday * 0
    season = np.full((len(total), WEEK), UNKNOWN)
    for day in np.unique(weekday):
        season[:, day] = ratio(total[:, weekday == day].mean(axis=1), total.mean(axis=1))
    return season


def _stores(panel: Panel, demand: Floats, code: Ints) -> Ints:
    """Return how many stores knew sales of each code: [codes]."""
    known = (code >= 0) & np.isfinite(demand).any(axis=1)
    pairs = np.unique(np.stack([code[known], panel.group[known]]), axis=1)
    return np.bincount(pairs[0], minlength=count_of(code)).astype(np.int64)


def _told(values: Floats, enough: NDArray[np.bool_]) -> Floats:
    """Return what may be told of each code, on the features' grid."""
    return np.where(enough, np.rint(values * _GRID) / _GRID, UNKNOWN)
