"""What another policy would have brought, from plays that were logged with their propensities.

Inverse propensity scores (IPS), the self-normalised kind (SNIPS: Swaminathan and Joachims, NeurIPS
2015) and doubly robust (DR: Dudik, Langford, Li, ICML 2011), each with a 95 % interval. The policy
that is asked about here explores another share of the places; any other can be judged by making a
Logged of it.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from central_sync.core.media.intervals import Interval, Z

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
_ROUNDING = 1e-6
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


@dataclass(frozen=True, slots=True)
class Plays:
    """Plays that the auction gave away, a row each.

    `explored` tells which were not the best for the place; `group` numbers the circumstances (slot
    and hour), within which a reward is predicted by the mean of its like.
    """

    propensity: Floats
    explored: Flags
    reward: Floats
    group: npt.NDArray[np.int64]


def other_share(plays: Plays, was: float, be: float) -> Logged:
    """Return plays as a policy would have them that explores a share `be`, where theirs was `was`.

    With a share e any of n campaigns wins, each alike, else the best (endcap.models.media.auction):
    what was not the best had e / n, the best that and 1 - e. So 1 / n follows from a propensity,
    and with it what each would have had with another share.

    Raises:
        ValueError: nothing was explored, or not all else was the best: `was` is not the share.
    """
    if not 0.0 < was < 1.0:
        raise ValueError(f"a share above 0 and below 1 was explored, not {was}")
    taken = plays.explored
    some = np.where(taken, plays.propensity, plays.propensity - (1.0 - was)) / was
    if len(some) and float(some.min()) < -_ROUNDING:
        raise ValueError(f"these plays were not made exploring {was} of the places")
    each = np.clip(some, 0.0, 1.0)  # 1 / n; 0 where the best was to show no campaign at all
    best = (1.0 - be) + be * each
    means = [_means(plays.group, plays.reward, one) for one in (~taken, taken)]
    return Logged(
        propensity=np.where(taken, was * each, (1.0 - was) + was * each),
        target=np.where(taken, be * each, best),
        reward=plays.reward,
        predicted=np.where(taken, means[1], means[0]),
        expected=best * means[0] + (1.0 - best) * means[1],
    )


def _means(group: npt.NDArray[np.int64], reward: Floats, taken: Flags) -> Floats:
    """Return for each play the mean reward of an action in its group, drawn to that of all."""
    known = reward[taken] if taken.any() else reward
    overall = float(known.sum()) / max(1, len(known))
    size = int(group.max(initial=0)) + 1
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
