"""Estimates from what was drawn by chance: how many of a store's alerts are right, what it misses.

Only questions that a store drew with a known probability count, each weighed by its inverse
(Hajek's estimator); what was chosen because it is hard would make every model look bad.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from endcap.wire.review_events import Seen

_Z = 1.959963984540054  # 95 %


@dataclass(frozen=True, slots=True)
class Drawn:
    """A question that was drawn with probability `sampled`, and what people say the facing is."""

    sampled: float
    alert: bool
    seen: Seen


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its interval of 95 %, from `answers` questions; None where there are none."""

    answers: int
    value: float | None
    low: float
    high: float


def precision(drawn: Sequence[Drawn]) -> Estimate:
    """Return the share of alerts that were right: the facing was empty."""
    alerts = [one for one in drawn if one.alert]
    return _share(alerts)


def missed(drawn: Sequence[Drawn]) -> Estimate:
    """Return the share of facings without an alert that were empty all the same."""
    return _share([one for one in drawn if not one.alert])


def _share(drawn: Sequence[Drawn]) -> Estimate:
    """Return the share that is empty, with Wilson's interval at the effective number of answers.

    What people could not see counts neither way. Source of the effective number: L. Kish, Survey
    Sampling (1965): the square of the sum of weights over the sum of their squares.
    """
    judged = [(1 / one.sampled, one.seen == "empty") for one in drawn if one.seen != "occluded"]
    if not judged:
        return Estimate(0, None, 0.0, 1.0)
    total = sum(weight for weight, _ in judged)
    effective = total**2 / sum(weight**2 for weight, _ in judged)
    share = sum(weight for weight, empty in judged if empty) / total
    low, high = _wilson(share, effective)
    return Estimate(len(judged), share, low, high)


def _wilson(share: float, number: float) -> tuple[float, float]:
    """Return Wilson's score interval."""
    middle = share + _Z**2 / (2 * number)
    half = _Z * math.sqrt(share * (1 - share) / number + _Z**2 / (4 * number**2))
    scale = 1 + _Z**2 / number
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)
