"""A day's tally: the same facts give the same tally, and absence is told apart from no demand."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.facing import Opening
from edge_agent.core.hours import HOURS, HourSums
from edge_agent.core.sales import (
    DayFacts,
    DayTally,
    ItemTotal,
    Told,
    next_revision,
    open_span,
    tally,
    tally_events,
)
from edge_agent.core.stock_outs import Absence, Witnesses
from endcap.wire.events import ItemTally

MILK, BREAD = "04006381333931", "05000112637922"
DAY = date(2026, 3, 2)
OPENING = Opening(time(8), time(20), UTC)


def hour(of_day: float) -> datetime:
    return datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=of_day)


def facts(
    *absences: Absence, totals: tuple[ItemTotal, ...] = (), facings: dict[str, int] | None = None
) -> DayFacts:
    heard = Witnesses(absences, facings or {})
    return DayFacts(DAY, totals, heard, HourSums(np.zeros(HOURS)), 1)


def absent(begin: float, end: float | None, facing: str = "a1", gtin: str = MILK) -> Absence:
    return Absence(facing, gtin, hour(begin), None if end is None else hour(end))


def shares(*absences: Absence, facings: dict[str, int] | None = None) -> dict[str, float]:
    tallied = tally(facts(*absences, facings=facings), OPENING)
    return {item.gtin: item.in_stock for item in tallied.items}


def test_sales_and_returns_are_netted_and_the_price_is_what_was_paid() -> None:
    total = ItemTotal(MILK, sold=4, returned=1, gross=8.0, refunded=2.0, promotion=True)
    assert tally(facts(totals=(total,)), OPENING).items == (
        ItemTally(gtin=MILK, units=3, returns=1, revenue=6.0, price=2.0, promotion=True),
    )


def test_an_item_that_only_came_back_has_no_price() -> None:
    total = ItemTotal(MILK, sold=0, returned=2, gross=0.0, refunded=4.0, promotion=False)
    [item] = tally(facts(totals=(total,)), OPENING).items
    assert (item.units, item.revenue, item.price) == (-2.0, -4.0, None)


def test_an_item_that_was_missing_and_did_not_sell_is_told() -> None:
    [item] = tally(facts(absent(8, 14)), OPENING).items
    assert (item.gtin, item.units, item.in_stock) == (MILK, 0.0, 0.5)


def test_only_the_opening_time_counts() -> None:
    assert shares(absent(0, 8)) == {}
    assert shares(absent(20, None)) == {}
    assert shares(absent(-30, None)) == {MILK: 0.0}
    assert shares(absent(17, None)) == {MILK: 0.75}


def test_an_item_with_another_facing_is_still_there() -> None:
    assert shares(absent(8, 20), facings={MILK: 2}) == {}
    both = (absent(8, 14), absent(11, 17, facing="a2"))
    assert shares(*both, facings={MILK: 2}) == {MILK: 0.75}


def test_facings_the_planogram_forgot_are_counted_where_they_were_seen() -> None:
    assert shares(absent(8, 14), absent(14, 20, facing="a2")) == {}


def test_overlapping_reports_of_one_facing_count_once() -> None:
    assert shares(absent(8, 12), absent(10, 14), absent(9, 11)) == {MILK: 0.5}


def test_a_day_of_25_hours_is_as_long_as_it_is() -> None:
    begin, end = open_span(date(2026, 10, 25), Opening(time(0), time(0), ZoneInfo("Europe/Berlin")))
    assert end - begin == timedelta(hours=25)


def test_a_store_may_close_after_midnight() -> None:
    begin, end = open_span(DAY, Opening(time(18), time(2), UTC))
    assert (begin, end) == (hour(18), hour(26))


@given(
    st.lists(
        st.tuples(
            st.floats(-5, 30, width=16),
            st.floats(0, 20, width=16),
            st.sampled_from(["a1", "a2", "a3"]),
            st.sampled_from([MILK, BREAD]),
        ),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_a_share_is_a_share_in_any_order(
    rows: list[tuple[float, float, str, str]], rng: Random
) -> None:
    absences = [absent(begin, begin + length, facing, gtin) for begin, length, facing, gtin in rows]
    found = shares(*absences, facings={MILK: 1, BREAD: 2})
    assert all(0.0 <= share < 1.0 for share in found.values())
    rng.shuffle(absences)
    assert shares(*absences, facings={MILK: 1, BREAD: 2}) == found


@given(st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=8))
def test_a_share_agrees_with_counting_the_hours(spans: list[tuple[int, int]]) -> None:
    empty = {h for begin, end in spans for h in range(begin, end)} & set(range(8, 20))
    found = shares(*(absent(begin, end) for begin, end in spans))
    assert found.get(MILK, 1.0) == round(1 - len(empty) / 12, 4)


def test_the_same_tally_is_told_once_and_another_gets_the_next_revision() -> None:
    first = DayTally(DAY, (ItemTally(gtin=MILK, units=1, revenue=1),), 1)
    later = DayTally(DAY, (ItemTally(gtin=MILK, units=2, revenue=2),), 2)
    assert next_revision(None, first.digest) == 1
    assert next_revision(Told(1, first.digest), first.digest) is None
    assert next_revision(Told(1, first.digest), later.digest) == 2


def test_a_long_day_is_told_in_parts() -> None:
    items = tuple(ItemTally(gtin=MILK, units=n, revenue=n) for n in range(1001))
    parts = tally_events(DayTally(DAY, items, 1), 3)
    assert [(one.part, one.parts, one.revision, len(one.items)) for one in parts] == [
        (1, 3, 3, 500),
        (2, 3, 3, 500),
        (3, 3, 3, 1),
    ]


def test_a_day_that_lost_all_its_sales_is_told_empty() -> None:
    [part] = tally_events(DayTally(DAY, (), 1), 2)
    assert (part.part, part.parts, part.items) == (1, 1, ())
