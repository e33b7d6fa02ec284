"""Runs of demand meet each day's quantiles, and add up as tied days do."""

import numpy as np

from edge_agent.core.stock.scenarios import DemandDay, demand_runs, even_ranks
from tests.edge_agent.core.stock.shop import RANKS, TODAY, selling


def test_each_day_keeps_its_own_quantiles() -> None:
    runs = demand_runs(selling(100, 3), RANKS)
    for day in runs.T:
        assert np.allclose(np.quantile(day, (0.05, 0.5, 0.95)), (50, 100, 150), atol=1.0)
    assert (runs >= 0).all()


def test_two_days_are_less_uncertain_than_twice_one() -> None:
    one, two = (demand_runs(selling(100, days), RANKS).sum(axis=1) for days in (1, 2))
    above = np.quantile(two, 0.95) - np.median(two)
    assert (np.quantile(one, 0.95) - np.median(one)) * 1.2 < above
    assert above < (np.quantile(one, 0.95) - np.median(one)) * 1.95


def test_the_days_are_tied_as_told() -> None:
    for correlation in (0.0, 0.6):
        ranks = even_ranks(np.random.default_rng(3), 2, 4000, correlation)
        found = float(np.asarray(np.corrcoef(ranks.T))[0, 1])
        assert abs(found - correlation) < 0.05


def test_beyond_the_known_levels_the_tail_goes_on() -> None:
    runs = demand_runs(selling(100, 1), RANKS)
    assert 160 < runs.max() < 260
    assert 30 < runs.min() < 50


def test_a_single_level_is_all_there_is() -> None:
    day = DemandDay(TODAY, 4.0, (0.5,), (4.0,))
    assert np.unique(demand_runs([day], RANKS)).tolist() == [4.0]
    near_one = DemandDay(TODAY, 4.0, (0.5, 0.9995), (4.0, 9.0))
    assert demand_runs([near_one], RANKS).max() < 9.0
