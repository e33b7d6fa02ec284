"""The demand model's trees: a boosted mean, and a forest that says how far off it tends to be.

The mean is LightGBM with the Tweedie deviance. The forest (Meinshausen's quantile regression
forest, with averaged leaf quantiles) splits rows by the size of the mean's relative error, and each
leaf holds the quantiles of truth / mean found there among series the mean was not fitted on. One
forest thus serves all levels, they cannot cross, and it costs less than one quantile booster.
Writes no ONNX; `graph` does.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import lightgbm as lgb
import numpy as np

from central_sync.trainers.demand.effort import Effort
from central_sync.trainers.demand.levels import LEVELS, MEDIAN
from central_sync.trainers.demand.sample import Rows, split
from endcap.models.demand.features import Features
from endcap.models.demand.panel import Floats, Ints

_HELD = 4  # every fourth series is kept from the first mean, to see how far off it is
_LEAST_MEAN = 1e-3
_MOST_RATIO = 20.0
_TOLERATED_BIAS = 0.015
_PATIENCE = 20  # trees without a gain after which a fit stops
_KEPT_BITS = 10  # of a leaf's quantile: a thousandth is far below what a forecast knows


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """What was learned.

    Attributes:
        mean: the booster of the mean.
        forest: the trees that sort rows by the size of their error.
        leaves: [K, leaves, Q] quantiles of truth / mean in each leaf of each of the K trees.
        median_share: how far a point forecast should lie from the mean (0) to the median (1).
    """

    mean: Any
    forest: Any
    leaves: Floats
    median_share: float

    def predict(self, features: Features) -> tuple[Floats, Floats]:
        """Return quantiles [n, Q] and mean [n], natively: what the graph must answer."""
        mean = self.mean.predict(features, num_threads=1)
        return mean[:, None] * _ratios(self.forest, self.leaves, features), mean


def fit_trees(rows: Rows, effort: Effort, *, seed: int) -> Trees:
    """Fit the mean and the forest.

    Every fourth series is held back from a first mean: it says when more trees no longer help,
    and how far off the mean is on series it has not seen. The mean that is kept is then fitted on
    all series, with as many trees.
    """
    held = rows.series % _HELD == 0
    if not held.any() or held.all():
        held = np.arange(len(rows)) % _HELD == 0
    seen = split(rows, held)
    first = _fit_mean(split(rows, ~held), effort.trees, effort, seed, judge=split(seen, seen.real))
    guess = np.maximum(first.predict(seen.features, num_threads=1), _LEAST_MEAN)
    ratio = np.minimum(seen.target / guess, _MOST_RATIO)
    forest = _fit_forest(seen, guess, ratio, effort, seed)
    leaves = _leaf_quantiles(forest, seen.features, ratio, seen.level * guess, effort.forest_leaves)
    leaves = shortened(leaves)
    median = guess * _ratios(forest, leaves, seen.features)[:, MEDIAN]
    mean = _fit_mean(rows, max(1, first.best_iteration), effort, seed)
    return Trees(mean, forest, leaves, _median_share(seen, median))


def _median_share(seen: Rows, median: Floats) -> float:
    """Return how much of the median a point forecast may take, 0 to 1.

    The median has the smaller absolute error; of skewed demand it is below the mean, and a
    forecast that is always low empties shelves. So much of it is taken as leaves the sum of all
    forecasts within the tolerated bias.
    """
    level = seen.level * seen.real
    sold = float((seen.target * level).sum())
    off = abs(float((median * level).sum()) - sold)
    return 1.0 if off <= _TOLERATED_BIAS * sold else round(_TOLERATED_BIAS * sold / off, 2)


def _settings(rows: Rows, leaves: int, seed: int) -> dict[str, Any]:
    """Return the LightGBM settings that both kinds of tree share: repeatable, on one thread."""
    return {
        "num_leaves": leaves,
        "min_data_in_leaf": int(np.clip(len(rows) // 2000, 20, 100)),
        "bagging_freq": 1,
        "max_bin": 127,
        "seed": seed,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "use_missing": False,
        "verbose": -1,
    }


def _fit_mean(rows: Rows, trees: int, effort: Effort, seed: int, judge: Rows | None = None) -> Any:  # noqa: ANN401 - LightGBM has no types
    """Fit the mean, until `judge` is served no better by more trees.

    The Tweedie deviance of power 1.5 scales with the square root of the level.
    """
    settings = _settings(rows, effort.leaves, seed) | {
        "objective": "tweedie",
        "learning_rate": effort.rate,
        "feature_fraction": 0.7,
        "bagging_fraction": 0.7,
    }
    learned = lgb.Dataset(rows.features, rows.target, weight=np.sqrt(rows.level))
    if judge is None:
        return lgb.train(settings, learned, trees)
    judged = learned.create_valid(judge.features, judge.target, weight=np.sqrt(judge.level))
    stop = lgb.early_stopping(_PATIENCE, verbose=False)
    return lgb.train(settings, learned, trees, valid_sets=[judged], callbacks=[stop])


def _fit_forest(seen: Rows, guess: Floats, ratio: Floats, effort: Effort, seed: int) -> Any:  # noqa: ANN401 - LightGBM has no types
    """Fit the forest that sorts rows by the size of their relative error."""
    settings = _settings(seen, effort.forest_leaves, seed) | {
        "objective": "regression",
        "boosting": "rf",
        "feature_fraction": 0.5,
        "bagging_fraction": 0.6,
    }
    size = np.minimum(np.abs(ratio - 1.0), 5.0)
    rows = lgb.Dataset(seen.features, size, weight=seen.level * guess)
    return lgb.train(settings, rows, effort.forest)


def _leaf_quantiles(
    forest: Any,  # noqa: ANN401 - LightGBM has no types
    features: Features,
    ratio: Floats,
    weight: Floats,
    leaves: int,
) -> Floats:
    """Return the weighted quantiles of `ratio` in each leaf of each tree: [K, leaves, Q]."""
    where = _leaves_of(forest, features)
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


def _ratios(forest: Any, leaves: Floats, features: Features) -> Floats:  # noqa: ANN401 - LightGBM has no types
    """Return the mean over the trees of the leaf quantiles: [n, Q]."""
    where = _leaves_of(forest, features)
    total = np.zeros((len(features), len(LEVELS)))
    for tree, values in enumerate(leaves):
        total += values[where[:, tree]]
    return total / len(leaves)
