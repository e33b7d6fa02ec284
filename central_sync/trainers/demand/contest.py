"""Candidate and champion forecast the same held-out days, from several origins in their tail.

Each origin knows what was sold up to it, as a store does every night, and none sees a day that the
candidate was fitted on. Who serves, `core.demand_verdict` decides.
"""

import numpy as np

from central_sync.core.demand_tallies import drawn
from central_sync.core.demand_verdict import Contest
from central_sync.trainers.demand.dataset import DataSet
from central_sync.trainers.demand.forecasting import Forecaster
from central_sync.trainers.demand.parts import Parts, parts_at, unit_of, units_in

ORIGINS = 3
"""The origins of a contest: three cost twice the one at the beginning of the test."""

_CELLS_DRAWN = 5_000_000  # bounds the memory of the draws
_MOST_DRAWS = 1000


def draws_of(data: DataSet, *, seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the draws of a data set's units, the same for the same seed: [B, U]."""
    units = units_in(data)
    times = max(100, min(_MOST_DRAWS, _CELLS_DRAWN // max(units, 1)))
    return drawn(units, times, np.random.default_rng(seed))


def contest(data: DataSet, candidate: Forecaster, champion: Forecaster) -> Contest:
    """Return what both came to on the test of `data`."""
    origins: dict[str, tuple[Parts, Parts]] = {}
    for cut in data.tail_cuts(ORIGINS):
        name = f"{len(cut.leads)} {data.panel.rhythm.period}s" if not data.rolling else "rolling"
        both = parts_at(data, cut, candidate), parts_at(data, cut, champion)
        before = origins.get(name)
        origins[name] = (before[0] + both[0], before[1] + both[1]) if before else both
    new, old = (_sum([pair[side] for pair in origins.values()]) for side in (0, 1))
    return Contest(
        whole=(new.whole, old.whole),
        segments={name: (new.segments[name], old.segments[name]) for name in new.segments},
        origins={name: (one.whole, two.whole) for name, (one, two) in origins.items()},
        stores=(new.stores, old.stores),
        names=data.stores,
        draws=draws_of(data),
        unit=unit_of(data),
    )


def _sum(parts: list[Parts]) -> Parts:
    """Return what several origins came to."""
    total = parts[0]
    for one in parts[1:]:
        total += one
    return total
