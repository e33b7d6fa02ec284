"""The measures, against figures worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from central_sync.core import demand_metrics as measures

TRUTH = np.array([[2.0, 0.0], [4.0, 4.0]])
GUESS = np.array([[3.0, 1.0], [4.0, 2.0]])
ALL = np.ones((2, 2), dtype=np.bool_)


def test_wape_and_bias() -> None:
    assert measures.wape(TRUTH, GUESS, ALL) == pytest.approx(4 / 10)
    assert measures.bias(TRUTH, GUESS, ALL) == pytest.approx(0.0)


def test_a_cell_that_is_masked_or_unknown_does_not_count() -> None:
    truth = np.array([[2.0, np.nan], [4.0, 4.0]])
    mask = np.array([[True, True], [True, False]])
    assert measures.wape(truth, GUESS, mask) == pytest.approx(1 / 6)
    assert measures.everywhere(truth).sum() == 3


def test_by_period_is_the_mean_of_the_days() -> None:
    assert measures.by_period(measures.wape, TRUTH, GUESS, ALL) == pytest.approx(
        (1 / 6 + 3 / 4) / 2
    )


def test_a_day_without_sales_has_no_wape_and_is_left_out() -> None:
    truth = np.array([[2.0, 0.0], [4.0, 0.0]])
    assert measures.by_period(measures.wape, truth, GUESS, ALL) == pytest.approx(1 / 6)


@pytest.mark.parametrize("mask", [ALL, ~ALL])
def test_nothing_to_measure_is_no_figure(mask: measures.Mask) -> None:
    nothing = np.zeros((2, 2))
    found = [
        measures.wape(nothing, GUESS, mask),
        measures.by_period(measures.wape, nothing, GUESS, mask),
        measures.vw_rmsse(np.zeros((2, 30)), nothing, GUESS),
    ]
    assert all(math.isnan(value) for value in found)


def test_nobody_to_cover_and_nothing_to_average_is_no_figure() -> None:
    unknown = np.full((2, 2), np.nan)
    assert math.isnan(measures.coverage(unknown, GUESS, GUESS, ALL))
    assert math.isnan(measures.wmae(unknown, GUESS, ALL))


def test_pinball_weighs_short_and_over_by_the_level() -> None:
    quantiles = np.stack([GUESS, GUESS + 2], axis=2)
    losses = measures.pinball_losses(TRUTH, quantiles, (0.5, 0.9))
    np.testing.assert_allclose(losses[0, 0], [0.5, 0.3])
    np.testing.assert_allclose(losses[1, 1], [1.0, 0.0])
    total = measures.pinball(TRUTH, quantiles, (0.5, 0.9), ALL)
    assert total == pytest.approx(losses.sum() / 10)


@given(level=st.floats(0.05, 0.95), truth=st.lists(st.integers(0, 20), min_size=1, max_size=30))
def test_no_other_constant_beats_the_empirical_quantile(level: float, truth: list[int]) -> None:
    cells = np.array([truth], dtype=np.float64) + 1.0
    mask = np.ones(cells.shape, dtype=np.bool_)

    def loss(value: float) -> float:
        return measures.pinball(cells, np.full((*cells.shape, 1), value), (level,), mask)

    best = loss(float(np.quantile(cells, level, method="inverted_cdf")))
    assert best <= min(loss(float(value)) for value in range(23)) + 1e-9


def test_coverage_counts_the_edges_as_inside() -> None:
    low, high = np.array([[2.0, 1.0], [0.0, 5.0]]), np.array([[2.0, 2.0], [9.0, 9.0]])
    assert measures.coverage(TRUTH, low, high, ALL) == pytest.approx(0.5)


def test_rmsse_is_scaled_by_the_history_and_weighted_by_recent_units() -> None:
    history = np.array([[np.nan, 1.0, 3.0, 1.0], [0.0, 1.0, 0.0, 1.0], [5.0, 5.0, 5.0, 5.0]])
    truth, guess = np.full((3, 2), 2.0), np.array([[4.0, 4.0], [3.0, 3.0], [9.0, 9.0]])
    first, second = math.sqrt(4 / 4), math.sqrt(1 / 1)
    wanted = (5 * first + 2 * second) / 7  # the third never moved
    assert measures.vw_rmsse(history, truth, guess) == pytest.approx(wanted)


def test_holiday_weeks_weigh_five_times() -> None:
    holiday = np.array([[True, False], [False, False]])
    assert measures.wmae(TRUTH, GUESS, holiday) == pytest.approx((5 + 1 + 0 + 2) / 8)


def test_newsvendor_costs_short_and_over() -> None:
    assert measures.newsvendor_cost(TRUTH, GUESS, 0.9, ALL) == pytest.approx(
        (2 * 0.1 + 2 * 0.9) / 10
    )


def test_levels_between_known_ones_lie_on_a_line_and_stop_at_the_ends() -> None:
    quantiles = np.array([[[1.0, 3.0]]])
    found = measures.at_levels(quantiles, (0.2, 0.4), (0.1, 0.2, 0.3, 0.4, 0.9))
    np.testing.assert_allclose(found[0, 0], [1.0, 1.0, 2.0, 3.0, 3.0])
