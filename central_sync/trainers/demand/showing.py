"""What a picture of a model's held-out forecasts shows: curves of stores and segments, and drivers.

Sums up; draws nothing. A curve's error bars are the 90 % interval of its sum as if items erred
independently of each other; where actual sales leave it, they do not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from central_sync.core.demand_metrics import at_levels
from central_sync.core.demand_segments import segments
from central_sync.trainers.demand.dataset import DataSet
from central_sync.trainers.demand.forecasting import Forecaster, forecast, load
from central_sync.trainers.demand.layouts import read
from central_sync.trainers.demand.scoring import counted
from endcap.models.demand.chain import chain_of
from endcap.models.demand.drivers import GROUPS, WEEK, drivers_of
from endcap.models.demand.features import Features, features_at
from endcap.models.demand.outlook import Outlook, median_of
from endcap.models.demand.panel import Floats

STORES = 3
EXPLAINED = 40
"""One forecast is explained of each of so many series, spread from best sellers to worst."""

_OF_SIGMA = 2 * 1.645  # how wide a normal .05 to .95 interval is


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Sales and forecasts of many series, added up by period, where the items were in stock.

    Attributes:
        name: whose they are.
        actual: [H] units, NaN in a period without a judged cell.
        expected: [H] units.
        spread: [H] half of the sum's 90 % interval.
        wape: the error of the cells behind it, relative to what sold.
    """

    name: str
    actual: Floats
    expected: Floats
    spread: Floats
    wape: float


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """The held-out periods of a data set as a model forecast them.

    `moved` is by how much each group of features moves a forecast, on average and either way, as
    a share of what is expected: the words for the group, and the share, the largest first.
    """

    title: str
    last_day: str
    period: str
    curves: tuple[Curve, ...]
    moved: tuple[tuple[str, float], ...]


def held_out(data: Path, model: Path) -> HeldOut:
    """Return what to show of `model` on the test periods of `data`.

    Raises:
        DataUnusableError: the data or the model cannot be used.
    """
    sales = read(data)
    by = load(model, sales.panel.rhythm.period)
    found = forecast(sales, by)
    shown = [
        _curve(name, sales, found, by.reading.levels, mask)
        for name, mask in _shown(sales)
        if mask.any()
    ]
    return HeldOut(
        title=f"{data.resolve().name}: {sales.source}",
        last_day=sales.last_day,
        period=sales.panel.rhythm.period,
        curves=tuple(shown),
        moved=_moved(sales, by),
    )


def _shown(sales: DataSet) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield what is drawn, each with its cells: everything, the largest stores, the segments."""
    judged = counted(sales)
    yield "all", judged
    before = np.nansum(sales.panel.units[:, : sales.first_test], axis=1)
    if len(sales.stores) > 1:
        size = np.bincount(sales.store, before, minlength=len(sales.stores))
        for code in np.argsort(-size, kind="stable")[:STORES]:
            yield f"store {sales.stores[code]}", judged & (sales.store == code)[:, None]
    cells = segments(sales.panel, sales.first_test - 1, range(1, sales.horizon + 1))
    for name, mask in cells.items():
        yield f"segment {name}", judged & mask


def _curve(
    name: str,
    sales: DataSet,
    found: Outlook,
    levels: tuple[float, ...],
    mask: NDArray[np.bool_],
) -> Curve:
    """Add the cells of `mask` up by period."""
    truth = sales.test(sales.panel.units)
    known = mask & np.isfinite(found.expected)
    edges = at_levels(np.nan_to_num(found.quantiles), levels, (0.05, 0.95))
    sigma = (edges[..., 1] - edges[..., 0]) / _OF_SIGMA
    there = known.any(axis=0)
    actual, expected = (_summed(values, known) for values in (truth, found.expected))
    error = np.abs(np.where(known, found.expected - truth, 0.0)).sum()
    return Curve(
        name=name,
        actual=np.where(there, actual, np.nan),
        expected=np.where(there, expected, np.nan),
        spread=_OF_SIGMA / 2 * np.sqrt(_summed(sigma**2, known)),
        wape=float(error / actual.sum()) if actual.sum() > 0 else float("nan"),
    )


def _summed(values: Floats, mask: NDArray[np.bool_]) -> Floats:
    total: Floats = np.where(mask, values, 0.0).sum(axis=0)
    return total


def _moved(sales: DataSet, by: Forecaster) -> tuple[tuple[str, float], ...]:
    """Return each group's mean absolute Shapley value over the mean forecast."""
    origin = sales.first_test - 1
    chain = chain_of(sales.panel, origin)
    leads = range(1, min(WEEK, sales.horizon) + 1)
    prepared = features_at(sales.panel, origin, leads, chain)
    total, expected = np.zeros(len(GROUPS)), 0.0
    for number, series in enumerate(_explained(prepared.level)):
        day = number % len(leads)
        level = float(prepared.level[series])
        found = drivers_of(lambda rows: _point(by, rows), prepared.rows[series], day, level)
        total += np.abs([one.units for one in found.drivers])
        expected += found.expected
    shares = (total / max(expected, 1e-9)).tolist()
    named = zip((group.words for group in GROUPS), shares, strict=True)
    return tuple(sorted(named, key=lambda one: -one[1]))


def _explained(level: Floats) -> list[int]:
    """Return the series to explain: those with a level, evenly spread over its sizes."""
    known = np.flatnonzero(np.isfinite(level))
    ranked = known[np.argsort(-level[known], kind="stable")]
    step = max(1, len(ranked) // EXPLAINED)
    chosen: list[int] = ranked[::step][:EXPLAINED].tolist()
    return chosen


def _point(by: Forecaster, rows: Features) -> Floats:
    """Return the model's point forecasts, as multiples of the level."""
    found = by.session.run({"features": rows})
    mean = found["mean"].astype(np.float64).reshape(-1)
    median = found["quantiles"].astype(np.float64)[:, median_of(by.reading.levels)]
    blended: Floats = mean + by.reading.median_share * (median - mean)
    return blended
