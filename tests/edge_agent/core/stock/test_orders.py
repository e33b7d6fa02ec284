"""The last unit that is ordered pays for itself, and no unit is ordered twice."""

from datetime import date
from math import isclose

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.core.stock.lots import Lot
from edge_agent.core.stock.orders import Ordered, Worth, by_margin, by_service, order, without
from edge_agent.core.stock.supply import Coverage, Supply
from tests.edge_agent.core.stock.shop import MILK, RANKS, TODAY, after, selling, surely

TOMORROW = Coverage(TODAY, after(1), after(2))
THREE_DAYS = Coverage(TODAY, after(1), after(4))
FRESH = Supply(MILK, case_pack=0.01, shelf_life_days=1)
KEEPS = Supply(MILK, case_pack=0.01)


def ordered(
    supply: Supply,
    covered: Coverage = TOMORROW,
    *lots: Lot,
    mean: float = 100,
    worth: Worth = by_service(0.95),  # noqa: B008 - a frozen value
) -> Ordered:
    found = order(supply, covered, lots, selling(mean), RANKS, worth)
    assert found is not None
    return found


def test_an_item_of_one_day_is_ordered_to_its_critical_ratio() -> None:
    assert ordered(FRESH).units == pytest.approx(150, abs=1.5)
    even = by_margin(price=2.0, cost=1.0, keep=0.0)
    assert ordered(FRESH, worth=even).units == pytest.approx(100, abs=1.5)
    dear = by_margin(price=4.0, cost=3.0, keep=0.0)
    assert ordered(FRESH, worth=dear).units == pytest.approx(75, abs=1.5)


def test_goodwill_makes_orders_larger_and_a_loss_makes_none() -> None:
    plain, warm = (by_margin(2.0, 1.0, 0.0, goodwill) for goodwill in (0.0, 0.5))
    assert ordered(FRESH, worth=warm).units > ordered(FRESH, worth=plain).units
    assert ordered(FRESH, worth=by_margin(1.0, 2.0, 0.0)).units == 0


def test_an_item_that_keeps_lasts_until_the_next_delivery() -> None:
    found = ordered(KEEPS, THREE_DAYS)
    assert 330 < found.units < 450  # far below three times the 95th percentile of a day
    assert found.likely[0] == pytest.approx(300, rel=0.05)
    assert found.likely[1] < 300 < found.likely[2]


def test_a_longer_life_makes_orders_larger() -> None:
    worth = by_margin(2.0, 1.0, 0.001)
    lives = [Supply(MILK, case_pack=0.01, shelf_life_days=life) for life in (1, 2, 4)]
    one, two, four = (ordered(supply, worth=worth).wanted for supply in lives)
    assert one < two <= four


def test_what_spoils_before_the_next_delivery_is_not_ordered_for_it() -> None:
    two_days = Supply(MILK, case_pack=0.01, shelf_life_days=2)
    assert ordered(two_days, THREE_DAYS).units == pytest.approx(
        ordered(two_days, Coverage(TODAY, after(1), after(3))).units
    )


def test_stock_on_hand_and_on_order_counts_unless_it_expires() -> None:
    alone = ordered(FRESH).units
    assert ordered(FRESH, TOMORROW, Lot(40, TODAY)).units == alone
    on_its_way = ordered(FRESH, TOMORROW, Lot(40, None, comes=after(1)))
    assert isclose(on_its_way.units, alone - 40, abs_tol=0.011)
    expired = ordered(KEEPS, TOMORROW, Lot(500, TODAY))
    assert expired.thrown == pytest.approx(400, rel=0.05)


def test_what_is_missed_before_the_delivery_is_not_owed() -> None:
    assert ordered(KEEPS).units == pytest.approx(150, abs=1.5)
    later = Coverage(TODAY, after(5), after(6))
    assert ordered(KEEPS, later).units == pytest.approx(150, abs=1.5)


def test_plenty_orders_nothing() -> None:
    found = ordered(KEEPS, TOMORROW, Lot(5000))
    assert (found.units, found.missed) == (0, 0.0)
    assert found.left == pytest.approx(4900, rel=0.01)


def test_a_forecast_that_ends_too_soon_orders_nothing_at_all() -> None:
    assert order(KEEPS, THREE_DAYS, (), selling(5, 3), RANKS, by_service(0.9)) is None
    assert order(KEEPS, THREE_DAYS, (), (), RANKS, by_service(0.9)) is None


def test_a_life_beyond_the_forecast_is_taken_to_go_on() -> None:
    worth = by_margin(2.0, 1.0, 0.0)
    long, short = (Supply(MILK, case_pack=0.01, shelf_life_days=life) for life in (60, 14))
    assert ordered(long, worth=worth).wanted >= ordered(short, worth=worth).wanted


@pytest.mark.parametrize(
    ("mean", "case", "least", "units"),
    [(10, 6, 0, 12), (10, 12, 0, 12), (1, 6, 0, 6), (1, 6, 24, 0), (10, 6, 24, 0), (13, 6, 20, 24)],
)
def test_orders_are_whole_cases_and_at_least_the_minimum(
    mean: float, case: float, least: float, units: float
) -> None:
    supply = Supply(MILK, case_pack=case, minimum_units=least)
    found = order(supply, TOMORROW, (), surely(mean), RANKS, by_service(0.95))
    assert found is not None
    assert found.units == units


def test_by_margin_the_nearer_number_of_cases_is_ordered() -> None:
    worth = by_margin(2.0, 1.0, 0.0)
    for mean, units in ((8, 6), (10, 12)):
        found = order(Supply(MILK, case_pack=6), TOMORROW, (), surely(mean), RANKS, worth)
        assert found is not None
        assert found.units == units


def test_closed_days_sell_nothing() -> None:
    days = without(selling(100), {after(2)})
    assert after(2) not in {one.day for one in days}
    found = order(KEEPS, THREE_DAYS, (), days, RANKS, by_service(0.5))
    assert found is not None
    assert found.units == pytest.approx(200, rel=0.05)


lots = st.lists(
    st.builds(
        Lot,
        st.floats(0, 60),
        st.none() | st.integers(0, 6).map(after),
        st.none() | st.integers(0, 3).map(after),
    ),
    max_size=3,
)
worths = st.builds(by_service, st.floats(0.5, 0.99)) | st.builds(
    by_margin, st.floats(1, 5), st.floats(0.1, 5), st.floats(0, 0.2)
)
few = np.ascontiguousarray(RANKS[::8])


@settings(deadline=None, max_examples=60)
@given(
    held=lots,
    more=st.floats(0, 40),
    expires=st.none() | st.integers(0, 6).map(after),
    life=st.none() | st.integers(1, 10),
    case=st.sampled_from((0.5, 1.0, 6.0)),
    least=st.sampled_from((0.0, 10.0)),
    reach=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    worth=worths,
)
def test_more_on_hand_never_orders_more(  # noqa: PLR0913, PLR0917 - each is one thing that may vary
    held: list[Lot],
    more: float,
    expires: date | None,
    life: int | None,
    case: float,
    least: float,
    reach: tuple[int, int],
    worth: Worth,
) -> None:
    supply = Supply(MILK, case_pack=case, minimum_units=least, shelf_life_days=life)
    covered = Coverage(TODAY, after(reach[0]), after(sum(reach)))
    days = selling(20, 8)
    before = order(supply, covered, held, days, few, worth)
    after_ = order(supply, covered, [*held, Lot(more, expires)], days, few, worth)
    assert before is not None
    assert after_ is not None
    assert after_.units <= before.units + 1e-9
    cases = after_.units / case
    assert abs(cases - round(cases)) < 1e-9
    assert after_.units == 0 or after_.units >= least
