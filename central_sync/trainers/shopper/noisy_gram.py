"""A Gram matrix from noisy sums: what a store withheld, and what it told of categories instead.

Of most pairs of items a store tells nothing, for too few persons stand behind them; of every pair
of categories it tells a noisy count. A pair of items is taken to be as much commoner than chance
as its categories are, as far as that is evident: what the noise alone could be is taken off first
(the soft threshold of Donoho and Johnstone, 1994, at the noise's known size). Items that are not
told count by their sales, which stores tell anyway. Pure; reads no files.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_LIFT, MOST_LIFT = 0.1, 8.0
EVIDENT = 3.0
"""So many standard deviations of a cell are taken for noise: the rest is what moves a lift."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class KindSums:
    """Pairs of categories, summed over stores and periods: symmetric float64 [g, g].

    `variance` is that of the noise on each cell, after the same weighting.
    """

    names: tuple[str, ...]
    pairs: Floats
    variance: float


@dataclass(frozen=True, slots=True, eq=False)
class Affinity:
    """How much commoner than chance pairs of items are, by group: `lift` float32 [g, g].

    `group` int64 is by item; its last group holds items of no known category.
    """

    group: NDArray[np.int64]
    lift: NDArray[np.float32]

    def between(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the lift of each of the items `one` with each of `other`, by place."""
        return self.lift[np.ix_(self.group[one], self.group[other])]


def affinity(
    sums: KindSums, group: NDArray[np.int64], popularity: Floats, persons: float
) -> Affinity:
    """Return the lifts of categories, drawn back where they are mostly noise.

    Args:
        sums: what stores told.
        group: the place of each item's category in `sums.names`, len(names) for none.
        popularity: how many persons bought each item.
        persons: how many there were.
    """
    size = len(sums.names)
    known = group < size
    weight = np.bincount(group[known], popularity[known], minlength=size)
    squares = np.bincount(group[known], popularity[known] ** 2, minlength=size)
    by_chance = np.outer(weight, weight)
    by_chance[np.diag_indices(size)] = (weight**2 - squares) / 2  # within: each pair once
    found, usual = _shrunk(sums.pairs, by_chance / max(persons, 1.0), sums.variance)
    lift = np.full((size + 1, size + 1), usual, dtype=np.float32)
    lift[:size, :size] = usual * found
    return Affinity(group, lift)


def _shrunk(told: Floats, by_chance: Floats, noise: float) -> tuple[Floats, float]:
    """Return told / by_chance over the usual ratio, drawn towards 1; and the usual ratio."""
    each = np.triu_indices(len(told))
    total, chance = float(told[each].sum()), float(by_chance[each].sum())
    if total <= 0 or chance <= 0:
        return np.ones_like(told), 1.0
    usual = total / chance
    expected = np.maximum(usual * by_chance, 1e-9)
    away = np.where(by_chance > 0, told - expected, 0.0)
    evident = np.sign(away) * np.maximum(np.abs(away) - EVIDENT * np.sqrt(noise + expected), 0.0)
    found: Floats = np.clip(1 + evident / expected, LEAST_LIFT, MOST_LIFT)
    return found, usual


def completed(told: Floats, sold: Floats, withheld: float) -> Floats:
    """Return how many persons bought each item: as told, else by its sales, up to `withheld`.

    Sales are scaled by how many persons a sold unit stood for among the items that were told.
    """
    both = (told > 0) & (sold > 0)
    if not both.any():
        return told
    guess = sold * (told[both].sum() / sold[both].sum())
    found: Floats = np.where(told > 0, told, np.minimum(guess, withheld))
    return found
