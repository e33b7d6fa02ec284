"""An order comes with a lorry, on a day on which somebody is in."""

from datetime import date, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.stock.supply import LOOK_AHEAD, Coverage, Supply, coverage
from tests.edge_agent.core.stock.shop import DAY, MILK, TODAY, after
from tests.fakes.clock import NOON


def test_an_order_of_this_morning_comes_after_its_lead_time() -> None:
    assert coverage(Supply(MILK, lead_days=2), NOON, ()) == Coverage(TODAY, after(2), after(3))


def test_after_the_cut_off_it_is_tomorrows() -> None:
    supply = Supply(MILK, order_by=time(11))
    assert coverage(supply, NOON, ()) == Coverage(after(1), after(2), after(3))
    assert coverage(supply, NOON.replace(hour=11), ()) == Coverage(TODAY, after(1), after(2))


def test_the_lorry_comes_on_its_days_and_not_while_the_store_is_closed() -> None:
    tuesdays_and_fridays = Supply(MILK, delivery_days=frozenset({1, 4}))
    assert coverage(tuesdays_and_fridays, NOON, ()) == Coverage(TODAY, after(1), after(4))
    assert coverage(tuesdays_and_fridays, NOON, {after(1)}) == Coverage(TODAY, after(4), after(8))


def test_without_a_lorry_nothing_can_be_ordered() -> None:
    assert coverage(Supply(MILK, delivery_days=frozenset()), NOON, ()) is None
    once = {after(n) for n in range(LOOK_AHEAD + 1) if n != 5}
    assert coverage(Supply(MILK), NOON, once) is None


def test_a_shelf_life_counts_the_day_of_the_delivery() -> None:
    assert Supply(MILK).last_day(TODAY) is None
    assert Supply(MILK, shelf_life_days=1).last_day(TODAY) == TODAY
    assert Supply(MILK, shelf_life_days=3).last_day(TODAY) == after(2)


@given(
    lead=st.integers(0, 10),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    closed=st.frozensets(st.integers(0, 40), max_size=20),
    hours=st.integers(0, 14 * 24),
    cut=st.times(),
)
def test_nothing_ever_comes_on_a_closed_day_or_too_soon(
    lead: int, weekdays: frozenset[int], closed: frozenset[int], hours: int, cut: time
) -> None:
    supply = Supply(MILK, lead_days=lead, delivery_days=weekdays, order_by=cut)
    shut: set[date] = {after(n) for n in closed}
    found = coverage(supply, NOON + timedelta(hours=hours), shut)
    if found is None:
        return
    assert {found.arrives, found.until}.isdisjoint(shut)
    assert {found.arrives.weekday(), found.until.weekday()} <= weekdays
    assert found.until > found.arrives >= found.ordered + lead * DAY
