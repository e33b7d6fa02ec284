"""The demand model's trees: a centre, and the spread about it.

Decides which rows judge and calibrate, and which are learned from. Writes no ONNX; `graph` does.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from central_sync.trainers.demand.centre import Centre, fit_again, fit_centre, with_years
from central_sync.trainers.demand.effort import Effort
from central_sync.trainers.demand.levels import MEDIAN
from central_sync.trainers.demand.sample import Rows, split
from central_sync.trainers.demand.spread import Spread, calibrated, fit_spread
from endcap.models.demand.features import Features
from endcap.models.demand.panel import Floats

_HELD = 4  # every fourth series is kept from the first centre, to see how far off it is
_LATE = 0.15  # so is the latest share of the time: what is to come is later still
_TOLERATED_BIAS = 0.015
_CHANCE = 0.005  # of an error: a model's seed moves it by as much


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """What was learned.

    Attributes:
        centre: the boosters of the point forecast.
        spread: the quantiles of truth / centre.
        median_share: how far a point forecast should lie from the centre (0) to the median (1).
    """

    centre: Centre
    spread: Spread
    median_share: float

    def predict(self, features: Features) -> tuple[Floats, Floats]:
        """Return quantiles [n, Q] and centre [n], natively: what the graph must answer."""
        centre = self.centre.predict(features)
        return centre[:, None] * self.spread.ratios(features), centre


def fit_trees(rows: Rows, effort: Effort, *, seed: int) -> Trees:
    """Fit the centre and the spread.

    Every fourth series and the latest periods are held back from a first centre: they say when
    more trees no longer help, and how far off the centre is on series and weeks it has not seen.
    The centre that is kept is then fitted on everything, with as many trees.
    """
    late = _late(rows)
    held = late | (rows.series % _HELD == 0)
    if held.all() or not held.any():
        held = np.arange(len(rows)) % _HELD == 0
    seen = split(rows, held)
    first = fit_centre(split(rows, ~held), effort, seed, judge=split(seen, seen.real))
    first = with_years(first, split(rows, late & rows.real))
    centre = first.predict(seen.features)
    judged = late[held] & seen.real
    spread = fit_spread(seen, centre, effort, seed)
    spread = calibrated(spread, split(seen, judged), centre[judged])
    mean = replace(first, share=0.0).predict(seen.features)
    share = bounded_share(seen, mean, centre, centre * spread.ratios(seen.features)[:, MEDIAN])
    if judged.any() and not judged.all():
        earlier = fit_spread(split(seen, ~judged), centre[~judged], effort, seed)
        told = split(seen, judged)
        median = centre[judged] * earlier.ratios(told.features)[:, MEDIAN]
        share = share if holds(told, centre[judged], median) else 0.0
    return Trees(fit_again(first, rows, effort, seed), spread, round(share, 2))


def _late(rows: Rows) -> NDArray[np.bool_]:
    """Return which rows are of the latest part of the time, as far as the data has several."""
    first, last = int(rows.period.min()), int(rows.period.max())
    return rows.period > last - _LATE * (last - first)


def bounded_share(seen: Rows, mean: Floats, centre: Floats, median: Floats) -> float:
    """Return how much of the median a point forecast may take, 0 to 1.

    Of skewed demand the median is below the mean, and a forecast that is always low empties
    shelves. So much of it may be taken as leaves the sum of all forecasts within the tolerated
    bias of the mean's. What then sold does not say: a week's luck moves its sum by more than that.
    """
    level = seen.level * seen.real
    fair, least, most = (float((one * level).sum()) for one in (mean, median, centre))
    room = most - (1.0 - _TOLERATED_BIAS) * fair
    if most <= least:
        return 1.0 if abs(least - fair) <= _TOLERATED_BIAS * fair else 0.0
    return float(np.clip(room / (most - least), 0.0, 1.0))


def holds(late: Rows, centre: Floats, median: Floats) -> bool:
    """Tell whether the median errs no more than the centre, but for chance, on weeks new to it.

    On the weeks it was learned from it always seems to err less: it has learned their errors.
    """
    mine, theirs = (
        float((np.abs(one - late.target) * late.level).sum()) for one in (median, centre)
    )
    return mine <= (1.0 + _CHANCE) * theirs
