"""The demand model's output in units: multiples of a level become forecasts.

Runs no model. A level that is not known stays unknown; it never becomes a zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from endcap.models.demand.features import FEATURES
from endcap.models.demand.panel import Floats


@dataclass(frozen=True, slots=True)
class Reading:
    """How a model's output is to be read; its manifest's `parameters` say so.

    Attributes:
        features: the names of the input's columns, in order.
        levels: the quantile levels, in order.
        median_share: how far a point forecast lies from the mean (0) to the median (1).
        period: "day" or "week".
    """

    features: tuple[str, ...]
    levels: tuple[float, ...]
    median_share: float
    period: str


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """Forecasts of S series for H periods in units, NaN where unknown.

    Attributes:
        expected: [S, H] the point forecast.
        quantiles: [S, H, Q] rising along the last axis.
    """

    expected: Floats
    quantiles: Floats


def outlook_of(
    quantiles: NDArray[np.float32], mean: NDArray[np.float32], level: Floats, reading: Reading
) -> Outlook:
    """Return the forecasts from the model's answer to S * H rows, series by series.

    Args:
        quantiles: [S * H, Q] as multiples of the level.
        mean: [S * H] likewise.
        level: [S] units per period.
        reading: which levels the quantiles stand for and which figure is the point forecast.
    """
    units = level[:, None, None]
    spread = quantiles.astype(np.float64).reshape(len(level), -1, quantiles.shape[1]) * units
    centre = mean.astype(np.float64).reshape(len(level), -1) * level[:, None]
    median = spread[:, :, median_of(reading.levels)]
    return Outlook(expected=centre + reading.median_share * (median - centre), quantiles=spread)


def median_of(levels: Sequence[float]) -> int:
    """Return the place of the level nearest to one half."""
    return int(np.argmin(np.abs(np.asarray(levels) - 0.5)))


def reading_of(parameters: Mapping[str, Any]) -> Reading:
    """Return how to read a model from its manifest's `parameters`.

    Raises:
        ValueError: a parameter is missing or of the wrong kind, or the model wants features that
            this program does not compute.
    """
    try:
        reading = Reading(
            features=tuple(str(name) for name in parameters["features"]),
            levels=tuple(float(level) for level in parameters["quantiles"]),
            median_share=float(parameters["median_share"]),
            period=str(parameters["period"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"the manifest's parameters do not describe a forecast: {error}"
        ) from error
    if reading.features != FEATURES:
        strange = sorted(set(reading.features) ^ set(FEATURES)) or ["the same ones, ordered"]
        raise ValueError(
            f"the model wants other features than this program computes: {strange[:5]}"
        )
    if not 0.0 <= reading.median_share <= 1.0 or not reading.levels:
        raise ValueError(
            f"median_share {reading.median_share} and levels {reading.levels} cannot be read"
        )
    return reading
