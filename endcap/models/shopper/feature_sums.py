"""Sums from which a ranker can be fitted, and in which no person can be found.

Of each question (a basket that lacks one of its items) its candidates are compared with their mean,
each with the chance of being chosen that learning begins with: `target` is what set the answer
apart, the slope of the choice's likelihood (McFadden, 1974), and `gram` its curvature. One step of
Newton's needs no more. What a person adds is bounded in length, and what is told has noise that
hides that. Which columns there are is basis.py's; the price, private.py's.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from endcap.models.shopper.private import Chance, deviation, discrete_gaussian

STEPS = 4096
"""Sums are whole numbers of steps of this fineness."""

CLIP = 4.0
"""How long (L2) what one person adds in a period may be: about what a single question adds.

It need not grow with the purchases. Who is asked more often is known better, not counted more.
"""

GRAM_PART = 0.3
"""How much the gram and the weight count in that length: noise on them matters less."""

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Sums over questions: `gram` float64 [d, d] and `target` float64 [d], taken at the start.

    `weight` is the number of questions, in part where someone's were too many.
    """

    gram: Floats
    target: Floats
    weight: float


@dataclass(frozen=True, slots=True, eq=False)
class FeatureSums:
    """What is told, in steps: the gram's upper triangle row by row, then the target; the weight.

    The gram and the weight are told as `GRAM_PART` of themselves.
    """

    values: Whole
    weight: int


def width_of(values: int) -> int:
    """Return the number of columns that a triangle and a target of so many values are of.

    Raises:
        ValueError: there is no such number.
    """
    width = int((np.sqrt(8.0 * values + 9.0) - 3.0) / 2.0)
    if width * (width + 3) // 2 != values:
        raise ValueError(f"{values} values are no triangle and a target")
    return width


def moments_of(columns: NDArray[np.float32], answers: NDArray[np.bool_], scores: Floats) -> Moments:
    """Return what one question adds.

    Args:
        columns: [n, d] of the candidates.
        answers: [n], which of them were right; one at least.
        scores: [n], by which they are chosen before anything was learned.
    """
    power = np.exp(scores - scores.max())
    chance = power / power.sum()
    apart = columns - chance @ columns
    return Moments((apart * chance[:, None]).T @ apart, apart[answers].mean(axis=0), 1.0)


def added(some: Iterable[Moments], width: int) -> Moments:
    """Return the sum of moments over `width` columns."""
    total = Moments(np.zeros((width, width)), np.zeros(width), 0.0)
    for one in some:
        total = Moments(total.gram + one.gram, total.target + one.target, total.weight + one.weight)
    return total


def contribution(own: Moments, clip: float) -> Whole:
    """Return what one person adds, in steps: no longer than `clip` (L2), whatever was asked.

    The gram and the weight count `GRAM_PART` of their length.
    """
    triangle = own.gram[np.triu_indices(len(own.target))]
    vector = np.concatenate([GRAM_PART * triangle, own.target, [GRAM_PART * own.weight]])
    length = float(np.linalg.norm(vector))
    by = STEPS * min(1.0, clip / length) * (1.0 - 1e-12) if length > 0 else 0.0
    return np.trunc(vector * by).astype(np.int64)


def tell(summed: Whole, clip: float, rho: float, chance: Chance) -> FeatureSums:
    """Return contributions, summed over persons, with the noise that `rho` asks for."""
    noisy = summed + discrete_gaussian(deviation(clip * STEPS, rho), len(summed), chance)
    return FeatureSums(noisy[:-1], int(noisy[-1]))


def read(sums: FeatureSums, steps: int = STEPS) -> Moments:
    """Return the moments that were told, noise and all.

    Raises:
        ValueError: so many values are no moments.
    """
    width = width_of(len(sums.values))
    triangle, target = np.split(sums.values / steps, [width * (width + 1) // 2])
    gram = np.zeros((width, width))
    gram[np.triu_indices(width)] = triangle / GRAM_PART
    return Moments(gram + np.triu(gram, 1).T, target, sums.weight / steps / GRAM_PART)
