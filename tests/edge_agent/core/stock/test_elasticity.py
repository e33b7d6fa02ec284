"""What past discounts say counts for more the more they sold; without any, the usual holds."""

from datetime import timedelta

import pytest

from edge_agent.core.stock.elasticity import LEAST, MOST, USUAL, PastDay, elasticity
from tests.edge_agent.core.stock.shop import TODAY


def past(units: float, true: float, *, lowered: int = 12, price: float = 2.0) -> list[PastDay]:
    """Return 20 weeks of days; on `lowered` of them the price is a fifth lower."""
    days = []
    for n in range(140):
        cut = n % 5 == 0 and n // 5 < lowered
        lift = 0.8**true if cut else 1.0
        asked = price * (0.8 if cut else 1.0)
        days.append(PastDay(TODAY - timedelta(days=n + 1), units * lift, asked, 1.0))
    return days


@pytest.mark.parametrize("true", [-3.0, -1.0])
def test_many_discounted_days_are_believed(true: float) -> None:
    found = elasticity(past(200, true))
    assert found.value == pytest.approx(true, abs=0.1)
    assert found.lowered == 12


def test_few_units_hardly_move_it_from_the_usual() -> None:
    found = elasticity(past(0.5, -4.0, lowered=1))
    assert abs(found.value - USUAL) < 0.3


def test_it_stays_within_safe_bounds() -> None:
    assert elasticity(past(500, -9.0)).value == LEAST
    assert elasticity(past(500, 1.0)).value == MOST


def test_without_discounts_the_usual_holds() -> None:
    assert elasticity([]).value == USUAL
    assert elasticity(past(5, -3, lowered=0)).lowered == 0
    assert elasticity(past(0, -3)).value == USUAL


def test_days_with_an_empty_shelf_or_without_a_like_one_say_nothing() -> None:
    away = [PastDay(one.day, 0.0, one.price, 0.4) for one in past(9, -2) if one.price < 2]
    full = [one for one in past(9, -2) if one.price == 2]
    assert elasticity([*away, *full]).value == USUAL
    alone = PastDay(TODAY - timedelta(days=300), 30, 1.0, 1.0)
    assert elasticity([alone, *full]).lowered == 0
