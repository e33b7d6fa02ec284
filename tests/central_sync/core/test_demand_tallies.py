"""Sums by unit give the figures of the cells, and their spread."""

import math

import numpy as np
import pytest

from central_sync.core import demand_metrics as measures
from central_sync.core.demand_tallies import (
    Cells,
    Tally,
    change,
    change_interval,
    drawn,
    figures,
    spread,
    tally,
)

RNG = np.random.default_rng(4)
TRUTH = RNG.poisson(3.0, (30, 4)).astype(np.float64)
GUESS = TRUTH + RNG.normal(0.3, 1.0, TRUTH.shape)
LOSS = np.abs(GUESS - TRUTH) / 2.0
COUNTED = RNG.random(TRUTH.shape) < 0.8
UNIT = np.arange(30) % 5
CELLS = Cells(TRUTH, GUESS, LOSS, np.abs(GUESS - TRUTH) < 1.5, COUNTED, UNIT, 5)
WHOLE = tally(CELLS, COUNTED)


def test_the_figures_are_those_of_the_cells() -> None:
    found = figures(WHOLE)
    assert found["rows"] == COUNTED.sum()
    assert found["wape"] == pytest.approx(measures.wape(TRUTH, GUESS, COUNTED))
    assert found["bias"] == pytest.approx(measures.bias(TRUTH, GUESS, COUNTED))
    assert found["pinball"] == pytest.approx(LOSS[COUNTED].sum() / TRUTH[COUNTED].sum())
    assert found["coverage_90"] == pytest.approx(CELLS.inside[COUNTED].mean())


def test_parts_add_up_and_units_can_be_taken_out() -> None:
    left = np.zeros(TRUTH.shape, dtype=np.bool_)
    left[:, :2] = True
    both = tally(CELLS, left) + tally(CELLS, ~left)
    for name in Tally.__slots__:
        np.testing.assert_allclose(getattr(both, name), getattr(WHOLE, name))
    assert WHOLE.of(np.array([1])).rows.sum() == COUNTED[UNIT == 1].sum()


def test_an_unknown_truth_does_no_harm_where_it_is_not_counted() -> None:
    truth = np.where(COUNTED, TRUTH, np.nan)
    cells = Cells(truth, GUESS, LOSS, CELLS.inside, COUNTED, UNIT, 5)
    assert figures(tally(cells, COUNTED)) == figures(WHOLE)


def test_nothing_to_measure_is_no_figure() -> None:
    nothing = tally(CELLS, np.zeros(TRUTH.shape, dtype=np.bool_))
    assert math.isnan(figures(nothing)["wape"])
    assert math.isnan(spread(nothing, drawn(5, 10, RNG))["coverage_90"].low)
    assert math.isnan(change(nothing, nothing))


def test_the_interval_of_a_mean_is_that_of_the_textbook() -> None:
    units, each = 200, 50
    truth = np.ones((units, each))
    guess = truth + RNG.normal(0.0, 0.2, (units, 1))
    every = np.ones(truth.shape, dtype=np.bool_)
    one = tally(Cells(truth, guess, truth, every, every, np.arange(units), units), every)
    low, high = spread(one, drawn(units, 1000, RNG))["bias"]
    assert high - low == pytest.approx(2 * 1.645 * 0.2 / np.sqrt(units), rel=0.15)


def test_the_change_is_paired_so_that_hard_units_do_not_hide_it() -> None:
    hard = np.exp(RNG.normal(0.0, 1.0, 40))
    old = Tally(hard, hard, hard, hard, hard, hard)
    new = Tally(hard, hard, hard, hard, 0.97 * hard, hard)
    draws = drawn(40, 500, RNG)
    assert change(new, old) == pytest.approx(-0.03)
    assert change_interval(new, old, draws) == pytest.approx((-0.03, -0.03))
    assert np.ptp(spread(old, draws)["pinball"]) == pytest.approx(0.0)


def test_draws_are_the_same_for_the_same_seed() -> None:
    one, two = (drawn(7, 20, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(one.sum(axis=1), 7)
