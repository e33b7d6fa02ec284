import numpy as np
import pytest
from scipy.optimize import linprog

from endcap.models.media.auction import Floats, gains, open_prices
from endcap.models.media.pacing import deal_chance, shadow_prices


def a_market() -> tuple[Floats, Floats, Floats]:
    rng = np.random.default_rng(7)
    values = rng.gamma(2.0, 1.0, (400, 6))
    prices = open_prices(values, 0.0)
    won = np.bincount(
        values.argmax(axis=1), weights=prices[np.arange(400), values.argmax(axis=1)], minlength=6
    )
    return values, prices, won * np.array([0.3, 0.5, 0.6, 0.6, 0.8, 2.0])


def optimum(values: Floats, prices: Floats, budgets: Floats) -> float:
    n, m = values.shape
    places = np.kron(np.eye(n), np.ones(m))
    money = np.kron(np.ones(n), np.eye(m)) * prices.ravel()
    found = linprog(
        -values.ravel(),
        A_ub=np.vstack([places, money]),
        b_ub=np.r_[np.ones(n), budgets],
        method="highs",
    )
    return float(-found.fun)


def test_shadow_prices_play_the_best_plan() -> None:
    values, prices, budgets = a_market()
    shadows = shadow_prices(values, prices, budgets / len(values), np.zeros(6), rounds=1000)
    best = gains(values, prices, shadows).max(axis=1).clip(min=0)
    dual = float(best.sum() + shadows @ budgets)  # an upper bound on every plan
    assert dual == pytest.approx(optimum(values, prices, budgets), rel=0.01)


def test_money_that_cannot_be_spent_costs_nothing() -> None:
    values, prices, budgets = a_market()
    plenty = shadow_prices(values, prices, 100 * budgets, np.full(6, 2.0), rounds=1000)
    assert plenty == pytest.approx(np.zeros(6), abs=1e-6)


def test_a_campaign_without_money_is_out_of_reach() -> None:
    values, prices, budgets = a_market()
    budgets[0] = 0.0
    shadows = shadow_prices(values, prices, budgets / 400, np.zeros(6), rounds=1000)
    assert (gains(values, prices, shadows).argmax(axis=1) == 0).mean() < 0.02


def test_without_places_all_money_is_plenty() -> None:
    assert shadow_prices(np.zeros((0, 2)), np.zeros((0, 2)), np.ones(2), np.ones(2)).tolist() == [
        0.0,
        0.0,
    ]


@pytest.mark.parametrize(
    ("rate", "floor", "chance"), [(5, 10, 0.5), (20, 10, 1.0), (3, 0, 1.0), (0, 10, 1e-6)]
)
def test_a_deal_is_played_as_often_as_its_money_lasts(
    rate: float, floor: int, chance: float
) -> None:
    assert deal_chance(rate, floor) == chance
