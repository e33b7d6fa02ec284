"""Basket sums by period: told when it is over, at the price that was agreed."""

from datetime import date, timedelta

import pytest

from edge_agent.core.baskets import (
    BASKETS_SHARE,
    BasketRule,
    PeriodFacts,
    basket_events,
    closed_periods,
    count,
    period_of,
)
from endcap.models.shopper.private import Budget

MILK, BREAD, SALT = "04006381333931", "05000112637922", "00000012345670"
MONDAY = date(2026, 3, 2)
OPEN = BasketRule(2, budget=Budget(1e6, 1e-6))
"""So much may be told that the noise hardly shows."""


def facts(*baskets: tuple[str, ...], changes: int = 1) -> PeriodFacts:
    dairy = {MILK: "dairy", BREAD: "bakery"}
    return PeriodFacts(MONDAY, tuple((one,) for one in baskets), changes, catalogue=dairy)


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


def test_what_many_bought_is_told_with_its_terms() -> None:
    bought = [(MILK, BREAD)] * 20 + [(MILK, SALT)]
    [event] = basket_events(count(facts(*bought), OPEN))
    assert [gtin for gtin, _ in event.items] == [MILK, BREAD]
    [(one, other, n)] = event.pairs
    assert (one, other) == (MILK, BREAD)
    assert n / event.steps == pytest.approx(20, abs=0.3)
    assert event.baskets / event.steps == pytest.approx(21, abs=0.3)
    assert (event.categories, len(event.kinds)) == (("bakery", "dairy"), 3)
    assert (event.suppressed, event.minimum_group) == (0, 2)
    assert (event.period, event.days, event.part, event.parts) == (MONDAY, 7, 1, 1)
    assert event.noise == OPEN.telling().noise


def test_the_same_receipts_give_the_same_answer_and_others_another_noise() -> None:
    rule = BasketRule(2, secret=b"key")
    one = count(facts((MILK, BREAD), (BREAD, MILK)), rule)
    assert one.sums == count(facts((BREAD, MILK), (MILK, BREAD), changes=9), rule).sums
    assert one.sums != count(facts((MILK,), (BREAD, MILK)), rule).sums
    assert one.sums != count(facts((MILK, BREAD), (BREAD, MILK)), BasketRule(2)).sums


def test_the_periods_of_a_year_together_cost_their_share_of_the_budget() -> None:
    for days, number in ((7, 53), (28, 14), (364, 2)):
        rule = BasketRule(5, timedelta(days=days))
        assert number * rule.telling().rho == pytest.approx(BASKETS_SHARE * rule.noise_budget.rho)


def test_the_secret_is_never_shown() -> None:
    assert "sesame" not in repr(BasketRule(5, secret=b"sesame"))
