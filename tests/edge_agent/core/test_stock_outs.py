"""Who says that an item was missing, and which share of its day that is."""

from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from edge_agent.core.facing import Opening
from edge_agent.core.hours import HOURS, HourSums, Profiles, day_clock, weight_of
from edge_agent.core.sales import open_span
from edge_agent.core.stock_outs import (
    LEAST_CHANCE,
    Absence,
    Mark,
    StockOut,
    Takings,
    Witnesses,
    missing_spans,
    stock_outs,
    stocked_shares,
)

MILK, BREAD = "04006381333931", "05000112637922"
DAY = date(2026, 3, 2)
OPENING = Opening(time(8), time(20), UTC)
CLOCK = day_clock(open_span(DAY, OPENING), UTC)
FLAT = Profiles(HourSums(np.zeros(HOURS)), OPENING)


def hour(of_day: float) -> datetime:
    return datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=of_day)


def found(heard: Witnesses, profiles: Profiles = FLAT) -> tuple[StockOut, ...]:
    return stock_outs(DAY, heard, CLOCK, profiles)


def marked(*marks: tuple[float, bool], gtin: str = MILK) -> Witnesses:
    return Witnesses(marks=[Mark(gtin, hour(at), there) for at, there in marks])


def every(minutes: float, begin: float = 8.0, end: float = 20.0) -> list[datetime]:
    """Return a moment every so many minutes."""
    count = int((end - begin) * 60 / minutes)
    return [hour(begin + n * minutes / 60) for n in range(count)]


def test_a_gap_at_the_busy_hour_weighs_more_than_one_at_dawn() -> None:
    busy = np.zeros(HOURS)
    busy[8:20] = 1.0
    busy[17] = 20.0
    sums = HourSums(np.where(busy > 0, weight_of(DAY), 0.0), {MILK: busy * 1000}, {}, {})
    profiles = Profiles(sums, OPENING)
    dawn, rush = (
        found(Witnesses([Absence("a1", MILK, hour(at), hour(at + 1))]), profiles)[0].share
        for at in (8, 17)
    )
    assert rush > 10 * dawn
    [one] = found(Witnesses([Absence("a1", MILK, hour(17), hour(18))]))
    assert (one.source, one.share, one.chance) == ("camera", round(1 / 12, 4), None)


def test_a_facing_out_of_sight_proves_nothing_either_way() -> None:
    empty = [Absence("a1", MILK, hour(9), hour(12))]
    hidden = [Absence("a2", MILK, hour(10), hour(11)), Absence("b1", BREAD, hour(10), None)]
    [one] = found(Witnesses(empty, {MILK: 2}, unseen=hidden))
    assert (one.gtin, one.since, one.until) == (MILK, hour(10), hour(11))
    assert found(Witnesses(empty, {MILK: 3}, unseen=hidden)) == (), "the third was seen full"
    all_hidden = [Absence("a1", MILK, hour(12), None), Absence("a2", MILK, hour(9), None)]
    [one] = found(Witnesses(empty, {MILK: 2}, unseen=all_hidden))
    assert (one.since, one.until) == (hour(9), hour(12)), "nobody saw it empty later"
    yesterday = [Absence("a1", MILK, hour(-9), hour(-8))]
    assert found(Witnesses(yesterday, unseen=hidden)) == ()


def test_a_count_of_nothing_holds_until_something_says_otherwise() -> None:
    [one] = found(marked((10, False), (14, True)))
    assert (one.source, one.since, one.until) == ("stock", hour(10), hour(14))
    [open_end] = found(marked((10, False)))
    assert open_end.until == hour(20)
    [from_yesterday] = found(marked((-5, False), (9, True), (7, False)))
    assert (from_yesterday.since, from_yesterday.until) == (hour(8), hour(9))


def test_counts_in_a_row_and_counts_of_something_change_nothing() -> None:
    [one] = found(marked((10, False), (12, False), (14, True), (15, True)))
    assert (one.since, one.until) == (hour(10), hour(14))
    assert found(marked((10, True))) == ()


def test_an_item_that_sells_often_and_falls_silent_was_missing() -> None:
    heard = Takings(
        expected={MILK: 72.0},
        usual=720.0,
        bought={MILK: every(10, end=14)},
        all_bought=every(1),
    )
    [one] = found(Witnesses(takings=heard))
    assert (one.source, one.until) == ("silence", hour(20))
    assert one.since == every(10, end=14)[-1]
    assert one.chance is not None
    assert one.chance < LEAST_CHANCE
    assert one.detail == "bought every 10 minutes as a rule, not once in 370"


def test_a_slow_item_is_never_missed() -> None:
    heard = Takings(expected={MILK: 11.0}, usual=100.0, all_bought=every(0.1))
    assert found(Witnesses(takings=heard)) == ()


def test_an_item_that_sells_often_enough_now_and_then_is_not_missed() -> None:
    heard = Takings({MILK: 36.0}, 720.0, {MILK: every(60)}, every(1))
    assert found(Witnesses(takings=heard)) == ()


def test_a_closed_till_is_no_stock_out() -> None:
    """Nothing at all is bought after 14 h: the store fell silent, not the item."""
    heard = Takings({MILK: 72.0}, 720.0, {MILK: every(10, end=14)}, every(1, end=14))
    assert found(Witnesses(takings=heard)) == ()


def test_a_quiet_day_asks_less_of_an_item() -> None:
    quiet = Takings({MILK: 24.0}, 7200.0, {MILK: []}, every(1))
    assert found(Witnesses(takings=quiet)) == ()
    usual = Takings({MILK: 24.0}, 720.0, {MILK: []}, every(1))
    assert len(found(Witnesses(takings=usual))) == 1


def test_witnesses_stand_apart_and_count_once() -> None:
    heard = Witnesses(
        [Absence("a1", MILK, hour(8), hour(14)), Absence("b1", BREAD, hour(8), hour(8.001))],
        {},
        [Mark(MILK, hour(11), there=False), Mark(MILK, hour(17), there=True)],
    )
    told = found(heard)
    assert [(one.gtin, one.source) for one in told] == [(MILK, "camera"), (MILK, "stock")]
    assert missing_spans(told) == {MILK: [(hour(8), hour(17))]}
    assert stocked_shares(told, CLOCK, FLAT) == {MILK: 0.25}
