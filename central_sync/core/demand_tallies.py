"""What forecasts came to, summed over cells in units that can be drawn anew: stores, or items.

A figure of a forecast is a ratio of sums; from sums by unit it follows for any choice of units, and
so does how far it would have been another with other stores: the bootstrap. Draws nothing itself:
the draws come in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from endcap.models.demand.panel import Floats, Ints

Mask = NDArray[np.bool_]


class Interval(NamedTuple):
    """From the 5th to the 95th percentile of the draws."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Forecasts beside the truth: [S, H] each.

    Attributes:
        truth: units; NaN where not known.
        expected: the point forecast.
        loss: the pinball loss, summed over the judged levels.
        inside: whether the truth lies in the 90 % interval.
        counted: the cells that are judged.
        unit: [S] the unit of each series.
        units: how many units there are.
    """

    truth: Floats
    expected: Floats
    loss: Floats
    inside: Mask
    counted: Mask
    unit: Ints
    units: int


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Sums over cells, by unit: [U] each."""

    rows: Floats
    sold: Floats
    absolute: Floats
    error: Floats
    loss: Floats
    inside: Floats

    def __add__(self, other: "Tally") -> "Tally":
        """Return the sums over both."""
        return Tally(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    def of(self, units: Mask | Ints) -> "Tally":
        """Return the sums of some units alone."""
        return Tally(*(getattr(self, name)[units] for name in self.__slots__))


def tally(cells: Cells, mask: Mask) -> Tally:
    """Return the sums over the cells where `mask` holds and that are judged."""
    kept = mask & cells.counted
    unit = np.broadcast_to(cells.unit[:, None], kept.shape)[kept]

    def total(values: Floats) -> Floats:
        return np.bincount(unit, values[kept], minlength=cells.units).astype(np.float64)

    error = np.where(kept, cells.expected - np.where(kept, cells.truth, 0.0), 0.0)
    return Tally(
        rows=total(np.ones(kept.shape)),
        sold=total(cells.truth),
        absolute=total(np.abs(error)),
        error=total(error),
        loss=total(cells.loss),
        inside=total(cells.inside.astype(np.float64)),
    )


def figures(of: Tally) -> Mapping[str, float]:
    """Return rows, wape, bias, pinball and coverage_90; NaN where nothing was sold."""
    return {
        name: float(value[0]) for name, value in _figures(of, np.ones((1, len(of.rows)))).items()
    }


def spread(of: Tally, draws: Floats) -> Mapping[str, Interval]:
    """Return the interval of each figure; `draws` [B, U] is how often a unit is drawn."""
    found = _figures(of, draws)
    return {name: _interval(found[name]) for name in ("wape", "bias", "pinball", "coverage_90")}


def change(new: Tally, old: Tally) -> float:
    """Return the relative change of the pinball loss on the same cells: below 0 is better."""
    return float(new.loss.sum() / old.loss.sum()) - 1.0 if old.loss.sum() > 0 else float("nan")


def change_interval(new: Tally, old: Tally, draws: Floats) -> Interval:
    """Return the interval of that change: both forecasts see the same units in each draw."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return _interval((draws @ new.loss) / (draws @ old.loss) - 1.0)


def drawn(units: int, times: int, rng: np.random.Generator) -> Floats:
    """Return how often each unit comes in `times` draws of as many units with return: [B, U]."""
    return rng.multinomial(units, np.full(units, 1.0 / units), size=times).astype(np.float64)


def _figures(of: Tally, draws: Floats) -> Mapping[str, Floats]:
    """Return the figures in each draw: [B] each."""
    rows, sold = draws @ of.rows, draws @ of.sold
    with np.errstate(divide="ignore", invalid="ignore"):
        over = np.where(sold > 0, 1.0 / sold, np.nan)
        return {
            "rows": rows,
            "wape": (draws @ of.absolute) * over,
            "bias": (draws @ of.error) * over,
            "pinball": (draws @ of.loss) * over,
            "coverage_90": np.where(rows > 0, (draws @ of.inside) / rows, np.nan),
        }


def _interval(values: Floats) -> Interval:
    """Return the interval of draws; NaN when there is no draw with a figure."""
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return Interval(float("nan"), float("nan"))
    low, high = np.quantile(known, (0.05, 0.95))
    return Interval(float(low), float(high))
