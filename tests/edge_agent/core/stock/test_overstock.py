"""Stock that outlasts its life, or a set time, is told."""

import pytest

from edge_agent.core.stock.overstock import overstock
from tests.edge_agent.core.stock.shop import selling, surely


def test_what_lasts_too_long_is_too_much() -> None:
    found = overstock(100, selling(5, 7), limit=10, least=6)
    assert found is not None
    assert found.units == pytest.approx(50)
    assert found.cover == pytest.approx(20)
    assert found.daily == 5


def test_what_nobody_buys_lasts_for_ever() -> None:
    found = overstock(3, surely(0), limit=10, least=1)
    assert found is not None
    assert found.cover is None


def test_a_little_more_than_enough_is_enough() -> None:
    assert overstock(54, selling(5, 7), limit=10, least=6) is None
    assert overstock(50.5, selling(5, 7), limit=10, least=0.1) is None
    assert overstock(100, (), limit=10, least=1) is None
