"""When an item sells: from hours in which it was there, a thin item leaning on its like."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from edge_agent.core.facing import Opening
from edge_agent.core.hours import (
    HALF_LIFE,
    HOURS,
    HourLesson,
    HourSums,
    Profiles,
    day_clock,
    is_weekend,
    lesson_of,
    open_hours,
    weight_of,
)
from edge_agent.core.sales import open_span

OPENING = Opening(time(8), time(20), UTC)
DAY = date(2026, 3, 2)


def hour(of_day: float, day: date = DAY) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(hours=of_day)


def added(lessons: list[HourLesson], category: dict[str, str] | None = None) -> HourSums:
    """Return what lessons add up to."""
    sums = HourSums(np.zeros(HOURS), {}, {}, category or {})
    units, missing, days = dict(sums.units), dict(sums.missing), sums.days
    for one in lessons:
        days = days + one.days
        for gtin, more in one.units.items():
            units[gtin] = units.get(gtin, np.zeros(HOURS)) + more
        for gtin, more in one.missing.items():
            missing[gtin] = missing.get(gtin, np.zeros(HOURS)) + more
    return HourSums(days, units, missing, category or {})


def days(sold: dict[str, list[tuple[float, float]]], count: int = 20) -> list[HourLesson]:
    """Return so many days alike: by item, the hour and the units of each sale."""
    moments = [(gtin, at, units) for gtin, rows in sold.items() for at, units in rows]
    return [
        lesson_of(DAY, [(gtin, hour(at), units) for gtin, at, units in moments], [], OPENING)
        for _ in range(count)
    ]


def test_a_day_counts_half_one_half_life_later() -> None:
    later = DAY + timedelta(days=HALF_LIFE)
    assert weight_of(later) == pytest.approx(2 * weight_of(DAY))
    assert [is_weekend(DAY + timedelta(days=n)) for n in (0, 4, 5, 6)] == [0, 0, 1, 1]


def test_without_sales_the_opening_time_is_all_that_is_known() -> None:
    found = Profiles(HourSums(np.zeros(HOURS)), OPENING).of("x")
    np.testing.assert_allclose(found, open_hours(OPENING))
    assert found[7] == found[20] == 0.0
    assert found.sum() == pytest.approx(1.0)


def test_hours_are_open_past_midnight_and_in_part() -> None:
    late = open_hours(Opening(time(18), time(2), UTC))
    assert np.flatnonzero(late).tolist() == [0, 1, 18, 19, 20, 21, 22, 23]
    half = open_hours(Opening(time(8, 30), time(10), UTC))
    assert half[8] == pytest.approx(half[9] / 2)
    np.testing.assert_allclose(open_hours(Opening(time(0), time(0), UTC)), 1 / 24)


def test_an_item_that_sells_at_noon_has_its_profile_there() -> None:
    sums = added(days({"bread": [(12.5, 9.0), (15.5, 1.0)]}))
    found = Profiles(sums, OPENING, weight_of(DAY)).of("bread")
    assert found[12] > 0.7
    assert found.sum() == pytest.approx(1.0)


def test_a_thin_item_leans_on_its_category_and_that_on_the_store() -> None:
    sold = {"bread": [(9.5, 20.0)], "roll": [(9.5, 0.05)], "milk": [(18.5, 20.0)]}
    kinds = {"bread": "bakery", "roll": "bakery", "milk": "dairy"}
    profiles = Profiles(added(days(sold), kinds), OPENING, weight_of(DAY))
    assert profiles.of("roll")[9] > 0.5 > profiles.of("roll")[18]
    stranger = profiles.of("unheard of")
    assert stranger[9] == pytest.approx(stranger[18], rel=0.01)


def test_an_hour_in_which_the_item_was_missing_is_filled() -> None:
    """Sold evenly whenever it was there; gone at noon on half of the days."""
    even = [(h + 0.5, 2.0) for h in range(8, 20)]
    lessons = days({"milk": even}, 10)
    gone = [("milk", hour(12), hour(13))]
    rest = [("milk", hour(at), units) for at, units in even if at != 12.5]
    lessons += [lesson_of(DAY, rest, gone, OPENING) for _ in range(10)]
    found = Profiles(added(lessons), OPENING, weight_of(DAY)).of("milk")
    assert found[12] == pytest.approx(found[15], rel=0.02)


def test_an_hour_in_which_it_was_never_there_is_like_the_others() -> None:
    rest = [("milk", hour(h + 0.5), 2.0) for h in range(8, 20) if h != 12]
    gone = [("milk", hour(12), hour(13))]
    lessons = [lesson_of(DAY, rest, gone, OPENING) for _ in range(20)]
    found = Profiles(added(lessons), OPENING, weight_of(DAY)).of("milk")
    assert found[12] == pytest.approx(found[15], rel=0.02)


def test_returns_and_overlapping_gaps_do_not_count_twice() -> None:
    found = lesson_of(
        DAY,
        [("milk", hour(9.5), -3.0)],
        [("milk", hour(9.25), hour(10)), ("milk", hour(9), hour(10.5))],
        OPENING,
    )
    weight = weight_of(DAY)
    assert found.units["milk"].sum() == 0.0
    np.testing.assert_allclose(found.missing["milk"][[9, 10]] / weight, [1.0, 0.5])


def test_a_share_is_that_of_the_profile_between_two_moments() -> None:
    clock = day_clock(open_span(DAY, OPENING), UTC)
    profile = np.zeros(HOURS)
    profile[[9, 17]] = 0.25, 0.75
    assert clock.share(profile, hour(9.5), hour(10.5)) == pytest.approx(0.125)
    assert clock.share(profile, hour(0), hour(24)) == pytest.approx(1.0)
    assert clock.share(profile, hour(12), hour(12)) == 0.0
    assert clock.share(np.zeros(HOURS), hour(9), hour(12)) == 0.0


def test_the_curve_covers_the_opening_time_hour_by_hour() -> None:
    clock = day_clock(open_span(DAY, Opening(time(8, 30), time(10), UTC)), UTC)
    curve = clock.curve(open_hours(Opening(time(8, 30), time(10), UTC)))
    assert [(begin, end) for begin, end, _ in curve] == [(hour(8.5), hour(9)), (hour(9), hour(10))]
    assert [share for _, _, share in curve] == pytest.approx([1 / 3, 2 / 3])


def test_an_hour_that_comes_twice_is_shared_by_both() -> None:
    zone = ZoneInfo("Europe/Berlin")
    opening = Opening(time(0), time(0), zone)
    clock = day_clock(open_span(date(2026, 10, 25), opening), zone)
    assert len(clock.hours) == 25
    curve = clock.curve(open_hours(opening))
    assert sum(share for _, _, share in curve) == pytest.approx(1.0)
    twice = [share for (_, _, share), at in zip(curve, clock.hours, strict=True) if at == 2]
    assert twice == pytest.approx([1 / 48, 1 / 48])
