"""A fleet's model is the same bit for bit however many work on it, here and on a cluster."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from central_sync.adapters.dask_cluster import dask_cluster
from central_sync.adapters.worker_processes import WorkerProcesses
from central_sync.ports.executor import Executor
from central_sync.trainers.demand.dataset import DataSet
from central_sync.trainers.demand.effort import Effort
from central_sync.trainers.demand.fleet import (
    Chains,
    Fleet,
    chains_of,
    fleet_in,
    forecast_fleet,
    learn_fleet,
    some_of,
)
from central_sync.trainers.demand.forecasting import Forecaster, forecast
from central_sync.trainers.demand.kind import DemandKind
from central_sync.trainers.demand.layouts import read
from central_sync.trainers.demand.thinning import thinned
from central_sync.trainers.in_turn import InTurn
from endcap.models.demand.chain import chain_of
from endcap.models.demand.outlook import Outlook
from endcap.plumbing.clock import SystemClock
from tests.central_sync.trainers.demand import folders

ROWS = 900  # a group: two stores
TINY = Effort(rows=3000, trees=6, leaves=7, rate=0.3, forest=4, forest_leaves=7)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folders.lake(tmp_path_factory.mktemp("fleet"), stores=6, items=6)


def fleet(data: Path, executor: Executor) -> Fleet:
    found = fleet_in(data, executor, lambda _: None, ROWS)
    assert found is not None
    assert [len(group.work[1]) for group in found.groups] == [2, 2, 2]
    return found


def fitted(
    data: Path, executor: Executor
) -> tuple[Chains, Forecaster, bytes, tuple[DataSet, Outlook]]:
    stores = fleet(data, executor)
    chains = chains_of(stores)
    by, content = learn_fleet(stores, chains, TINY, seed=3, also=thinned)
    return chains, by, content, forecast_fleet(stores, chains, content, by)


@pytest.fixture(scope="module")
def alone(data: Path) -> tuple[Chains, Forecaster, bytes, tuple[DataSet, Outlook]]:
    return fitted(data, InTurn())


@pytest.fixture(params=["two processes", "two dask workers"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    clock = SystemClock()
    if request.param == "two dask workers":
        with dask_cluster(None, 2, clock) as dask:
            yield dask
    else:
        with WorkerProcesses(2, clock) as processes:
            yield processes


def test_the_model_is_the_same_whoever_works_on_it(
    data: Path, executor: Executor, alone: tuple[object, object, bytes, tuple[DataSet, Outlook]]
) -> None:
    _, _, content, (_, found) = fitted(data, executor)
    assert content == alone[2]
    np.testing.assert_array_equal(found.quantiles, alone[3][1].quantiles)


def test_another_seed_makes_another_model(data: Path, alone: tuple[Chains, object, bytes]) -> None:
    _, content = learn_fleet(fleet(data, InTurn()), alone[0], TINY, seed=4, also=None)
    assert content != alone[2]


def test_the_chain_of_all_groups_is_that_of_all_stores(
    data: Path, alone: tuple[Chains, object, object, object]
) -> None:
    sales = read(data)
    origin = sales.first_test - 1
    together, whole = alone[0].by_origin[origin], chain_of(sales.panel, origin)
    np.testing.assert_allclose(together.item_3, whole.item_3, atol=1 / 1024)
    assert sum(alone[0].series) == sales.panel.series


def test_the_test_is_forecast_as_if_all_were_in_memory(
    data: Path, alone: tuple[Chains, Forecaster, object, tuple[DataSet, Outlook]]
) -> None:
    sales, (tested, found) = read(data), alone[3]
    whole = forecast(sales, alone[1])
    np.testing.assert_allclose(found.expected, whole.expected, rtol=0.02)
    np.testing.assert_array_equal(tested.test(tested.panel.units), sales.test(sales.panel.units))
    assert (tested.stores, tested.items) == (sales.stores, sales.items)
    np.testing.assert_array_equal(tested.store, sales.store)


def test_what_fits_in_one_group_is_no_fleet(data: Path, tmp_path: Path) -> None:
    assert fleet_in(data, InTurn(), lambda _: None) is None
    assert fleet_in(folders.fresh(tmp_path), InTurn(), lambda _: None) is None


def test_progress_names_each_group(data: Path) -> None:
    lines: list[str] = []
    found = fleet_in(data, InTurn(), lines.append, ROWS)
    assert found is not None
    chains_of(found)
    assert lines[-1] == "demand: summing up, 3 of 3 groups of stores"


def test_a_fleet_is_fitted_scored_and_compared_by_groups(data: Path, tmp_path: Path) -> None:
    kind = DemandKind(rows_a_group=ROWS).spread(InTurn())
    lines: list[str] = []
    manifest = kind.fit(data, tmp_path, seed=0, progress=lines.append)
    assert "6 stores, 36 series" in manifest.training_data[0].use
    assert {"wape_instock", "pinball"} <= {metric.name for metric in manifest.metrics}
    assert any("forecasting the test, 3 of 3" in line for line in lines)
    verdict = kind.compare(data, tmp_path, None)
    assert verdict.rows > 0


def test_of_a_large_fleet_some_stores_from_all_over_it_are_compared(data: Path) -> None:
    assert some_of(data, 10**9).stores == tuple(f"store-{code}" for code in range(6))
    assert some_of(data, ROWS).stores == ("store-0", "store-3")
