"""How a forecaster would have fared in the past: from many origins, each knowing nothing later.

Without a model one is fitted anew at each origin, on what was known there. A model that is given
is used as it is: it may have learned from days that it is scored on here, which only who made it
can say. Decides nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from central_sync.core.demand_tallies import Tally, figures, spread
from central_sync.ports.executor import Executor, Group
from central_sync.ports.training import Progress
from central_sync.trainers.demand.contest import draws_of
from central_sync.trainers.demand.dataset import DataSet
from central_sync.trainers.demand.forecasting import load
from central_sync.trainers.demand.layouts import read
from central_sync.trainers.demand.learning import learn
from central_sync.trainers.demand.parts import Parts, parts_at, unit_of
from endcap.models.demand.panel import Floats


@dataclass(frozen=True, slots=True)
class Plan:
    """Which origins: `origins` of them, `every` so many periods (none: a horizon), the last first.

    `model` is a model's folder or file; without one each origin fits its own, from `seed`.
    """

    data: Path
    model: Path | None
    origins: int
    every: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Origin:
    """The work of one origin."""

    plan: Plan
    back: int


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What one origin came to; `known` is the last day it knew, `model` what forecast."""

    known: str
    model: str
    parts: Parts


def backtest(plan: Plan, executor: Executor, progress: Progress) -> dict[str, object]:
    """Return the figures of all origins, of each, and of each segment, store and region.

    Figures: rows in stock, wape, bias, pinball (summed over .05 to .95, over the units sold) and
    coverage_90, pooled over the cells; with 90 % intervals of a bootstrap over stores, or over
    items where there are fewer than ten.

    Raises:
        DataUnusableError: the data cannot be used, or the history is too short for an origin.
        GroupFailedError: an origin failed.
    """
    sales = read(plan.data)
    every = plan.every or sales.horizon
    work = [_Origin(plan, every * step) for step in range(plan.origins)]
    groups = [Group(f"origin {one.back} {sales.panel.rhythm.period}s back", one) for one in work]
    found = []
    for one in executor.map(scored_origin, groups):
        progress(f"demand: forecast from {one.known}: {figures(one.parts.whole)['rows']:.0f} rows")
        found.append(one)
    whole = found[0].parts
    for one in found[1:]:
        whole += one.parts
    draws = draws_of(sales, seed=plan.seed)
    return {
        "horizon": sales.horizon,
        "every": every,
        "refit": plan.model is None,
        "model": sorted({one.model for one in found}),
        "drawn": unit_of(sales),
        "metrics": _told(whole.whole, draws),
        "origins": [{"known": one.known} | _told(one.parts.whole, draws) for one in found],
        "segments": _segments(whole, draws),
        "stores": _stores(whole.stores, sales.stores),
        "regions": _regions(whole.stores, sales),
    }


def scored_origin(origin: _Origin) -> _Found:
    """Return what one origin came to. Runs in any process."""
    plan = origin.plan
    sales = read(plan.data, back=origin.back)
    if plan.model is None:
        by, _ = learn(sales, seed=plan.seed, progress=_quiet)
    else:
        by = load(plan.model, sales.panel.rhythm.period)
    cuts = sales.test_cuts()
    parts = parts_at(sales, cuts[0], by)
    for cut in cuts[1:]:
        parts += parts_at(sales, cut, by)
    return _Found(sales.earlier(sales.horizon).last_day, by.version, parts)


def _quiet(_: str) -> None:
    """Say nothing: origins are told when they are done."""


def _told(of: Tally, draws: Floats) -> dict[str, object]:
    """Return figures with their intervals."""
    intervals = {
        name: [round(one.low, 5), round(one.high, 5)] for name, one in spread(of, draws).items()
    }
    return _bare(of) | {"intervals": intervals}


def _bare(of: Tally) -> dict[str, object]:
    """Return figures without intervals."""
    found: dict[str, object] = {name: round(value, 5) for name, value in figures(of).items()}
    return found | {"rows": int(of.rows.sum())}


def _segments(whole: Parts, draws: Floats) -> dict[str, object]:
    """Return the figures of each segment that has a row, and its share of what was sold."""
    sold = whole.whole.sold.sum()
    return {
        name: {"share": round(float(one.sold.sum() / sold), 5) if sold > 0 else 0.0}
        | _told(one, draws)
        for name, one in whole.segments.items()
        if one.rows.any()
    }


def _stores(stores: Tally, names: Sequence[str]) -> dict[str, object]:
    """Return the figures of each store that has a row."""
    there = np.flatnonzero(stores.rows).tolist()
    return {names[at]: _bare(stores.of(np.array([at]))) for at in there}


def _regions(stores: Tally, sales: DataSet) -> Mapping[str, object]:
    """Return the figures of each region, where the layout knows them."""
    where = np.array(sales.regions)
    return {name: _bare(stores.of(where == name)) for name in sorted(set(sales.regions))}
