"""An order of ours and the supplier's word of it are one delivery."""

from datetime import timedelta

from edge_agent.core.stock.deliveries import Delivery, came, to_come
from edge_agent.core.stock.lots import Lot
from edge_agent.core.stock.supply import Supply
from tests.edge_agent.core.stock.shop import MILK, TODAY, after
from tests.fakes.clock import NOON

OURS = Delivery("order:04006381333931:2026-03-01", MILK, after(1), 12)
SUPPLY = Supply(MILK, shelf_life_days=3)


def test_our_order_is_on_its_way() -> None:
    assert to_come([OURS], None, TODAY) == (Lot(12, None, after(1)),)
    assert to_come([OURS], SUPPLY, TODAY) == (Lot(12, after(3), after(1)),)


def test_the_suppliers_word_stands_for_our_order() -> None:
    theirs = Delivery("D-17", MILK, after(2), 10, expires=after(9))
    assert to_come([OURS, theirs], SUPPLY, TODAY) == (Lot(10, after(9), after(2)),)
    later = Delivery("D-18", MILK, after(4), 10)
    assert sum(one.units for one in to_come([OURS, later], SUPPLY, TODAY)) == 22


def test_what_came_is_here_and_what_is_long_overdue_is_not() -> None:
    theirs = Delivery("D-17", MILK, TODAY, 10, received_at=NOON)
    assert to_come([theirs], None, TODAY) == ()
    assert came([theirs, OURS], SUPPLY, NOON - timedelta(hours=1)) == (Lot(10, after(2)),)
    assert came([theirs], None, NOON - timedelta(hours=1)) == (Lot(10, None),)
    assert came([theirs], None, NOON) == ()
    late = Delivery("D-16", MILK, after(-1), 5)
    assert to_come([late], None, TODAY) == (Lot(5, None, TODAY),)
    assert to_come([late], None, after(1)) == ()
