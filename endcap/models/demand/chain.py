"""How items and categories sell of late over all stores of a chain.

Computed where many stores' sales meet; a store alone is told the result. Tells of sums over enough
stores only, so that no store's own sales can be read from them. Looks at no sale after the origin.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
    """

    item_3: Floats
    item_7: Floats
    category_3: Floats
    category_7: Floats
    season: Floats


def no_chain(panel: Panel) -> Chain:
    """Return the chain of which nothing is known."""
    items, categories = (
        np.full(count_of(panel.item), UNKNOWN),
        np.full(count_of(panel.category), UNKNOWN),
    )
    return Chain(items, items, categories, categories, np.full((len(categories), WEEK), UNKNOWN))


def chain_of(panel: Panel, origin: int) -> Chain:
    """Return what the stores of `panel` sold together up to `origin`."""
    demand = recent_of(panel, origin).demand[:, -_MONTH:]
    item_3, item_7, _ = _trends(panel, demand, panel.item)
    category_3, category_7, total = _trends(panel, demand, panel.category)
    weekday = (int(panel.weekday[origin]) - np.arange(demand.shape[1])[::-1]) % WEEK
    if panel.rhythm.season == 1:
        weekday = weekday * 0
    season = np.full((len(category_3), WEEK), UNKNOWN)
    for day in np.unique(weekday):
        season[:, day] = ratio(total[:, weekday == day].mean(axis=1), total.mean(axis=1))
    season[category_7 == UNKNOWN] = UNKNOWN
    return Chain(item_3, item_7, category_3, category_7, _gridded(season))


def _trends(panel: Panel, demand: Floats, code: Ints) -> tuple[Floats, Floats, Floats]:
    """Return the trends of each code over 3 and 7 periods, and its sum in each period."""
    count = count_of(code)
    total = by_code(demand, code, count)
    month = total.mean(axis=1)
    enough = _stores(demand, code, panel.group, count) >= LEAST_STORES
    late, week = (ratio(total[:, -length:].mean(axis=1), month) for length in (3, WEEK))
    return _told(late, enough), _told(week, enough), total


def _told(values: Floats, enough: NDArray[np.bool_]) -> Floats:
    """Return what may be told of each code."""
    return np.where(enough, _gridded(values), UNKNOWN)


def _stores(demand: Floats, code: Ints, group: Ints, count: int) -> Ints:
    """Return how many stores knew sales of each code: [count]."""
    known = (code >= 0) & np.isfinite(demand).any(axis=1)
    pairs = np.unique(np.stack([code[known], group[known]]), axis=1)
    return np.bincount(pairs[0], minlength=count).astype(np.int64)


def _gridded(values: Floats) -> Floats:
    """Return `values` on the features' grid."""
    rounded: Floats = np.rint(values * _GRID) / _GRID
    return rounded
