"""The recent past of a panel with its censored sales recovered: what every look back starts from.

Decides how far back "recent" reaches and what the level of a series is; computes no feature.
"""

from dataclasses import dataclass

import numpy as np

from endcap.models.demand.censoring import level_of, recovered
from endcap.models.demand.panel import Floats, Ints, Panel, window

UNKNOWN = -1.0
"""What stands in a feature for "not known"."""

MOST = 20.0  # a multiple of the level beyond this says no more than this does


@dataclass(frozen=True, slots=True, eq=False)
class Recent:
    """The recent window up to an origin: R periods.

    Attributes:
        demand: [S, R] recovered sales, NaN where unknown.
        in_stock: [S, R] share of the selling time in stock; 0 where unknown.
        level: [S] units per period, later periods counting more; NaN where too little is known.
        rate: [S] the same with all periods counting alike.
    """

    demand: Floats
    in_stock: Floats
    level: Floats
    rate: Floats


def recent_of(panel: Panel, origin: int) -> Recent:
    """Cut the recent window, estimate the level and recover the censored sales in it."""
    rhythm = panel.rhythm
    first = origin - rhythm.recent + 1
    units = window(panel.units, first, origin)
    in_stock = window(panel.in_stock, first, origin, 0.0)
    age = np.arange(rhythm.recent - 1, -1, -1, dtype=np.float64)
    fading = 0.5 ** (age / rhythm.half_life)
    even = level_of(units, in_stock, np.ones(rhythm.recent), rhythm.least)
    faded = level_of(units, in_stock, fading, rhythm.least)
    level = 0.9 * faded + 0.1 * even  # never zero while anything was sold in the window
    return Recent(recovered(units, in_stock, even), in_stock, level, even)


def ratio(part: Floats, whole: Floats) -> Floats:
    """Return part / whole, bounded, and UNKNOWN where either is not known or whole is not > 0."""
    fine = np.isfinite(part) & np.isfinite(whole) & (whole > 0)
    found = np.divide(
        part, whole, out=np.full(np.broadcast(part, whole).shape, UNKNOWN), where=fine
    )
    bounded: Floats = np.minimum(found, MOST)
    return bounded


def mean_of(values: Floats) -> Floats:
    """Return the mean of what is known along the last axis; NaN where nothing is."""
    seen = np.isfinite(values)
    count = seen.sum(axis=-1)
    total = np.where(seen, values, 0.0).sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def by_code(values: Floats, code: Ints, count: int) -> Floats:
    """Return the sum of `values` [S, W] over each code, [count, W]; unknown counts as nothing.

    Added up one row after the other, so that a store alone and a store among others agree to the
    last bit. Series whose code is not known are in no sum.
    """
    total = np.zeros((count, values.shape[1]))
    counted = np.where(np.isfinite(values), values, 0.0)
    if (code < 0).any():
        code, counted = code[code >= 0], counted[code >= 0]
    np.add.at(total, code, counted)
    return total


def count_of(code: Ints) -> int:
    """Return how many codes there are: one more than the highest."""
    return int(code.max(initial=-1)) + 1
