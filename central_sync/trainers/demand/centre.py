"""The centre of a forecast: a boosted mean, drawn towards a boosted median where that is sound.

The mean is LightGBM with the Tweedie deviance, the median LightGBM with the absolute error. Their
average errs less than either. Of an item that often sells nothing the median is nothing, and an
average with it would empty its shelf: there the mean stands alone. Where years before are known,
the level times the year's shape is a third opinion, which owes nothing to trees and so errs
elsewhere. Knows no quantiles and writes no ONNX.
"""

from dataclasses import dataclass, replace
from typing import Any

import lightgbm as lgb
import numpy as np

from central_sync.trainers.demand.effort import Effort
from central_sync.trainers.demand.sample import Rows
from endcap.models.demand.features import FEATURES, Features
from endcap.models.demand.panel import Floats

STEADY = FEATURES.index("zero_share")
"""The column that says how often an item sells nothing."""

STEEPNESS = 4.0
"""From this share of days, as 1 over it, an item is too unsteady for its median to count."""

YEARS = FEATURES.index("year_mixed")
"""The column of the level times the shape of the year; not above nothing where it is not known."""

LEAST = 1e-3
"""The least centre, as a multiple of the level: quantiles are multiples of it."""

_SHARE = 0.4  # of the median, where items sell daily; more of it leaves sums too low
_YEARS_SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
_PATIENCE = 20  # trees without a gain after which a fit stops


@dataclass(frozen=True, slots=True, eq=False)
class Centre:
    """What was learned.

    Attributes:
        mean: the booster of the logarithm of the mean.
        median: the booster of the median.
        share: how much of the median a steady item's centre takes.
        years: how much of the year's shape it then takes, where that is known.
    """

    mean: Any
    median: Any
    share: float
    years: float = 0.0

    @property
    def count(self) -> int:
        """How many trees there are."""
        return int(self.mean.num_trees() + self.median.num_trees())

    def predict(self, features: Features) -> Floats:
        """Return the centre of each row, as a multiple of its level: [n]."""
        mean = self.mean.predict(features, num_threads=1)
        median = np.maximum(self.median.predict(features, num_threads=1), 0.0)
        found: Floats = mean + self.share * steadiness(features) * (median - mean)
        shape = features[:, YEARS].astype(np.float64)
        found += self.years * (shape > 0) * (shape - found)
        return np.maximum(found, LEAST)


def fit_centre(rows: Rows, effort: Effort, seed: int, *, judge: Rows) -> Centre:
    """Fit both boosters, each until `judge` is served no better by more trees."""
    mean = fit_booster(rows, "tweedie", effort.trees, effort, seed, judge)
    median = fit_booster(rows, "regression_l1", effort.trees, effort, seed, judge)
    return Centre(mean, median, _SHARE)


def with_years(centre: Centre, judge: Rows) -> Centre:
    """Return `centre` with as much of the year's shape as errs least on `judge`, in units."""
    choices = [replace(centre, years=share) for share in _YEARS_SHARES]
    errors = [
        float((np.abs(one.predict(judge.features) - judge.target) * judge.level).sum())
        for one in choices
    ]
    return choices[int(np.argmin(errors))]


def fit_again(first: Centre, rows: Rows, effort: Effort, seed: int) -> Centre:
    """Fit on `rows` with as many trees as were of use to `first`."""
    mean, median = (
        fit_booster(rows, objective, max(1, booster.best_iteration), effort, seed)
        for objective, booster in (("tweedie", first.mean), ("regression_l1", first.median))
    )
    return replace(first, mean=mean, median=median)


def fit_booster(
    rows: Rows, objective: str, trees: int, effort: Effort, seed: int, judge: Rows | None = None
) -> Any:  # noqa: ANN401 - LightGBM has no types
    """Fit one booster, at most until `judge` is served no better by more trees.

    The Tweedie deviance of power 1.5 scales with the square root of the level, an absolute error
    with the level.
    """
    settings = tree_settings(rows, effort.leaves, seed) | {
        "objective": objective,
        "learning_rate": effort.rate,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.7,
    }
    learned = lgb.Dataset(rows.features, rows.target, weight=_weight(rows, objective))
    if judge is None:
        return lgb.train(settings, learned, trees)
    judged = learned.create_valid(judge.features, judge.target, weight=_weight(judge, objective))
    stop = lgb.early_stopping(_PATIENCE, verbose=False)
    return lgb.train(settings, learned, trees, valid_sets=[judged], callbacks=[stop])


def tree_settings(rows: Rows, leaves: int, seed: int) -> dict[str, Any]:
    """Return the LightGBM settings that every kind of tree shares: repeatable, on one thread."""
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


def _weight(rows: Rows, objective: str) -> Floats:
    """Return what a row's error counts."""
    return rows.level if objective == "regression_l1" else np.sqrt(rows.level)


def steadiness(features: Features) -> Floats:
    """Return how much an item's median counts, 0 to 1: [n]."""
    unsteady = STEEPNESS * features[:, STEADY].astype(np.float64)
    return np.clip(1.0 - unsteady, 0.0, 1.0)
