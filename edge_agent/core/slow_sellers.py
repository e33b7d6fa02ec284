"""What an item sells that is bought now and then: whole units, and whether it sells at all.

A quantile of .05 units a day is no answer; a chance of one day in twenty is. Counts are taken as
negative binomial: Poisson whose rate wavers from day to day, as much as all slow items of the
store together show. Makes no forecast of the rate.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SLOW = 1.0
"""Items that sell fewer units a day than this, in whole units, are slow."""
_EVEN = 1e-6  # a rate that wavers less than this does not
_MOST = 200  # units a day beyond which no slow item is looked at


def whole_sellers(units: Floats) -> NDArray[np.bool_]:
    """Return which items sold whole units only: [S] from [S, W], NaN where nothing is known."""
    seen = np.isfinite(units)
    whole: NDArray[np.bool_] = (~seen | (units == np.floor(np.where(seen, units, 0.0)))).all(axis=1)
    return whole


def wavering(units: Floats, slow: NDArray[np.bool_]) -> float:
    """Return the variance beyond Poisson's, over the squared mean, of the slow items together.

    By moments over the rows of `units` [S, W]; 0 is Poisson.
    """
    rows = units[slow]
    seen = np.isfinite(rows)
    count = np.maximum(seen.sum(axis=1), 1)
    mean = np.where(seen, rows, 0.0).sum(axis=1) / count
    apart = np.where(seen, rows - mean[:, None], 0.0)
    beyond = (apart**2).sum(axis=1) / np.maximum(count - 1, 1) - mean
    square = float((mean**2).sum())
    return max(0.0, float(beyond.sum()) / square) if square > 0 else 0.0


def chance_of_any(mean: Floats, waver: float) -> Floats:
    """Return the probability that at least one unit sells, of any shape, from the mean."""
    if waver < _EVEN:
        poisson: Floats = -np.expm1(-mean)
        return poisson
    found: Floats = -np.expm1(-np.log1p(waver * mean) / waver)
    return found


def whole_quantiles(mean: Floats, waver: float, levels: Sequence[float]) -> Floats:
    """Return the least whole numbers that the levels' shares do not exceed: [..., Q] from [...]."""
    chance = 1.0 - chance_of_any(mean, waver)
    reached = chance.copy()
    found = np.zeros((*mean.shape, len(levels)))
    shape = np.inf if waver < _EVEN else 1.0 / waver
    for count in range(_MOST):
        short = reached[..., None] < np.asarray(levels)
        found += short
        if not short.any():
            break
        more = mean if np.isinf(shape) else mean * (count + shape) / (mean + shape)
        chance = chance * more / (count + 1)
        reached = reached + chance
    return found
