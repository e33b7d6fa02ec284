import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.models.media.auction import Floats, chances, charged, drawn, gains, open_prices

micros = st.floats(0, 1e9, allow_nan=False)
several = st.lists(micros, min_size=1, max_size=8).map(np.array)


@given(several, micros)
def test_a_price_is_the_best_other_value_and_never_above_the_own(
    values: Floats, floor: int
) -> None:
    prices = open_prices(values, floor)
    for i, value in enumerate(values):
        rival = max([*np.delete(values, i), floor])
        assert prices[i] == min(value, rival)


def test_many_places_are_priced_as_each_alone() -> None:
    values = np.random.default_rng(1).random((20, 5))
    floors = np.linspace(0, 1, 20)
    together = open_prices(values, floors[:, None])
    assert np.array_equal(
        together, [open_prices(row, floor) for row, floor in zip(values, floors, strict=True)]
    )


def test_nobody_is_priced_where_nobody_fits() -> None:
    assert open_prices(np.array([]), 3.0).shape == (0,)


@given(st.lists(st.floats(-1e9, 1e9), max_size=8).map(np.array), st.floats(0, 1))
def test_chances_sum_to_one_and_each_that_explores_has_one(gain: Floats, explore: float) -> None:
    found = chances(gain, explore)
    assert found.sum() == pytest.approx(1.0)
    assert (found >= 0).all()
    if explore > 0:
        assert (found[: len(gain)] > 0).all()


@given(st.lists(st.floats(-1, 1), max_size=5).map(np.array), st.floats(0, 1, exclude_max=True))
def test_what_is_drawn_had_a_chance(gain: Floats, uniform: float) -> None:
    found = chances(gain, 0.0)
    assert found[drawn(found, uniform)] > 0


def test_each_is_drawn_as_often_as_its_chance_says() -> None:
    found = chances(np.array([3.0, 1.0, -1.0]), 0.3)
    many = [drawn(found, u) for u in (np.arange(10_000) + 0.5) / 10_000]
    assert np.bincount(many, minlength=4) / 10_000 == pytest.approx(found, abs=1e-3)


def test_scarce_money_goes_where_it_buys_more() -> None:
    values, prices = np.array([5.0, 4.0]), np.array([4.0, 1.0])
    assert gains(values, prices, np.array([1.0, 1.0])).argmax() == 1


@given(micros, st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_charge_is_never_above_bid_rest_or_price(price: float, bid: int, rest: int) -> None:
    paid = charged(price, bid, rest)
    assert 0 <= paid <= min(bid, rest)
    assert paid <= price
