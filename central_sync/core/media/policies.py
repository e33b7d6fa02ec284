"""What another policy would have brought, from plays that were logged with their propensities.

Inverse propensity scores (IPS), the self-normalised kind (SNIPS: Swaminathan and Joachims, NeurIPS
2015) and doubly robust (DR: Dudik, Langford, Li, ICML 2011), each with a 95 % interval. A policy
here is a share of places that are given away to explore: the place is drawn first, so two actions
(explore or not) are all there are, and their propensities are known whatever was up for choice.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from central_sync.core.media.intervals import Interval, Z

Floats = npt.NDArray[np.float64]
_TRUSTED = 0.1
"""A share of effective plays below which an estimate is told with a warning."""


@dataclass(frozen=True, slots=True)
class Logged:
    """Plays as they were logged, a row each.

    `propensity` is with which probability the logging policy did what it did, `target` with which
    the other would do the same. `reward` is what came of it. `predicted` is the reward that a
    model expects of what was done, `expected` that of what the other policy would do there.
    """

    propensity: Floats
    target: Floats
    reward: Floats
    predicted: Floats
    expected: Floats

    @property
    def weights(self) -> Floats:
        """Return how much more often the other policy does what was done."""
        return self.target / self.propensity


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a policy would bring a play, by three estimators, and `logged`, what plays brought.

    `effective` is how many plays of its own the estimate is worth; `plays` were logged.
    """

    plays: int
    effective: float
    logged: Interval
    ips: Interval
    snips: Interval
    dr: Interval

    @property
    def warning(self) -> str:
        """Return why the estimates are to be doubted; empty when they are not."""
        if self.effective >= _TRUSTED * self.plays:
            return ""
        return f"only {self.effective:.0f} of {self.plays} plays speak for this policy"


def evaluate(logged: Logged) -> Evaluation | None:
    """Return what the other policy would have brought; None where nothing was logged."""
    plays = len(logged.reward)
    if not plays:
        return None
    weights = logged.weights
    squares = float(np.sum(weights**2))
    residuals = weights * (logged.reward - logged.predicted)
    return Evaluation(
        plays=plays,
        effective=float(np.sum(weights)) ** 2 / squares if squares else 0.0,
        logged=_mean(logged.reward),
        ips=_mean(weights * logged.reward),
        snips=_self_normalised(weights, logged.reward),
        dr=_mean(logged.expected + residuals),
    )


def explore_share(
    explored: npt.NDArray[np.bool_],
    reward: Floats,
    group: npt.NDArray[np.int64],
    was: float,
    be: float,
) -> Logged:
    """Return plays as another share to explore, `be` in place of `was`, would judge them.

    `explored` tells which plays explored; `group` is a number of the circumstances (slot, hour),
    within which a reward is predicted by the mean of the same action.
    """
    propensity = np.where(explored, was, 1.0 - was)
    means = np.stack([_means(group, reward, ~explored), _means(group, reward, explored)])
    return Logged(
        propensity=propensity,
        target=np.where(explored, be, 1.0 - be),
        reward=reward,
        predicted=np.where(explored, means[1], means[0]),
        expected=(1.0 - be) * means[0] + be * means[1],
    )


def _means(group: npt.NDArray[np.int64], reward: Floats, taken: npt.NDArray[np.bool_]) -> Floats:
    """Return for each play the mean reward of an action in its group, drawn to that of all."""
    overall = float(np.mean(reward[taken])) if taken.any() else float(np.mean(reward))
    size = int(group.max()) + 1
    count = np.bincount(group[taken], minlength=size)
    total = np.bincount(group[taken], weights=reward[taken], minlength=size)
    prior = 10.0  # plays; a group of few tells little
    return np.asarray((total + prior * overall) / (count + prior), dtype=np.float64)[group]


def _mean(values: Floats) -> Interval:
    """Return a mean with its interval by the normal law."""
    middle = float(np.mean(values))
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    half = Z * spread / sqrt(len(values))
    return Interval(middle, middle - half, middle + half)


def _self_normalised(weights: Floats, reward: Floats) -> Interval:
    """Return the weighted mean, with the interval of a ratio by the delta method."""
    whole = float(np.sum(weights))
    if whole <= 0.0:
        return Interval(0.0, 0.0, 0.0)
    value = float(np.sum(weights * reward)) / whole
    half = Z * sqrt(float(np.sum((weights * (reward - value)) ** 2))) / whole
    return Interval(value, value - half, value + half)
