"""Differential privacy for what a store tells: the noise, what it costs, and what a year may cost.

The unit is a person in a store: all that someone bought there, or a basket that nobody's card was
shown for. Sums are whole numbers, and so is their noise (the discrete Gaussian of Canonne, Kamath
and Steinke, 2020), because the last bits of a float tell what was added to it (Mironov, 2012).
Costs are counted as zCDP (Bun and Steinke, 2016), which adds up. Draws no seed and keeps no books.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count
from math import ceil, floor, log, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

YEAR_DAYS = 365
Whole = NDArray[np.int64]
Chance = Callable[[int], NDArray[np.float64]]
"""Gives so many numbers from 0 to below 1, each anew: `Generator.random`, or a store's own."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What may become known of a person in a year: (`epsilon`, `delta`).

    Raises:
        ValueError: epsilon is not above 0, or delta not between 0 and 1.
    """

    epsilon: float
    delta: float

    def __post_init__(self) -> None:
        if not (self.epsilon > 0 and 0 < self.delta < 1):
            raise ValueError(f"no budget: epsilon {self.epsilon}, delta {self.delta}")

    @property
    def rho(self) -> float:
        """The same as zCDP: rho-zCDP implies (epsilon, delta) (Bun and Steinke, 2016, 1.3)."""
        away = -log(self.delta)
        return (sqrt(away + self.epsilon) - sqrt(away)) ** 2


def epsilon_of(rho: float, delta: float) -> float:
    """Return the epsilon that `rho` is worth at `delta`.

    >>> round(epsilon_of(Budget(8.0, 1e-6).rho, 1e-6), 9)
    8.0
    """
    return rho + 2 * sqrt(-rho * log(delta))


def deviation(sensitivity: float, rho: float) -> float:
    """Return the standard deviation of the Gaussian noise that makes a sum `rho`-zCDP.

    `sensitivity` is how far (L2) one person can move the sum. With rho 0 nothing may be told.
    """
    return sensitivity / sqrt(2 * rho)


def periods_in_year(days: int) -> int:
    """Return how many periods of so many days may begin within a year.

    >>> periods_in_year(91), periods_in_year(7)
    (5, 53)
    """
    return ceil(YEAR_DAYS / days)


def affordable(spent: Mapping[date, float], period: date, rho: float, most: float) -> bool:
    """Tell whether `rho` for the period that begins on `period` keeps every year within `most`.

    `spent` is what was spent on each period, by its first day. A year is any 365 days in a row,
    and a period counts where it begins: receipts may come in any order, old ones too.
    """
    every = {**spent, period: spent.get(period, 0.0) + rho}
    begins = [day for day in every if 0 <= (period - day).days < YEAR_DAYS]
    years = (
        sum(cost for day, cost in every.items() if 0 <= (day - first).days < YEAR_DAYS)
        for first in begins
    )
    return max(years) <= most * (1 + 1e-9)


def threshold(group: int, deviation: float, delta: float) -> float:
    """Return the noisy sum that `group` persons reach with a probability of at most `delta`.

    Each of them adds at most 1: what is told has more persons behind it. It is `group` and
    not one less, so that a group that one person makes complete is still too small.
    """
    return group - deviation * NormalDist().inv_cdf(delta)  # 1 - delta would round to 1


def noise_source(secret: bytes, period: date, told: Iterable[bytes]) -> Chance:
    """Return the chance for telling exactly this (`told`, the figures without noise).

    The same figures get the same noise, so that telling them again tells nothing new; others get
    noise that has nothing to do with it, and have to be paid for anew. `secret` stays in the store.
    It is a keyed stream of SHAKE-256: whoever knows some of the noise, because some figures were 0
    for sure, learns nothing of the rest.
    """
    digest = hashlib.blake2b(period.isoformat().encode(), key=secret, digest_size=32)
    for part in told:
        digest.update(len(part).to_bytes(8, "big") + part)
    key, blocks = digest.digest(), count()

    def chance(size: int) -> NDArray[np.float64]:
        stream = hashlib.shake_256(key + next(blocks).to_bytes(8, "big")).digest(8 * size)
        whole = np.frombuffer(stream, dtype="<u8") >> np.uint64(11)  # as many bits as a float has
        return whole.astype(np.float64) / 2**53

    return chance


def discrete_gaussian(deviation: float, size: int, chance: Chance) -> Whole:
    """Return int64 [size] of noise around 0, each n as likely as exp(-n² / 2 deviation²).

    By rejection from a two-sided geometric distribution (Canonne, Kamath and Steinke, 2020,
    algorithm 3): some two draws for each that is kept, whatever the deviation.

    Raises:
        ValueError: the deviation is not above 0.
    """
    if not deviation > 0:
        raise ValueError(f"noise needs a deviation above 0, not {deviation}")
    kept = np.empty(0, dtype=np.int64)
    while len(kept) < size:
        kept = np.concatenate([kept, _accepted(deviation, size - len(kept), chance)])
    return kept[:size]


def _accepted(deviation: float, wanted: int, chance: Chance) -> Whole:
    """Return about `wanted` draws that were kept."""
    scale = floor(deviation) + 1
    tries = 2 * wanted + 16
    up, down = (np.floor(-scale * np.log1p(-chance(tries))) for _ in range(2))
    drawn = (up - down).astype(np.int64)
    far = (np.abs(drawn) - deviation**2 / scale) ** 2 / (2 * deviation**2)
    kept: Whole = drawn[chance(tries) < np.exp(-far)]
    return kept
