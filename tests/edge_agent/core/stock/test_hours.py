"""A day's sales spread over its open hours."""

import pytest

from edge_agent.core.stock.hours import in_the_next_hour, still_to_come
from tests.edge_agent.core.stock.shop import EVENLY
from tests.fakes.clock import NOON


def test_what_is_still_to_come_falls_from_all_to_none() -> None:
    assert still_to_come(EVENLY, NOON.replace(hour=7)) == pytest.approx(1.0)
    assert still_to_come(EVENLY, NOON.replace(hour=14)) == pytest.approx(0.5)
    assert still_to_come(EVENLY, NOON.replace(hour=21)) == 0.0


def test_the_next_hour_may_be_the_last() -> None:
    assert in_the_next_hour(EVENLY, NOON) == pytest.approx(1 / 12)
    assert in_the_next_hour(EVENLY, NOON.replace(hour=19, minute=30)) == pytest.approx(1 / 24)
    assert in_the_next_hour(EVENLY, NOON.replace(hour=23, minute=30)) == 0.0
