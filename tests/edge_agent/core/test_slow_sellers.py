"""Whole units, and the chance of any: for items that sell now and then."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.core.slow_sellers import (
    chance_of_any,
    wavering,
    whole_quantiles,
    whole_sellers,
)

LEVELS = (0.05, 0.5, 0.9, 0.95, 0.99)


def test_an_item_of_one_in_twenty_days_sells_nothing_most_days() -> None:
    mean = np.array([0.05])
    assert chance_of_any(mean, 0.0) == pytest.approx(1 - np.exp(-0.05))
    assert whole_quantiles(mean, 0.0, LEVELS).tolist() == [[0, 0, 0, 0, 1]]


def test_a_wavering_rate_sells_less_often_and_more_at_once() -> None:
    mean = np.array([0.8])
    assert chance_of_any(mean, 2.0) < chance_of_any(mean, 0.0)
    even, wavers = (whole_quantiles(mean, waver, LEVELS)[0] for waver in (0.0, 2.0))
    assert wavers[-1] > even[-1]


@settings(max_examples=25)
@given(st.floats(0, 5), st.floats(0, 4))
def test_quantiles_are_those_of_the_counts(mean: float, waver: float) -> None:
    [found] = whole_quantiles(np.array([mean]), waver, LEVELS)
    assert (np.diff(found) >= 0).all()
    rng = np.random.default_rng(3)
    rate = mean if waver < 1e-6 else rng.gamma(1 / waver, mean * waver, 20_000)
    drawn = rng.poisson(rate, 20_000)
    for level, edge in zip(LEVELS, found, strict=True):
        assert (drawn <= edge).mean() >= level - 0.02
        assert (drawn < edge).mean() <= level + 0.02


def test_quantiles_keep_the_shape_of_their_means() -> None:
    found = whole_quantiles(np.zeros((3, 2)), 0.5, LEVELS)
    assert found.shape == (3, 2, 5)
    assert not found.any()


def test_a_rate_beyond_all_counts_ends() -> None:
    assert whole_quantiles(np.array([1e4]), 0.0, (0.5,)).tolist() == [[200.0]]


def test_weighed_goods_are_told_from_whole_ones() -> None:
    units = np.array([[1, 2, np.nan], [0.5, 1, 2], [np.nan, np.nan, np.nan]])
    assert whole_sellers(units).tolist() == [True, False, True]


def test_wavering_is_what_goes_beyond_poisson() -> None:
    rng = np.random.default_rng(1)
    even = rng.poisson(0.5, (400, 56)).astype(np.float64)
    wavers = rng.poisson(rng.gamma(0.5, 1.0, (400, 56))).astype(np.float64)
    wavers[0, :10] = np.nan
    all_slow = np.ones(400, dtype=np.bool_)
    assert wavering(even, all_slow) < 0.1
    assert wavering(wavers, all_slow) == pytest.approx(2.0, rel=0.2)
    assert wavering(even, ~all_slow) == 0.0
