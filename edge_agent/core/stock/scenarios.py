"""What an item may sell over several days together, from what it may sell on each of them.

The quantiles of single days do not add up: the sum of two days' 95th percentiles is far above the
95th percentile of their sum. So demand is drawn: a few hundred runs through the days, each day's
draws spread evenly over its own quantiles, and the days tied by one correlation, because a day
that sells more than expected is often followed by another. A run can then meet stock that
expires and deliveries that come, which no formula for the sum of the days can.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import log

import numpy as np

from edge_agent.core.stock.lots import Floats

RUNS = 400
CORRELATION = 0.2
"""How the errors of two days' forecasts of one item go together.

benchmarks/newsvendor.py measures 0.11 to 0.16 on fresh food, by week and model; between 0 and 0.3
what orders cost there differs by 0.2 %, so that it is not fitted more closely.
"""

_TAIL = (0.975, 0.99, 0.999)  # levels above the highest known, where the tail falls exponentially


@dataclass(frozen=True, slots=True)
class DemandDay:
    """What an item is expected to sell on a day, in units; `quantiles` rise with their levels."""

    day: date
    expected: float
    levels: tuple[float, ...]
    quantiles: tuple[float, ...]


def even_ranks(
    rng: np.random.Generator, days: int, runs: int = RUNS, correlation: float = CORRELATION
) -> Floats:
    """Return where each run lies in each day's distribution, 0 to 1: [runs, days].

    A Gaussian copula with one common part, its columns brought to even steps: each day's marginal
    is met as well as so many runs can, whatever `rng` says.
    """
    own = rng.standard_normal((runs, days))
    common = rng.standard_normal((runs, 1))
    mixed = np.sqrt(correlation) * common + np.sqrt(1.0 - correlation) * own
    ranks: Floats = (mixed.argsort(axis=0).argsort(axis=0) + 0.5) / runs
    return ranks


def demand_runs(days: Sequence[DemandDay], ranks: Floats) -> Floats:
    """Return units sold in each run on each day, none below 0: [runs, len(days)].

    Args:
        days: at most as many as `ranks` has columns.
        ranks: [runs, days], from `even_ranks`.
    """
    runs = np.empty((ranks.shape[0], len(days)))
    for column, day in enumerate(days):
        levels, values = _whole(day)
        runs[:, column] = np.interp(ranks[:, column], levels, values)
    return np.maximum(runs, 0.0, out=runs)


def _whole(day: DemandDay) -> tuple[list[float], list[float]]:
    """Return a day's quantiles from level 0 to the far end of the tail.

    Below the lowest level they go on in a straight line, above the highest as an exponential that
    has the slope of the last two.
    """
    levels, values = day.levels, day.quantiles
    if len(levels) == 1:
        return list(levels), list(values)
    first = (values[1] - values[0]) / (levels[1] - levels[0])
    rest = 1.0 - levels[-1]
    scale = (values[-1] - values[-2]) / log((1.0 - levels[-2]) / rest)
    tail = [level for level in _TAIL if level > levels[-1]]
    beyond = [values[-1] + scale * log(rest / (1.0 - level)) for level in tail]
    return [0.0, *levels, *tail], [values[0] - first * levels[0], *values, *beyond]
