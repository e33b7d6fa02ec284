"""How sure a share is, and a difference of two: 95 % intervals that also hold for few plays.

Wilson's score interval for a share, and Newcombe's hybrid of two of them for a difference
(R. G. Newcombe, Statistics in Medicine 17, 1998, methods 3 and 10). Units that see several plays
are counted as if each play were another's: with few units the truth is less sure than told here.
"""

from dataclasses import dataclass
from math import sqrt

Z = 1.959963984540054
"""The normal quantile of a two-sided 95 %."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure, and the bounds that hold it with 95 %; None where nothing was counted."""

    value: float
    low: float
    high: float


def share(hits: int, tries: int) -> Interval | None:
    """Return how often something happened, by Wilson's score interval.

    >>> found = share(10, 100)
    >>> round(found.low, 4), round(found.high, 4)
    (0.0552, 0.1744)
    """
    if tries <= 0:
        return None
    rate, factor = hits / tries, Z * Z / tries
    middle = (rate + factor / 2) / (1 + factor)
    half = Z * sqrt(rate * (1 - rate) / tries + factor / (4 * tries)) / (1 + factor)
    return Interval(rate, max(0.0, middle - half), min(1.0, middle + half))


def difference(one: Interval | None, other: Interval | None) -> Interval | None:
    """Return how much more often one thing happened than another, from their Wilson intervals.

    >>> found = difference(share(56, 70), share(48, 80))
    >>> round(found.value, 4), round(found.low, 4), round(found.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    if one is None or other is None:
        return None
    value = one.value - other.value
    below = sqrt((one.value - one.low) ** 2 + (other.high - other.value) ** 2)
    above = sqrt((one.high - one.value) ** 2 + (other.value - other.low) ** 2)
    return Interval(value, value - below, value + above)
