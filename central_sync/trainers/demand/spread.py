"""The spread about a forecast's centre: a forest that says how far off the centre tends to be.

A quantile regression forest after Meinshausen, with averaged leaf quantiles: it splits rows by the
size of the centre's relative error, and each leaf holds the quantiles of truth / centre found there
among rows the centre was not fitted on. One forest thus serves all levels, they cannot cross, and
it costs less than one quantile booster. Then it is calibrated (conformal, Romano et al. 2019) on
the latest of those rows, since the weeks to come differ from those learned from. Fits no centre.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import lightgbm as lgb
import numpy as np

from central_sync.trainers.demand.centre import tree_settings
from central_sync.trainers.demand.effort import Effort
from central_sync.trainers.demand.levels import LEVELS, MEDIAN
from central_sync.trainers.demand.sample import Rows
from endcap.models.demand.features import Features
from endcap.models.demand.panel import Floats, Ints

_MOST_RATIO = 20.0
_KEPT_BITS = 10  # of a leaf's quantile: a thousandth is far below what a forecast knows
_OUTER = 2  # levels at each end that set how far that side is stretched
_LEAST_TO_CALIBRATE = 200
_NO_WIDTH = 1e-6
_STRETCH = (1.0, 1.5)  # a quiet fortnight promises no quiet one; beyond the most, none is likely


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """What was learned.

    Attributes:
        forest: the trees that sort rows by the size of their error.
        leaves: [K, leaves, Q] quantiles of truth / centre in each leaf of each of the K trees.
    """

    forest: Any
    leaves: Floats

    def ratios(self, features: Features) -> Floats:
        """Return the mean over the trees of the leaf quantiles: [n, Q]."""
        where = _leaves_of(self.forest, features)
        total = np.zeros((len(features), len(LEVELS)))
        for tree, values in enumerate(self.leaves):
            total += values[where[:, tree]]
        return total / len(self.leaves)


def fit_spread(seen: Rows, centre: Floats, effort: Effort, seed: int) -> Spread:
    """Fit on rows whose `centre` comes from a fit that has not seen them."""
    ratio = _ratio(seen, centre)
    forest = _fit_forest(seen, centre, ratio, effort, seed)
    leaves = _leaf_quantiles(forest, seen, ratio, seen.level * centre, effort.forest_leaves)
    return Spread(forest, shortened(leaves))


def calibrated(spread: Spread, seen: Rows, centre: Floats) -> Spread:
    """Return `spread` with each side stretched until the outer levels cover what they name.

    Each row counts the same, unlike in the leaves, where big sellers count more: a store asks of
    each item whether its interval holds. Too few rows leave the spread as it is.
    """
    if len(seen) < _LEAST_TO_CALIBRATE:
        return spread
    ratio, found = _ratio(seen, centre), spread.ratios(seen.features)
    middle = found[:, MEDIAN]
    low, high = (
        _stretch([_needed(ratio, middle, found[:, level], level) for level in side])
        for side in (range(_OUTER), range(len(LEVELS) - _OUTER, len(LEVELS)))
    )
    by_level = np.where(np.arange(len(LEVELS)) < MEDIAN, low, high)
    median = spread.leaves[:, :, [MEDIAN]]
    stretched = np.maximum(median + by_level * (spread.leaves - median), 0.0)
    return replace(spread, leaves=shortened(stretched))


def _ratio(rows: Rows, centre: Floats) -> Floats:
    """Return the truth as a multiple of the centre, bounded."""
    return np.minimum(rows.target / centre, _MOST_RATIO)


def _needed(ratio: Floats, middle: Floats, quantile: Floats, level: int) -> float:
    """Return how much farther from the median the quantile must be to cover its level."""
    away = quantile - middle
    there = np.abs(away) > _NO_WIDTH
    if not there.any():
        return 1.0
    reach = (ratio[there] - middle[there]) / away[there]
    share = LEVELS[level] if level > MEDIAN else 1.0 - LEVELS[level]
    return float(np.quantile(reach, share))


def _stretch(needed: list[float]) -> float:
    """Return one factor for a side."""
    return float(np.clip(np.mean(needed), *_STRETCH))


def _fit_forest(seen: Rows, centre: Floats, ratio: Floats, effort: Effort, seed: int) -> Any:  # noqa: ANN401 - LightGBM has no types
    """Fit the forest that sorts rows by the size of their relative error."""
    settings = tree_settings(seen, effort.forest_leaves, seed) | {
        "objective": "regression",
        "boosting": "rf",
        "feature_fraction": 0.5,
        "bagging_fraction": 0.6,
    }
    size = np.minimum(np.abs(ratio - 1.0), 5.0)
    rows = lgb.Dataset(seen.features, size, weight=seen.level * centre)
    return lgb.train(settings, rows, effort.forest)


def _leaf_quantiles(
    forest: Any,  # noqa: ANN401 - LightGBM has no types
    seen: Rows,
    ratio: Floats,
    weight: Floats,
    leaves: int,
) -> Floats:
    """Return the weighted quantiles of `ratio` in each leaf of each tree: [K, leaves, Q]."""
    where = _leaves_of(forest, seen.features)
    found = np.ones((where.shape[1], leaves, len(LEVELS)))
    for tree in range(where.shape[1]):
        order = np.argsort(where[:, tree], kind="stable")
        edges = np.searchsorted(where[order, tree], np.arange(leaves + 1))
        for leaf, (begin, end) in enumerate(pairwise(edges)):
            if begin < end:
                mine = order[begin:end]
                found[tree, leaf] = weighted_quantiles(ratio[mine], weight[mine])
    return found


def shortened(leaves: Floats) -> Floats:
    """Return the quantiles with only as many binary digits as matter.

    They are most of a model's file; with fewer digits it, and what leads to it from an older one,
    is a third shorter on its way to the stores. Rounded is each tree's share, as the graph adds it.
    """
    digits, exponent = np.frexp(leaves / len(leaves))
    kept: Floats = np.ldexp(np.round(np.ldexp(digits, _KEPT_BITS)), exponent - _KEPT_BITS)
    return len(leaves) * kept


def weighted_quantiles(values: Floats, weights: Floats) -> Floats:
    """Return the quantiles of `values` at LEVELS, each value counting as its weight."""
    order = np.argsort(values, kind="stable")
    passed = np.cumsum(weights[order])
    middle = (passed - 0.5 * weights[order]) / passed[-1]
    return np.interp(LEVELS, middle, values[order])


def _leaves_of(forest: Any, features: Features) -> Ints:  # noqa: ANN401 - LightGBM has no types
    """Return which leaf of each tree a row falls into: [n, K]."""
    found = forest.predict(features, pred_leaf=True, num_threads=1)
    return np.asarray(found, dtype=np.int64).reshape(len(features), -1)
