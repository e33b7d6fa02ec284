"""Whether two means differ, judged as often as one likes: bounds that hold at every look at once.

Asymptotic confidence sequences (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Time-uniform
central limit theory and asymptotic confidence sequences, Annals of Statistics 52, 2024): a usual
interval looked at every day finds differences that are not there; this one may be looked at, and
acted on, at any time. It is wider for that. Knows no experiment.
"""

from dataclasses import dataclass
from math import inf, log, sqrt

TIGHTEST = 2000
"""The number of units at which the bounds are as narrow as such bounds can be."""
LEAST = 30
"""Below so many units in an arm a variance says too little, and nothing is told."""


@dataclass(frozen=True, slots=True)
class Sums:
    """How many units, and the sums of their figures and of the squares."""

    units: int = 0
    total: float = 0.0
    squares: float = 0.0

    def __add__(self, other: "Sums") -> "Sums":
        """Return both together."""
        return Sums(
            self.units + other.units, self.total + other.total, self.squares + other.squares
        )

    @property
    def mean(self) -> float:
        """The mean of the units' figures; 0 of none."""
        return self.total / self.units if self.units else 0.0

    @property
    def variance(self) -> float:
        """The variance of a unit's figure; 0 of fewer than two."""
        if self.units <= 1:
            return 0.0
        return max(0.0, self.squares - self.total * self.mean) / (self.units - 1)


@dataclass(frozen=True, slots=True)
class Bounds:
    """A difference, and what holds it at every look with the chance that was asked for."""

    value: float
    low: float
    high: float


def difference(one: Sums, other: Sums, error: float) -> Bounds:
    """Return by how much the mean of `one` is above that of `other`; unbounded while few are known.

    `error` is the chance that the truth is ever outside, over all looks.
    """
    value = one.mean - other.mean
    if min(one.units, other.units) < LEAST:
        return Bounds(value, -inf, inf)
    pooled = (one + other).variance  # an arm where nothing differed yet is not known exactly
    variance = sum(max(arm.variance, pooled) / arm.units for arm in (one, other))
    half = sqrt(variance) * _widening(one.units + other.units, error)
    return Bounds(value, value - half, value + half)


def share(hits: int, tries: int, expected: float, error: float) -> Bounds:
    """Return by how much a share is above the `expected` one."""
    value = hits / tries - expected if tries else 0.0
    if tries < LEAST:
        return Bounds(value, -inf, inf)
    half = sqrt(expected * (1 - expected) / tries) * _widening(tries, error)
    return Bounds(value, value - half, value + half)


def _widening(units: int, error: float) -> float:
    """Return how many standard errors wide the bounds are to each side after `units`."""
    two_log = -2 * log(error)
    rho = (two_log + log(two_log) + 1) / TIGHTEST
    grown = units * rho + 1
    return sqrt(2 * grown / (units * rho) * log(sqrt(grown) / error))
