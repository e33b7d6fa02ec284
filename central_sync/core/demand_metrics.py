"""How good a demand forecast was: the measures, as figures of arrays.

Decides nothing and knows no data set. Shapes: S series, H periods, Q quantile levels. A cell whose
mask is false, or whose truth is NaN, does not count. A figure without a single cell is NaN.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Measure = Callable[[Floats, Floats, Mask], float]


def everywhere(truth: Floats) -> Mask:
    """Return the mask of every cell that has a truth."""
    return np.isfinite(truth)


def _over(error: Floats, truth: Floats, mask: Mask) -> float:
    """Return the sum of `error` over the sum of `truth`, where `mask` holds."""
    counted = mask & np.isfinite(truth)
    whole = float(truth[counted].sum())
    return float(error[counted].sum()) / whole if whole > 0 else float("nan")


def wape(truth: Floats, forecast: Floats, mask: Mask) -> float:
    """Return the sum of absolute errors over the sum of the truth."""
    return _over(np.abs(forecast - truth), truth, mask)


def bias(truth: Floats, forecast: Floats, mask: Mask) -> float:
    """Return the sum of forecast minus truth, over the sum of the truth: above 0 is too high."""
    return _over(forecast - truth, truth, mask)


def by_period(measure: Measure, truth: Floats, forecast: Floats, mask: Mask) -> float:
    """Return the mean over the periods of a measure taken in each alone."""
    columns = [slice(period, period + 1) for period in range(truth.shape[1])]
    found = [measure(truth[:, at], forecast[:, at], mask[:, at]) for at in columns]
    known = [value for value in found if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def pinball_losses(truth: Floats, quantiles: Floats, levels: Sequence[float]) -> Floats:
    """Return the pinball loss of each cell and level: [S, H, Q]."""
    error = truth[:, :, None] - quantiles
    tau = np.asarray(levels)
    return np.maximum(tau * error, (tau - 1.0) * error)


def pinball(truth: Floats, quantiles: Floats, levels: Sequence[float], mask: Mask) -> float:
    """Return the pinball loss summed over `levels`, over the sum of the truth."""
    return _over(pinball_losses(truth, quantiles, levels).sum(axis=2), truth, mask)


def coverage(truth: Floats, low: Floats, high: Floats, mask: Mask) -> float:
    """Return the share of cells with low <= truth <= high."""
    counted = mask & np.isfinite(truth)
    inside = (low <= truth) & (truth <= high)
    return float(inside[counted].mean()) if counted.any() else float("nan")


def vw_rmsse(history: Floats, truth: Floats, forecast: Floats) -> float:
    """Return the RMSSE of the series, weighted by their units of the last 28 history days.

    A series' squared error is scaled by its mean squared one-step difference since its first
    sale (NaN before); series that never moved or did not sell lately weigh nothing.
    Source: the M5 competition's measure, on one level.
    """
    step = np.diff(history, axis=1) ** 2
    moves = np.isfinite(step).sum(axis=1)
    scale = np.where(moves > 0, np.nansum(step, axis=1) / np.maximum(moves, 1), 0.0)
    weight = np.where(scale > 0, np.nansum(history[:, -28:], axis=1), 0.0)
    error = (np.where(np.isfinite(truth), forecast - truth, 0.0) ** 2).mean(axis=1)
    each = np.sqrt(error / np.where(scale > 0, scale, 1.0))
    return float((weight * each).sum() / weight.sum()) if weight.sum() > 0 else float("nan")


def wmae(truth: Floats, forecast: Floats, holiday: Mask, *, holiday_weight: float = 5.0) -> float:
    """Return the mean absolute error in which holiday weeks weigh `holiday_weight`.

    Source: Walmart Recruiting (2014).
    """
    counted = np.isfinite(truth)
    weight = np.where(holiday, holiday_weight, 1.0)[counted]
    error = np.abs(forecast - truth)[counted]
    return float((weight * error).sum() / weight.sum()) if counted.any() else float("nan")


def newsvendor_cost(truth: Floats, order: Floats, ratio: float, mask: Mask) -> float:
    """Return the cost of ordering `order`, over the sum of the truth.

    A unit short costs `ratio`, a unit over costs 1 - `ratio`: the critical ratio is `ratio`.
    """
    short, over = np.maximum(truth - order, 0.0), np.maximum(order - truth, 0.0)
    return _over(ratio * short + (1.0 - ratio) * over, truth, mask)


def at_levels(quantiles: Floats, known: Sequence[float], wanted: Sequence[float]) -> Floats:
    """Return quantiles at `wanted` levels by straight lines between the `known` ones.

    Beyond the outermost known level the outermost value stands. [S, H, len(wanted)].
    """
    place = np.clip(np.interp(wanted, known, np.arange(len(known))), 0, len(known) - 1)
    lower = np.floor(place).astype(np.int64)
    upper = np.minimum(lower + 1, len(known) - 1)
    share = place - lower
    return quantiles[:, :, lower] * (1.0 - share) + quantiles[:, :, upper] * share
