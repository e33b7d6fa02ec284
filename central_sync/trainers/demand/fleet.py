"""A forecaster of more stores than memory holds: learned and scored some at a time.

First the sums of all stores, which make the chain at every origin; then rows to learn from, and
last the test. Each step is an executor's; what a group gives depends on the data, the seed and the
group's place alone, so that the model is the same bit for bit however many work on it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from operator import add
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from central_sync.ports.executor import Executor, Group
from central_sync.ports.training import Progress
from central_sync.trainers.demand.dataset import DataSet, taught
from central_sync.trainers.demand.effort import Effort, effort_for
from central_sync.trainers.demand.forecasting import Forecaster, forecast
from central_sync.trainers.demand.layouts import layout_of, read
from central_sync.trainers.demand.layouts.endcap_sales import Frame, frame_of, read_stores
from central_sync.trainers.demand.learning import (
    RETOLD,
    Retell,
    check_rows,
    completed,
    fitted_on,
)
from central_sync.trainers.demand.sample import (
    ORIGINS,
    Rows,
    join,
    origins_of,
    rows_from,
)
from central_sync.trainers.demand.store_groups import ROWS_A_GROUP, Stores, store_groups
from endcap.models.demand.chain import Chain, ChainSums, sums_of
from endcap.models.demand.outlook import Outlook, Reading
from endcap.models.demand.panel import Ints, Panel
from endcap.plumbing.onnx_session import open_session

_TIMES = 4  # a group computes so many times the rows that it keeps, from origins of its own
_LEAST_OF_A_GROUP = 6  # origins

Work = TypeVar("Work")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Fleet:
    """Stores in groups, and who works on them."""

    frame: Frame
    groups: Sequence[Group[Stores]]
    executor: Executor
    progress: Progress

    def each(
        self, what: str, do: Callable[[Work], Answer], works: Sequence[Work]
    ) -> Iterator[Answer]:
        """Yield what comes of the work for each group, telling how far it is."""
        named = [Group(group.name, work) for group, work in zip(self.groups, works, strict=True)]
        for place, answer in enumerate(self.executor.map(do, named), start=1):
            self.progress(f"demand: {what}, {place} of {len(named)} groups of stores")
            yield answer


def fleet_in(
    data: Path, executor: Executor, progress: Progress, rows_a_group: int = ROWS_A_GROUP
) -> Fleet | None:
    """Return the stores of an export of the lake, in groups; None when one group holds them all.

    Other layouts are looked at whole: they hold what somebody prepared, not what a fleet sends.

    Raises:
        DataUnusableError: the folder cannot be used.
    """
    layout, horizon = layout_of(data)
    if layout != "endcap_sales":
        return None
    frame = frame_of(data, horizon)
    groups = store_groups(frame, rows_a_group)
    return Fleet(frame, groups, executor, progress) if len(groups) > 1 else None


def some_of(data: Path, most: int) -> DataSet:
    """Return the data in a folder; of a fleet with more than `most` rows, every so manieth store.

    Raises:
        DataUnusableError: the folder cannot be used.
    """
    layout, horizon = layout_of(data)
    if layout != "endcap_sales":
        return read(data)
    frame = frame_of(data, horizon)
    step = -(-sum(rows for _, rows in frame.stores) // most)
    return read_stores(frame, [name for name, _ in frame.stores[::step]])


def fit_fleet(
    fleet: Fleet, *, seed: int, also: Retell | None
) -> tuple[Forecaster, bytes, DataSet, Outlook]:
    """Fit a forecaster; return it, its ONNX file, the test of all stores, and its forecasts.

    Raises:
        DataUnusableError: there is too little to learn from.
        GroupFailedError: a group of stores could not be worked.
    """
    chains = chains_of(fleet)
    effort = effort_for(sum(chains.series) * fleet.frame.days)
    by, content = learn_fleet(fleet, chains, effort, seed=seed, also=also)
    return by, content, *forecast_fleet(fleet, chains, content, by)


@dataclass(frozen=True, slots=True, eq=False)
class Chains:
    """What all stores sold together up to each of some origins, and how many series there are."""

    by_origin: Mapping[int, Chain]
    series: tuple[int, ...]


def chains_of(fleet: Fleet) -> Chains:
    """Sum all stores up at each origin that is learned from, and at that of the test."""
    frame = fleet.frame
    test = frame.days - frame.horizon - 1
    origins = tuple(sorted({*map(int, _origins(frame)), test}))
    sums: tuple[ChainSums, ...] = ()
    series: list[int] = []
    works = [(group.work, origins) for group in fleet.groups]
    for count, some in fleet.each("summing up", _summed, works):
        series.append(count)
        sums = tuple(map(add, sums, some)) if sums else some
    by_origin = {origin: one.chain() for origin, one in zip(origins, sums, strict=True)}
    return Chains(by_origin, tuple(series))


def _summed(work: tuple[Stores, tuple[int, ...]]) -> tuple[int, tuple[ChainSums, ...]]:
    """Return how many series some stores have, and their sums at each origin."""
    (frame, stores), origins = work
    panel = read_stores(frame, stores).panel
    counts = len(frame.items), len(frame.categories)
    return panel.series, tuple(sums_of(panel, origin, *counts) for origin in origins)


def _origins(frame: Frame) -> Ints:
    """Return the origins that are learned from."""
    leads = tuple(range(1, frame.horizon + 1))
    return origins_of("day", frame.days - frame.horizon, leads, ORIGINS)


@dataclass(frozen=True, slots=True)
class _Sampling:
    """Which rows a group gives: of each origin a share, and as many retold by `also`."""

    origins: tuple[int, ...]
    chains: tuple[Chain, ...]
    keep: float
    seed: tuple[int, int]
    also: Retell | None


def learn_fleet(
    fleet: Fleet, chains: Chains, effort: Effort, *, seed: int, also: Retell | None
) -> tuple[Forecaster, bytes]:
    """Fit on what all groups give.

    Raises:
        DataUnusableError: there is too little to learn from.
        GroupFailedError: a group of stores could not be worked.
    """
    every = _origins(fleet.frame)
    leads = taught(tuple(range(1, fleet.frame.horizon + 1)))
    cells = len(every) * sum(chains.series) * len(leads)
    keep = min(1.0, effort.rows / max(cells, 1))
    works = [
        (group.work, _sampling(every, chains, keep, (seed, place), also))
        for place, group in enumerate(fleet.groups)
    ]
    parts: list[Rows] = []
    first = np.cumsum((0, *chains.series))
    for begin, rows in zip(first, fleet.each("computing features", _sampled, works), strict=False):
        parts.append(replace(rows, series=rows.series + begin))
    rows = join(parts)
    check_rows(rows, "endcap_sales")
    return fitted_on(rows, effort, "day", seed=seed, progress=fleet.progress)


def _sampling(
    every: Ints, chains: Chains, keep: float, seed: tuple[int, int], also: Retell | None
) -> _Sampling:
    """Return a group's own origins, fewer where few rows are kept of each."""
    count = int(np.clip(np.ceil(keep * len(every) * _TIMES), _LEAST_OF_A_GROUP, len(every)))
    chosen = np.sort(np.random.default_rng(seed).choice(every, count, replace=False))
    share = min(1.0, keep * len(every) / count)
    origins = tuple(int(origin) for origin in chosen)
    return _Sampling(
        origins, tuple(chains.by_origin[origin] for origin in origins), share, seed, also
    )


def _sampled(work: tuple[Stores, _Sampling]) -> Rows:
    """Return the rows that some stores give."""
    (frame, stores), plan = work
    data = read_stores(frame, stores)
    rng = np.random.default_rng((*plan.seed, 1))
    told = list(zip(plan.origins, plan.chains, strict=True))
    rows = rows_from(data, told, keep=plan.keep, rng=rng)
    if plan.also is None:
        return completed(rows, None, rng)
    retold = rows_from(plan.also(data, rng), told, keep=plan.keep / RETOLD, rng=rng)
    return completed(rows, retold, rng)


@dataclass(frozen=True, slots=True, eq=False)
class _Tested:
    """The test of some stores: what sold, and what was forecast."""

    data: DataSet
    found: Outlook


def forecast_fleet(
    fleet: Fleet, chains: Chains, model: bytes, by: Forecaster
) -> tuple[DataSet, Outlook]:
    """Return the test periods of all stores, without their history, and their forecasts."""
    origin = fleet.frame.days - fleet.frame.horizon - 1
    told = (model, by.reading, chains.by_origin[origin])
    works = [(group.work, *told) for group in fleet.groups]
    parts = list(fleet.each("forecasting the test", _tested, works))
    panel = _stacked([part.data.panel for part in parts], [len(part.data.stores) for part in parts])
    data = replace(
        parts[0].data,
        panel=panel,
        store=panel.group,
        stores=tuple(name for part in parts for name in part.data.stores),
        items=tuple(item for part in parts for item in part.data.items),
    )
    found = Outlook(
        expected=np.concatenate([part.found.expected for part in parts]),
        quantiles=np.concatenate([part.found.quantiles for part in parts]),
    )
    return data, found


def _stacked(panels: Sequence[Panel], stores: Sequence[int]) -> Panel:
    """Return the series of all panels over the same periods; stores are numbered on."""
    begin = np.cumsum([0, *stores])
    groups = [panel.group + first for panel, first in zip(panels, begin, strict=False)]
    together: dict[str, Any] = {
        field.name: np.concatenate([getattr(panel, field.name) for panel in panels])
        for field in fields(Panel)
        if field.name not in ("weekday", "month_day", "rhythm", "group")
    }
    return replace(panels[0], **together, group=np.concatenate(groups))


def _tested(work: tuple[Stores, bytes, Reading, Chain]) -> _Tested:
    """Forecast the test of some stores."""
    (frame, stores), model, reading, chain = work
    data = read_stores(frame, stores)
    by = Forecaster(open_session(model), reading, "", "")
    found = forecast(data, by, chain=chain)
    return _Tested(data.test_alone(), found)
