"""An item's days as they are shown: unknown is unknown, and lost sales are not no demand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from edge_agent.core.item_history import (
    DayMark,
    ErrorSums,
    Fared,
    Foretold,
    ItemFacts,
    Offer,
    ShownDay,
    Sold,
    fared,
    levels_shown,
    shown_days,
)
from edge_agent.core.stock_outs import StockOut
from tests.fakes.clock import NOON

TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


def sold(units: float, in_stock: float = 1.0) -> Sold:
    return Sold(units, in_stock, 1.5, promotion=False)


def on(shown: tuple[ShownDay, ...], day: date) -> ShownDay:
    return next(one for one in shown if one.day == day)


def days_of(facts: ItemFacts, back: int = 20, ahead: int = 2) -> tuple[ShownDay, ...]:
    return shown_days(facts, TODAY - back * DAY, TODAY + ahead * DAY, TODAY)


def test_a_day_without_a_tally_sold_none_only_if_the_store_sold_something() -> None:
    facts = ItemFacts(
        sold={TODAY - 3 * DAY: sold(4.0)},
        begun=TODAY - 3 * DAY,
        told=frozenset({TODAY - 5 * DAY, TODAY - 3 * DAY, TODAY - 2 * DAY}),
    )
    shown = days_of(facts, back=5, ahead=1)
    assert [one.units for one in shown] == [None, None, 4.0, 0.0, None, None, None]
    assert [one.in_stock for one in shown] == [None, None, 1.0, 1.0, None, None, None]


def test_an_item_that_never_sold_is_unknown_throughout() -> None:
    shown = days_of(ItemFacts(told=frozenset({TODAY - DAY})), back=2, ahead=0)
    assert [one.units for one in shown] == [None, None, None]
    assert shown[0].promotion is None


def test_a_day_with_a_stock_out_has_an_estimate_above_its_sales() -> None:
    days = {TODAY - n * DAY: sold(10.0) for n in range(1, 15)}
    days[TODAY - 4 * DAY] = sold(4.0, 0.5)
    facts = ItemFacts(sold=days, begun=TODAY - 14 * DAY, told=frozenset(days))
    shown = days_of(facts, back=14)
    short = on(shown, TODAY - 4 * DAY)
    assert short.estimate is not None
    assert 6.0 < short.estimate < 11.0
    assert [one.day for one in shown if one.estimate is not None] == [short.day]


def test_too_short_a_past_estimates_nothing() -> None:
    days = {TODAY - n * DAY: sold(4.0, 0.5) for n in range(1, 4)}
    shown = days_of(ItemFacts(sold=days, begun=min(days), told=frozenset(days)))
    assert {one.estimate for one in shown} == {None}


def test_what_a_day_is_like_stands_with_it() -> None:
    since = datetime(2026, 3, 1, 9, tzinfo=UTC)
    out = StockOut("g", TODAY - DAY, "camera", since, since + DAY / 4, 0.3, None, "a/1")
    facts = ItemFacts(
        sold={TODAY - DAY: Sold(3.0, 0.7, None, promotion=True)},
        begun=TODAY - DAY,
        told=frozenset({TODAY - DAY}),
        stock_outs=(out,),
        prices=((TODAY - 5 * DAY, 2.0), (TODAY + DAY, 1.0)),
        offers=(Offer(TODAY + DAY, TODAY + DAY, 0.5),),
        marks={TODAY: (DayMark("holiday", "Carnival"),)},
    )
    shown = days_of(facts, back=6)
    assert [one.price for one in shown[:2]] == [None, 2.0]
    before, now, after, last = shown[-4:]
    assert (before.stock_outs, before.promotion, before.price) == ((out,), True, 2.0)
    assert (now.marks, now.promotion) == ((DayMark("holiday", "Carnival"),), None)
    assert (after.promotion, after.price) == (True, 1.0)
    assert last.promotion is None


def test_a_forecast_stands_with_its_two_intervals() -> None:
    levels = {0.05: 1.0, 0.2: 2.0, 0.5: 3.0, 0.8: 5.0, 0.95: 8.0}
    told = Foretold(3.2, levels, NOON, 4, "alike", 0.95, ("Match: +30%",))
    one = days_of(ItemFacts(foretold={TODAY: told}), back=1, ahead=0)[-1]
    assert (one.expected, one.low, one.inner_low, one.inner_high, one.high) == (3.2, 1, 2, 5, 8)
    assert (one.at_least_one, one.basis, one.reasons) == (0.95, "alike", ("Match: +30%",))


def test_a_forecast_without_quantiles_has_no_interval() -> None:
    one = days_of(ItemFacts(foretold={TODAY: Foretold(3.2, {}, NOON, 4)}), ahead=0)[-1]
    assert (one.expected, one.low, one.inner_high) == (3.2, None, None)


@pytest.mark.parametrize(
    ("levels", "shown"),
    [
        ((0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95), (0.05, 0.95, 0.2, 0.8)),
        ((0.9, 0.1), (0.1, 0.9, 0.1, 0.9)),
        ((0.5,), None),
        ((), None),
    ],
)
def test_the_intervals_shown_are_the_widest_and_about_the_middle_half(
    levels: tuple[float, ...], shown: tuple[float, ...] | None
) -> None:
    assert levels_shown(levels) == shown


def test_errors_are_told_relative_to_what_sold() -> None:
    assert fared(ErrorSums()) is None
    assert fared(ErrorSums(4, 20.0, -2.0, 5.0, 3)) == Fared(4, 0.25, -0.1, 0.75)
    assert fared(ErrorSums(2, 0.0, 1.0, 1.0, 2)) == Fared(2, None, None, 1.0)
