"""A gap costs what would have sold while it was in sight and the store was open."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from edge_agent.core.facing import Opening
from edge_agent.core.hours import open_hours
from edge_agent.core.lost_sales import ExpectedDay, lost_units

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = NOON.date()
OPENING = Opening(time(8), time(20), UTC)
EVEN = open_hours(OPENING)
HOUR = timedelta(hours=1)


def cost(opened: datetime, until: datetime, *, expected: float = 24.0, facings: int = 1) -> float:
    days = {TODAY + timedelta(days=n): ExpectedDay(expected, EVEN) for n in (-1, 0)}
    lost = lost_units([(opened, until)], days, facings, OPENING)
    assert lost is not None
    return lost


@pytest.mark.parametrize(
    ("opened", "until", "lost"),
    [
        (NOON - HOUR, NOON, 2.0),
        (NOON, NOON - HOUR, 0.0),
        (NOON.replace(hour=21), NOON.replace(hour=22), 0.0),
        (NOON.replace(hour=19), NOON.replace(hour=23), 2.0),
        (NOON - timedelta(days=1), NOON, 16.0 + 8.0),
    ],
)
def test_only_opening_time_costs(opened: datetime, until: datetime, lost: float) -> None:
    assert cost(opened, until) == pytest.approx(lost)


def test_hours_in_which_more_sells_cost_more() -> None:
    morning = np.zeros(24)
    morning[8] = 1.0
    days = {TODAY: ExpectedDay(10.0, morning)}
    eight = NOON.replace(hour=8)
    assert lost_units([(eight, eight + HOUR / 2)], days, 1, OPENING) == pytest.approx(5.0)
    assert lost_units([(NOON, NOON + HOUR)], days, 1, OPENING) == 0.0


def test_each_facing_of_an_item_costs_its_part() -> None:
    assert cost(NOON - HOUR, NOON, facings=2) == pytest.approx(1.0)


def test_what_is_out_of_sight_costs_nothing() -> None:
    seen = [(NOON - 3 * HOUR, NOON - 2 * HOUR), (NOON - HOUR, NOON)]
    assert lost_units(seen, {TODAY: ExpectedDay(12.0, EVEN)}, 1, OPENING) == pytest.approx(2.0)


def test_without_a_forecast_nothing_is_said_and_one_below_zero_costs_nothing() -> None:
    assert lost_units([(NOON - HOUR, NOON)], {}, 1, OPENING) is None
    assert cost(NOON - HOUR, NOON, expected=-3.0) == 0.0


def test_the_opening_time_is_the_stores_own() -> None:
    tokyo = Opening(time(8), time(20), ZoneInfo("Asia/Tokyo"))
    morning = datetime(2026, 3, 2, 0, tzinfo=UTC)  # nine o'clock there
    days = {date(2026, 3, 2): ExpectedDay(12.0, open_hours(tokyo))}
    assert lost_units([(morning - 9 * HOUR, morning)], days, 1, tokyo) == pytest.approx(1.0)
