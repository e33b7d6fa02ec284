"""Forecasts of one origin, parted into segments and stores: what backtests and contests sum up.

Fits nothing and judges nothing; the figures follow from the sums in `core.demand_tallies`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from central_sync.core.demand_metrics import at_levels, pinball_losses
from central_sync.core.demand_segments import segments
from central_sync.core.demand_tallies import Cells, Tally, tally
from central_sync.trainers.demand.dataset import Cut, DataSet
from central_sync.trainers.demand.forecasting import Forecaster, forecast
from central_sync.trainers.demand.levels import JUDGED
from endcap.models.demand.panel import IN_STOCK, Ints

ENOUGH_STORES = 10
"""From so many stores on it is they that are drawn anew; of fewer, their items are."""


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What the forecasts of some origins came to: whole, by segment, and by store."""

    whole: Tally
    segments: Mapping[str, Tally]
    stores: Tally

    def __add__(self, other: "Parts") -> "Parts":
        """Return what both came to."""
        return Parts(
            self.whole + other.whole,
            {name: one + other.segments[name] for name, one in self.segments.items()},
            self.stores + other.stores,
        )


def unit_of(data: DataSet) -> str:
    """Return what is drawn anew to see what may be chance."""
    return "stores" if len(data.stores) >= ENOUGH_STORES else "items"


def units_in(data: DataSet) -> int:
    """Return how many of them there are."""
    return len(data.stores) if unit_of(data) == "stores" else data.panel.series


def parts_at(data: DataSet, cut: Cut, by: Forecaster) -> Parts:
    """Return what the forecasts of `by` at `cut` came to, on the cells in stock.

    An unknown forecast counts as nothing expected.
    """
    found = forecast(data, by, (cut,))
    there = cut.origin + np.asarray(cut.leads)
    truth = data.panel.units[:, there]
    quantiles = np.nan_to_num(found.quantiles)
    unit = data.store if unit_of(data) == "stores" else np.arange(data.panel.series)
    cells = Cells(
        truth=truth,
        expected=np.nan_to_num(found.expected),
        loss=pinball_losses(truth, at_levels(quantiles, by.reading.levels, JUDGED), JUDGED).sum(2),
        inside=(quantiles[..., 0] <= truth) & (truth <= quantiles[..., -1]),
        counted=np.isfinite(truth) & (data.panel.in_stock[:, there] >= IN_STOCK),
        unit=unit,
        units=units_in(data),
    )
    whole = tally(cells, cells.counted)
    return Parts(
        whole=whole,
        segments={
            name: tally(cells, mask)
            for name, mask in segments(data.panel, cut.origin, cut.leads).items()
        },
        stores=_by_store(whole, data.store, len(data.stores)) if unit is not data.store else whole,
    )


def _by_store(whole: Tally, store: Ints, stores: int) -> Tally:
    """Return sums by item as sums by store."""
    sums = (getattr(whole, name) for name in Tally.__slots__)
    return Tally(*(np.bincount(store, one, minlength=stores).astype(np.float64) for one in sums))
