"""A day's sales spread over its open hours."""

from datetime import UTC, time

import pytest

from edge_agent.core.facing import Opening
from edge_agent.core.stock.hours import flat_profile, in_the_next_hour, still_to_come
from tests.fakes.clock import NOON


@pytest.mark.parametrize("closes", [time(20), time(2, 30), time(8)])
def test_a_flat_profile_is_a_whole_day(closes: time) -> None:
    assert sum(flat_profile(Opening(time(8), closes, UTC))) == pytest.approx(1.0)


def test_what_is_still_to_come_falls_from_all_to_none() -> None:
    profile = flat_profile(Opening(time(8), time(20), UTC))
    assert still_to_come(profile, NOON.replace(hour=7)) == pytest.approx(1.0)
    assert still_to_come(profile, NOON.replace(hour=14)) == pytest.approx(0.5)
    assert still_to_come(profile, NOON.replace(hour=21)) == 0.0


def test_the_next_hour_may_be_the_last() -> None:
    profile = flat_profile(Opening(time(8), time(20), UTC))
    assert in_the_next_hour(profile, NOON) == pytest.approx(1 / 12)
    assert in_the_next_hour(profile, NOON.replace(hour=19, minute=30)) == pytest.approx(1 / 24)
    assert in_the_next_hour(profile, NOON.replace(hour=23, minute=30)) == 0.0
