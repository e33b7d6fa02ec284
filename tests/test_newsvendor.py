"""The newsvendor benchmark costs orders as it says, on sales that are known beforehand."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.newsvendor import Method, compared, cost_of, thinned, ties_of
from benchmarks.usual_orders import LEVELS, simple_quantiles
from central_sync.trainers.demand.dataset import DataSet
from central_sync.trainers.demand.layouts import read
from endcap.models.demand.panel import Floats
from tests.central_sync.trainers.demand.folders import lake

WIDE = np.array([0.5, 0.6, 0.75, 1.0, 1.25, 1.4, 1.5])


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    return read(lake(tmp_path_factory.mktemp("lake"), items=8))


def method(sales: DataSet, factors: Floats) -> Method:
    """Return a method that expects multiples of the truth."""
    truth = sales.test(sales.panel.units)
    return Method("endcap", LEVELS, truth[:, :, None] * factors)


@pytest.mark.parametrize("life", [1, 3])
def test_whoever_knows_what_will_sell_loses_nothing(sales: DataSet, life: int) -> None:
    found = cost_of(sales, method(sales, np.ones(len(LEVELS))), 0.95, life, ties=0.3)
    assert found.cost < 0.01
    assert found.days > 0


def test_an_order_for_one_day_is_the_critical_quantile(sales: DataSet) -> None:
    found = cost_of(sales, method(sales, WIDE), 0.95, 1, ties=0.3)
    assert found.short == 0
    assert found.wasted == pytest.approx(0.5, abs=0.02)
    assert found.cost == pytest.approx(0.05 * found.wasted)


def test_what_lives_longer_wastes_less(sales: DataSet) -> None:
    one, three = (cost_of(sales, method(sales, WIDE), 0.75, life, ties=0.3) for life in (1, 3))
    assert three.wasted < one.wasted


def test_errors_that_repeat_are_found_to_be_tied(sales: DataSet) -> None:
    found = method(sales, WIDE)
    rng = np.random.default_rng(2)
    tied = found.quantiles * rng.uniform(0.7, 1.3, (len(found.quantiles), 1, 1))
    loose = found.quantiles * rng.uniform(0.7, 1.3, (*found.quantiles.shape[:2], 1))
    assert ties_of(sales, Method("tied", LEVELS, tied)) > 0.5
    assert abs(ties_of(sales, Method("loose", LEVELS, loose))) < 0.3


def test_usual_methods_answer_every_cell_and_are_compared(sales: DataSet) -> None:
    few = thinned(sales, 1)
    found = simple_quantiles(few)
    assert len(found) == 6
    for quantiles in found.values():
        assert quantiles.shape == (few.panel.series, few.horizon, len(LEVELS))
        assert (np.diff(quantiles, axis=2) >= 0).all()
    name, quantiles = next(iter(found.items()))
    costs = [
        cost_of(few, one, 0.9, 1, ties=0.3)
        for one in (method(few, np.ones(len(LEVELS))), Method(name, LEVELS, quantiles))
    ]
    assert compared(costs)["ratio 0.9, life 1"].ratio < 1


def test_the_interval_is_as_wide_as_stores_differ(sales: DataSet) -> None:
    even = Method("even", LEVELS, method(sales, 2.0 * WIDE).quantiles)
    factors = np.where(sales.store % 2 == 0, 1.2, 1.8)[:, None, None]
    uneven = Method("endcap", LEVELS, even.quantiles / 2.0 * factors)
    same = replace(even, name="endcap")
    theirs = cost_of(sales, even, 0.9, 1, ties=0.3)
    told = [
        compared([cost_of(sales, ours, 0.9, 1, ties=0.3), theirs])["ratio 0.9, life 1"]
        for ours in (same, uneven)
    ]
    assert len(theirs.by_store) == len(sales.stores)
    assert told[0].low == told[0].high == 1.0
    assert told[1].low < told[1].ratio < told[1].high
