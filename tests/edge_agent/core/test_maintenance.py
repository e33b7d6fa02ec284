"""When a store may change: windows over midnight and over changed clocks, and ways back."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.maintenance import Window, is_return, lapsed
from tests.fakes.control_keys import assignment
from tests.fakes.tiny_models import NOON, release, tiny

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Window(time(22), time(6), BERLIN)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (datetime(2026, 1, 15, 20, 59, tzinfo=UTC), False),
        (datetime(2026, 1, 15, 21, tzinfo=UTC), True),
        (datetime(2026, 1, 16, 4, 59, tzinfo=UTC), True),
        (datetime(2026, 1, 16, 5, tzinfo=UTC), False),
        (datetime(2026, 7, 15, 20, tzinfo=UTC), True),  # summer time: an hour earlier in UTC
        (datetime(2026, 7, 16, 4, tzinfo=UTC), False),
    ],
)
def test_a_window_goes_by_the_clock_on_the_wall(at: datetime, is_open: bool) -> None:  # noqa: FBT001
    assert NIGHT.is_open(at) is is_open


def open_minutes(window: Window, day: datetime) -> int:
    return sum(window.is_open(day + timedelta(minutes=one)) for one in range(26 * 60))


def test_nights_when_the_clock_is_changed_are_shorter_and_longer() -> None:
    evening = timedelta(hours=18)
    spring, autumn = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)
    hours = [round(open_minutes(NIGHT, day + evening - timedelta(hours=6)) / 60)
             for day in (datetime(2026, 2, 1, tzinfo=UTC), spring, autumn)]  # fmt: skip
    assert hours == [8, 7, 9]
    assert open_minutes(Window(time(2, 10), time(2, 50), BERLIN), spring + evening) == 0


def test_a_window_inside_a_day_opens_and_closes_and_has_a_name() -> None:
    window = Window(time(1), time(5, 30), UTC)
    assert [window.is_open(NOON.replace(hour=hour)) for hour in (0, 1, 5, 6)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert str(window) == "01:00-05:30"


@given(st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)))  # noqa: DTZ001
def test_a_moment_is_inside_a_window_or_inside_the_rest_of_the_day(at: datetime) -> None:
    rest = Window(NIGHT.closes, NIGHT.opens, NIGHT.zone)
    assert NIGHT.is_open(at.replace(tzinfo=UTC)) is not rest.is_open(at.replace(tzinfo=UTC))


def test_an_assignment_that_is_over_starts_nothing() -> None:
    wish = assignment(5, 1, NOON, days=1)
    assert lapsed(None, 5, NOON) == lapsed(wish, 5, NOON) == lapsed(wish, 4, wish.expires) == ""
    assert "2026-03-03 12:00 UTC" in lapsed(wish, 5, wish.expires)


def test_only_what_runs_the_same_models_as_before_is_a_way_back() -> None:
    old, new = tiny(2.0), tiny(3.0)
    assert is_return(release(3, old), release(1, old))
    assert not is_return(release(3, new), release(1, old))
    assert not is_return(release(3, old), None)
