"""How far to move a model's quantiles, so that they hold in this store what they promise.

Online quantile tracking: each level's edge is moved up a little after a day on which too many
items sold more than it, and down after one on which too few did, in units of the interval's own
width. Over time the share below each edge is its level, however demand drifts (I. Gibbs and
E. Candes, "Adaptive conformal inference under distribution shift", NeurIPS 2021; the tracker of
A. Angelopoulos, E. Candes and R. Tibshirani, "Conformal PID control for time series prediction",
NeurIPS 2023). Items of one size move together, nearer and farther days apart, and items without a
history of their own. What sells in whole units has edges in whole units; such an edge is right
when the level lies between the share below it and the share not above it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from edge_agent.core.calibration.lessons import Lesson
from edge_agent.core.slow_sellers import SLOW

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SIZES = (0.3, 1.0, 3.0, 10.0)
"""Units a day that divide items by size; items that are too new for the model are a size more."""
FRESH = len(SIZES) + 1

RATE = 0.5
"""How many widths an edge moves when every item lies on its wrong side."""
STEADY = 30.0
"""So many items halve the rate: fewer say less."""
FARTHEST = 2.0
"""Widths that an edge is moved at most."""
INHERITED = 0.5
"""The share of its shifts that the next release begins with."""
_NARROWEST = 0.1  # an interval counts as at least this share of its mean wide

Place = tuple[int, int, float]
"""A size, a bucket of leads and a level."""


@dataclass(frozen=True, slots=True)
class Shifts:
    """By how many widths each edge is moved; what is not here is not moved."""

    release: int
    shifts: Mapping[Place, float] = field(default_factory=dict)


def sizes_of(expected: Floats, fresh: NDArray[np.bool_]) -> Ints:
    """Return the size of each item from what it is expected to sell a day: [N]."""
    return np.where(fresh, FRESH, np.searchsorted(SIZES, expected, side="right")).astype(np.int64)


def moved(quantiles: Floats, expected: Floats, shifts: Floats, whole: NDArray[np.bool_]) -> Floats:
    """Return the quantiles as they are served: moved, in order, never below zero.

    Args:
        quantiles: [N, Q] units, the store's level correction included.
        expected: [N] units, likewise.
        shifts: [N, Q] widths.
        whole: [N] whether the item sells in whole units.
    """
    wide = np.maximum(quantiles[:, -1] - quantiles[:, 0], _NARROWEST * expected)
    edges = np.maximum.accumulate(np.maximum(quantiles + shifts * wide[:, None], 0.0), axis=1)
    return np.where(whole[:, None], np.floor(edges + 0.5), edges)


def shifts_for(known: Shifts, sizes: Ints, bucket: int, levels: tuple[float, ...]) -> Floats:
    """Return how far the quantiles of items of these sizes are moved: [N, Q]."""
    table = np.array(
        [
            [known.shifts.get((size, bucket, level), 0.0) for level in levels]
            for size in range(FRESH + 1)
        ]
    )
    return table[sizes]


def learned(before: Shifts, lesson: Lesson) -> Shifts:
    """Return the shifts after one more day."""
    draft, bucket = lesson.draft, lesson.bucket
    sizes = sizes_of(draft.told, draft.fresh)
    edges = moved(
        draft.quantiles * (draft.factor * draft.event)[:, None],
        draft.told,
        shifts_for(before, sizes, bucket, draft.levels),
        draft.whole,
    )
    shifts = dict(before.shifts)
    slow = draft.whole & ~draft.fresh & (draft.mean < SLOW)  # their quantiles are no edges
    for size in np.unique(sizes[~slow]).tolist():
        these = (sizes == size) & ~slow
        step = _step(lesson.sold[these], edges[these], draft.levels)
        for level, one in zip(draft.levels, step.tolist(), strict=True):
            place = (int(size), bucket, level)
            after = shifts.get(place, 0.0) + one
            shifts[place] = min(FARTHEST, max(-FARTHEST, after))
    return replace(before, shifts=shifts)


def _step(sold: Floats, edges: Floats, levels: tuple[float, ...]) -> Floats:
    """Return how far each edge is to move after a day: [Q]."""
    level = np.asarray(levels)
    below = (sold[:, None] < edges).mean(axis=0)
    not_above = (sold[:, None] <= edges).mean(axis=0)
    off = np.maximum(level - not_above, 0.0) - np.maximum(below - level, 0.0)
    step: Floats = RATE * len(sold) / (len(sold) + STEADY) * off
    return step


def inherited(before: Shifts, release: int) -> Shifts:
    """Return what a release begins with: a part of what was learned of the one before it."""
    if before.release == release:
        return before
    return Shifts(release, {place: INHERITED * one for place, one in before.shifts.items()})
