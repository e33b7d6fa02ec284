from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.models.media.arrivals import WEEK, expected, hour_of_week, pace, rhythm

MONDAY = datetime.fromisoformat("2026-03-02T00:00")  # of the store's clock: no zone
moments = st.integers(0, 200 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes))


def test_a_week_is_the_sum_of_its_hours() -> None:
    week = np.arange(WEEK, dtype=float)
    assert expected(week, MONDAY, MONDAY + timedelta(weeks=1)) == week.sum()
    assert expected(week, MONDAY, MONDAY + timedelta(hours=2.5)) == 0 + 1 + 0.5 * 2


@given(moments, moments, moments)
def test_spans_add_up(one: datetime, two: datetime, three: datetime) -> None:
    week = np.random.default_rng(3).random(WEEK)
    first, middle, last = sorted((one, two, three))
    parts = expected(week, first, middle) + expected(week, middle, last)
    assert parts == pytest.approx(expected(week, first, last))


def test_nothing_comes_in_a_time_that_is_over() -> None:
    assert expected(np.ones(WEEK), MONDAY, MONDAY - timedelta(hours=1)) == 0


def test_hours_of_the_week_begin_on_monday() -> None:
    assert hour_of_week(MONDAY) == 0
    assert hour_of_week(MONDAY + timedelta(days=6, hours=23)) == WEEK - 1


def test_a_rhythm_leans_on_the_mean_while_weeks_are_few() -> None:
    counts = np.zeros(WEEK)
    counts[10] = 168.0
    assert rhythm(counts, 1.0)[10] == pytest.approx((168 + 0.5) / 1.5)
    assert rhythm(counts, 1.0)[0] == pytest.approx(0.5 / 1.5)
    assert rhythm(np.zeros(WEEK), 0.0).tolist() == [1.0] * WEEK


def test_the_pace_follows_what_comes_and_doubts_little() -> None:
    assert pace(0, 0) == 1.0
    assert pace(2000, 1000) == pytest.approx(2.0, rel=0.05)
    assert pace(0, 5) == 0.8
