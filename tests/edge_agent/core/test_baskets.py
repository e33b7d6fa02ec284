"""Basket sums by week: told when the week is over, never below the minimum group."""

from datetime import date, timedelta

from edge_agent.core.baskets import (
    PeriodFacts,
    basket_events,
    closed_periods,
    count,
    period_of,
)

MILK, BREAD, SALT = "04006381333931", "05000112637922", "00000012345670"
MONDAY = date(2026, 3, 2)


def test_a_period_is_an_iso_week() -> None:
    assert {period_of(date(2026, 3, day)) for day in range(2, 9)} == {MONDAY}


def test_a_period_of_a_season_has_thirteen_weeks() -> None:
    season = timedelta(days=91)
    first = period_of(MONDAY, season)
    assert first.weekday() == 0
    assert {period_of(first + timedelta(days=n), season) for n in range(91)} == {first}
    assert period_of(first + season, season) == first + season
    assert closed_periods([first], first + timedelta(days=90), season) == ()
    assert closed_periods([first], first + season, season) == (first,)


def test_only_weeks_that_are_over_are_told_the_oldest_first() -> None:
    days = [date(2026, 3, 11), date(2026, 3, 8), date(2026, 2, 26), date(2026, 3, 3)]
    assert closed_periods(days, date(2026, 3, 9)) == (date(2026, 2, 23), MONDAY)
    assert closed_periods(days, date(2026, 3, 8)) == (date(2026, 2, 23),)


def test_small_counts_stay_in_the_store() -> None:
    facts = PeriodFacts(MONDAY, ((MILK, BREAD), (MILK, BREAD), (MILK, SALT)), 3)
    [event] = basket_events(count(facts, 2), 1)
    assert event.items == ((MILK, 3), (BREAD, 2))
    assert event.pairs == ((MILK, BREAD, 2),)
    assert (event.baskets, event.suppressed, event.minimum_group) == (3, 2, 2)
    assert (event.period, event.days, event.part, event.parts) == (MONDAY, 7, 1, 1)


def test_equal_sums_have_equal_digests() -> None:
    one = count(PeriodFacts(MONDAY, ((MILK, BREAD), (BREAD, MILK)), 1), 2)
    same = count(PeriodFacts(MONDAY, ((BREAD, MILK), (MILK, BREAD)), 9), 2)
    other = count(PeriodFacts(MONDAY, ((MILK,), (BREAD, MILK)), 1), 2)
    assert one.digest == same.digest != other.digest
