"""Training rows from a data set's history: features at many origins, and what then sold.

A row is one series, origin and lead. Only periods in stock are learned from: their sales are
demand. The sales of censored periods are recovered where they are looked back on (the level and
every average), but are no target, since an estimate would teach its own error.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from central_sync.trainers.demand.dataset import DataSet
from endcap.models.demand.chain import Chain, chain_of
from endcap.models.demand.features import Features, features_at
from endcap.models.demand.panel import IN_STOCK, Floats, Ints

_FIRST_ORIGIN = {"day": 13, "week": 56}
_MOST_TIMES = 20.0  # a target beyond this multiple of the level teaches nothing but itself
ORIGINS = 48
"""At least so many origins are learned from: many origins teach more than many series."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """N training rows.

    Attributes:
        features: [N, F] float32.
        target: [N] units sold, as a multiple of the level.
        level: [N] units per period; a row's weight in the sum of absolute errors.
        series: [N] which series of the panel.
        period: [N] the column of the panel that was forecast.
        real: [N] whether it happened; a row that was retold teaches, but judges nothing.
    """

    features: Features
    target: Floats
    level: Floats
    series: Ints
    period: Ints
    real: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.target)


def training_rows(data: DataSet, *, most: int, rng: np.random.Generator) -> Rows:
    """Return about `most` rows at most, evenly from origins all over the history."""
    leads = data.taught
    count = max(ORIGINS, most // (data.panel.series * len(leads)))
    origins = origins_of(data.panel.rhythm.period, data.first_test, leads, count)
    cells = max(1, len(origins) * data.panel.series * len(leads))
    told = ((int(origin), chain_of(data.panel, int(origin))) for origin in origins)
    return rows_from(data, told, keep=min(1.0, most / cells), rng=rng)


def origins_of(period: str, first_test: int, leads: Sequence[int], count: int) -> Ints:
    """Return origins spread over the history whose first lead still falls before the test."""
    last = first_test - 1 - leads[0]
    first = min(_FIRST_ORIGIN[period], last)
    return np.unique(np.linspace(first, last, count).astype(np.int64))


def rows_from(
    data: DataSet, told: Iterable[tuple[int, Chain]], *, keep: float, rng: np.random.Generator
) -> Rows:
    """Return the rows of origins, each kept with probability `keep`; with each its chain."""
    return join([_rows_at(data, origin, chain, keep, rng) for origin, chain in told])


def _rows_at(
    data: DataSet, origin: int, chain: Chain, keep: float, rng: np.random.Generator
) -> Rows:
    """Return the rows of one origin."""
    leads = [lead for lead in data.taught if origin + lead < data.first_test]
    prepared = features_at(data.panel, origin, leads, chain)
    there = origin + np.asarray(leads)
    units = data.panel.units[:, there]
    level = np.broadcast_to(prepared.level[:, None], units.shape)
    wanted = np.isfinite(units) & (level > 0) & (data.panel.in_stock[:, there] >= IN_STOCK)
    wanted &= rng.random(units.shape) < keep
    target = np.clip(units[wanted] / level[wanted], 0.0, _MOST_TIMES)
    series, lead = np.nonzero(wanted)
    return Rows(
        features=prepared.rows[wanted],
        target=target,
        level=level[wanted],
        series=series,
        period=there[lead],
        real=np.ones(len(series), dtype=np.bool_),
    )


def join(parts: list[Rows]) -> Rows:
    """Return the rows of all parts, in order."""
    return Rows(
        features=np.concatenate([part.features for part in parts]),
        target=np.concatenate([part.target for part in parts]),
        level=np.concatenate([part.level for part in parts]),
        series=np.concatenate([part.series for part in parts]),
        period=np.concatenate([part.period for part in parts]),
        real=np.concatenate([part.real for part in parts]),
    )


def split(rows: Rows, chosen: NDArray[np.bool_]) -> Rows:
    """Return the rows where `chosen` holds."""
    return Rows(
        features=rows.features[chosen],
        target=rows.target[chosen],
        level=rows.level[chosen],
        series=rows.series[chosen],
        period=rows.period[chosen],
        real=rows.real[chosen],
    )
