"""What expires first is sold first; what was sold was the oldest."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.stock.lots import Lot, in_order, lots_of, sell
from tests.edge_agent.core.stock.shop import TODAY, after


def test_units_on_hand_are_those_that_expire_last() -> None:
    known = [Lot(5, TODAY), Lot(4, after(3))]
    assert lots_of(6, known, None) == (Lot(2, TODAY), Lot(4, after(3)))
    assert lots_of(3, known, None) == (Lot(3, after(3)),)
    assert lots_of(11, known, after(1)) == (Lot(5, TODAY), Lot(2, after(1)), Lot(4, after(3)))
    assert lots_of(0, known, None) == ()


def test_the_oldest_sells_first_and_the_expired_not_at_all() -> None:
    lots = in_order([Lot(4, after(5)), Lot(3, TODAY), Lot(2, None, comes=after(1))])
    found = sell(lots, (TODAY, after(1)), np.array([[2.0, 5.0]]))
    assert found.short.tolist() == [[0.0, 0.0]]
    assert found.left[:, 0].tolist() == [1.0, 0.0, 1.0]


def test_what_comes_later_cannot_be_sold_before() -> None:
    found = sell([Lot(9, None, comes=after(1))], (TODAY, after(1)), np.array([[2.0, 3.0]]))
    assert found.short.tolist() == [[2.0, 0.0]]


def test_nothing_is_sold_of_nothing() -> None:
    found = sell([], (TODAY,), np.array([[2.0], [0.0]]))
    assert found.left.shape == (0, 2)
    assert found.short.tolist() == [[2.0], [0.0]]


@given(
    units=st.lists(st.floats(0, 20), min_size=1, max_size=4),
    lives=st.lists(st.integers(0, 5), min_size=4, max_size=4),
    demand=st.lists(st.floats(0, 20), min_size=3, max_size=3),
)
def test_no_unit_is_lost_or_made(units: list[float], lives: list[int], demand: list[float]) -> None:
    lots = in_order(Lot(one, after(life)) for one, life in zip(units, lives, strict=False))
    found = sell(lots, [after(n) for n in range(3)], np.array([demand]))
    sold = sum(demand) - found.short.sum()
    assert abs(sum(units) - sold - found.left.sum()) < 1e-6
    assert (found.left >= 0).all()
    assert (found.short >= 0).all()
