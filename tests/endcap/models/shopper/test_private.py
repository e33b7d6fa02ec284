"""The noise, its price, and the year's budget."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.models.shopper.private import (
    Budget,
    affordable,
    deviation,
    discrete_gaussian,
    epsilon_of,
    noise_source,
    periods_in_year,
    threshold,
)

MONDAY = date(2026, 3, 2)


@given(st.floats(0.01, 100), st.floats(1e-12, 0.1))
def test_a_budget_is_worth_what_it_says(epsilon: float, delta: float) -> None:
    assert epsilon_of(Budget(epsilon, delta).rho, delta) == pytest.approx(epsilon)


@pytest.mark.parametrize(("epsilon", "delta"), [(0, 0.1), (-1, 0.1), (1, 0), (1, 1)])
def test_no_budget_is_refused(epsilon: float, delta: float) -> None:
    with pytest.raises(ValueError, match="no budget"):
        Budget(epsilon, delta)


@pytest.mark.parametrize("sigma", [0.8, 3.0, 250.0])
def test_noise_has_its_moments(sigma: float) -> None:
    drawn = discrete_gaussian(sigma, 40_000, np.random.default_rng(1).random)
    assert len(drawn) == 40_000
    assert abs(drawn.mean()) < 4 * sigma / 200
    assert drawn.std() == pytest.approx(sigma, rel=0.02)


def test_noise_follows_the_discrete_gaussian() -> None:
    drawn = discrete_gaussian(1.2, 60_000, np.random.default_rng(2).random)
    values = np.arange(-4, 5)
    chance = np.exp(-(values**2) / (2 * 1.2**2))
    found = np.array([(drawn == n).mean() for n in values])
    np.testing.assert_allclose(found, chance / chance.sum(), atol=0.008)


def test_no_noise_is_refused() -> None:
    with pytest.raises(ValueError, match="deviation above 0"):
        discrete_gaussian(0.0, 1, np.random.default_rng(0).random)


def test_the_same_figures_get_the_same_noise_and_others_another() -> None:
    def draw(secret: bytes, day: date, *told: bytes) -> list[int]:
        return [*map(int, discrete_gaussian(9.0, 8, noise_source(secret, day, told)))]

    one = draw(b"k", MONDAY, b"a", b"b")
    assert one == draw(b"k", MONDAY, b"a", b"b")
    assert one != draw(b"k", MONDAY, b"ab")
    assert one != draw(b"k", MONDAY + timedelta(days=7), b"a", b"b")
    assert one != draw(b"other", MONDAY, b"a", b"b")


def test_a_small_group_seldom_reaches_the_threshold() -> None:
    least = threshold(5, 30.0, 0.01)
    noise = discrete_gaussian(30.0, 20_000, np.random.default_rng(3).random)
    assert np.mean(5 + noise >= least) < 0.013


@given(
    st.lists(st.integers(0, 900), min_size=1, max_size=60, unique=True),
    st.integers(1, 52),
    st.randoms(use_true_random=False),
)
def test_no_year_is_ever_above_its_budget(starts: list[int], weeks: int, order: object) -> None:
    """Whatever was asked for, in whichever order, any 365 days cost at most the budget."""
    rho = 1.0 / periods_in_year(7 * weeks)
    order.shuffle(starts)  # type: ignore[attr-defined]
    spent: dict[date, float] = {}
    for start in starts:
        day = MONDAY + timedelta(days=start)
        if affordable(spent, day, rho, 1.0):
            spent[day] = rho
    for first in range(901):
        year = [n for day, n in spent.items() if 0 <= (day - MONDAY).days - first < 365]
        assert sum(year) <= 1.0 + 1e-6


@given(st.integers(1, 52))
def test_every_period_of_a_year_can_be_told(weeks: int) -> None:
    rho, spent = 1.0 / periods_in_year(7 * weeks), dict[date, float]()
    for start in range(0, 900, 7 * weeks):
        day = MONDAY + timedelta(days=start)
        assert affordable(spent, day, rho, 1.0)
        spent[day] = rho


def test_noise_grows_with_what_a_person_may_add() -> None:
    assert deviation(10.0, 0.5) == pytest.approx(10.0)
    assert deviation(20.0, 0.5) == pytest.approx(20.0)


def test_a_threshold_is_there_for_the_smallest_delta() -> None:
    assert 5 + 3.0 * 8 < threshold(5, 3.0, 1e-18) < 5 + 3.0 * 10
