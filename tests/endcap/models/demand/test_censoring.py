"""Censored sales: never less than what was sold, and more where the shelf was empty."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.models.demand.censoring import PRIOR, level_of, recovered


def test_a_day_in_stock_is_left_as_it_was() -> None:
    units = np.array([[0.0, 3.0, 7.0]])
    np.testing.assert_array_equal(recovered(units, np.ones((1, 3)), np.array([5.0])), units)


def test_a_day_out_of_stock_sold_what_is_usual() -> None:
    found = recovered(np.array([[0.0]]), np.array([[0.0]]), np.array([5.0]))
    assert found[0, 0] == pytest.approx(5.0)


def test_half_a_day_in_stock_sold_about_twice_as_much() -> None:
    found = recovered(np.array([[4.0]]), np.array([[0.5]]), np.array([8.0]))
    assert found[0, 0] == pytest.approx(4.0 + 0.5 * (4.0 + PRIOR * 8.0) / (0.5 + PRIOR))
    assert found[0, 0] == pytest.approx(8.0)


def test_nothing_is_added_where_the_rate_is_unknown_and_nothing_sold() -> None:
    assert recovered(np.array([[0.0]]), np.array([[0.0]]), np.array([np.nan]))[0, 0] == 0.0


@given(sold=st.floats(0, 1e6), share=st.floats(0, 1), rate=st.floats(0, 1e6), more=st.floats(0, 1))
def test_demand_is_at_least_the_sales_and_falls_with_the_stock(
    sold: float, share: float, rate: float, more: float
) -> None:
    fuller = share + (1 - share) * more
    less, much = (
        recovered(np.array([[sold]]), np.array([[at]]), np.array([rate]))[0, 0]
        for at in (share, fuller)
    )
    assert less >= sold
    assert much <= less * (1 + 1e-9) + 1e-9


def test_the_level_is_units_over_stocked_time() -> None:
    units, stock = np.array([[2.0, 4.0, np.nan]]), np.array([[0.5, 1.0, 1.0]])
    assert level_of(units, stock, np.ones(3), 1.0)[0] == pytest.approx(4.0)
    assert np.isnan(level_of(units, stock, np.ones(3), 2.0)[0])
