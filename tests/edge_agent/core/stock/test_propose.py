"""From what a store knows of an item to what a person is asked to do."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from edge_agent.core.stock.elasticity import PastDay
from edge_agent.core.stock.facts import Item, Rules
from edge_agent.core.stock.lots import Lot
from edge_agent.core.stock.markdowns import MarkdownRule
from edge_agent.core.stock.on_hand import Count
from edge_agent.core.stock.proposals import Proposal, said, weekday_of
from edge_agent.core.stock.propose import proposals
from edge_agent.core.stock.refills import ShelfGap
from edge_agent.core.stock.supply import Supply
from tests.edge_agent.core.stock.shop import DAY, MILK, TODAY, after, moment, selling
from tests.fakes.clock import NOON

BREAD = "05000112637922"
GAP = ShelfGap(NOON - timedelta(minutes=30), 1, 2, "aisle-1 f1")
KEEPS = Supply(MILK, case_pack=6, lead_days=1)
FRESH = Supply(MILK, case_pack=2, lead_days=1, shelf_life_days=2, unit_cost=1.0)


def item(**more: object) -> Item:
    """Return an item that was counted this morning, with a forecast and a way to be bought."""
    plain = Item(MILK, KEEPS, Count(8, NOON - timedelta(hours=3)), days=selling(10), price=2.0)
    return replace(plain, **more)  # type: ignore[arg-type]  # any of its fields


def of(one: Item, rules: Rules = Rules(), at: datetime = NOON) -> Mapping[str, Proposal]:  # noqa: B008 - frozen
    """Return what is proposed for an item, by kind."""
    return {found.what: found for found in proposals([one], moment(at), rules)}


def test_an_order_says_why() -> None:
    found = of(item())
    assert set(found) == {"order"}
    order = found["order"]
    assert order.id == f"order:{MILK}:2026-03-02"
    assert order.amount == 18
    assert order.until == NOON.replace(hour=23, minute=59)
    words = "; ".join(order.reasons)
    for said_ in ("comes Tue 3 Mar", "8 on hand: counted today", "in cases of 6", "95%"):
        assert said_ in words
    assert order.figures["arrives"] == "2026-03-03"
    assert order.figures["expires"] is None


def test_what_is_on_order_is_not_ordered_again() -> None:
    on_order = (Lot(60, None, comes=after(1)),)
    assert set(of(item(on_order=on_order))) == set()
    some = of(item(days=selling(40), on_order=(Lot(6, None, comes=after(1)),)))["order"]
    assert "6 on order" in some.reasons


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (item(count=None), "never counted: count it"),
        (item(count=Count(8, NOON - 20 * DAY)), "last counted 20 days ago: count it"),
        (item(days=()), "no forecast yet, too little history: count it and order by eye"),
    ],
)
def test_what_is_not_known_is_to_be_counted_and_gets_no_figure(one: Item, why: str) -> None:
    (found,) = of(one).values()
    assert (found.what, found.amount, found.reasons) == ("count", None, (why,))


def test_an_item_that_is_not_bought_in_is_let_alone() -> None:
    assert of(item(supply=None)) == {}


def test_an_order_after_the_cut_off_is_tomorrows() -> None:
    found = of(item(supply=replace(KEEPS, order_by=time(11))))["order"]
    assert found.day == after(1)
    assert found.until == (NOON + DAY).replace(hour=11)


def test_no_lorry_or_too_short_a_forecast_orders_nothing() -> None:
    assert of(item(supply=replace(KEEPS, delivery_days=frozenset()))) == {}
    assert of(item(supply=replace(KEEPS, lead_days=14))) == {}


def test_by_margin_money_decides_where_it_is_known() -> None:
    rules = Rules(policy="margin")
    dear = item(supply=replace(FRESH, unit_cost=1.8), count=Count(0, NOON))
    assert "a missed sale costs 0.20, a unit thrown away 1.80" in of(dear, rules)["order"].reasons
    cheap = item(supply=replace(FRESH, unit_cost=0.2), count=Count(0, NOON))
    amounts = [of(one, rules)["order"].amount or 0 for one in (dear, cheap)]
    assert amounts[0] < amounts[1]
    unknown = item(supply=replace(FRESH, unit_cost=None), count=Count(0, NOON))
    assert "to last at 95%, price or cost unknown" in of(unknown, rules)["order"].reasons


def test_a_minimum_and_a_cost_of_keeping_are_said() -> None:
    found = of(item(supply=replace(KEEPS, minimum_units=12)))["order"]
    assert any("at least 12" in one for one in found.reasons)


def test_a_gap_with_stock_in_the_back_is_a_refill() -> None:
    found = of(item(gap=GAP, count=Count(8, NOON), on_order=(Lot(60, None, after(1)),)))["refill"]
    assert found.amount == 7  # what is still to sell today, in whole units
    assert found.rank == pytest.approx(10 / 12 / 2, abs=1e-6)
    assert found.reasons[0] == "1 of 2 facings empty for 30 min (aisle-1 f1)"
    few = of(item(gap=GAP, count=Count(3, NOON)))["refill"]
    assert few.amount == 3


def test_a_gap_with_nothing_in_the_back_is_a_stockout_that_names_the_delivery() -> None:
    coming = of(item(gap=GAP, count=Count(0, NOON), on_order=(Lot(60, None, after(2)),)))
    assert coming["stockout"].reasons[-1] == "60 come Wed 4 Mar"
    assert coming["stockout"].amount is None
    nothing = of(item(gap=GAP, count=Count(0, NOON)))
    assert nothing["stockout"].reasons[-1] == "nothing is on its way: order it"
    assert "order" in nothing


def test_a_gap_with_an_unknown_back_is_one_task_to_count() -> None:
    found = of(item(gap=GAP, count=None))
    assert set(found) == {"count"}
    assert found["count"].reasons[-1] == "never counted: look in the back and count it"


def test_a_gap_without_a_forecast_sends_nobody_for_a_figure() -> None:
    assert of(item(gap=GAP, supply=None, days=())) == {}
    assert of(item(gap=GAP, supply=None), at=NOON.replace(hour=20)) == {}
    both = of(item(gap=GAP, count=Count(0, NOON), days=()))
    assert set(both) == {"stockout", "count"}


def test_expired_units_are_not_carried_to_the_shelf() -> None:
    old = item(gap=GAP, supply=FRESH, lots=(Lot(8, after(-1)),), otherwise=after(-1))
    found = of(old)
    assert "8 of them expired" in found["stockout"].reasons[-2]
    assert found["order"].amount is not None


def test_units_that_expire_today_are_marked_down_once_a_day() -> None:
    too_much = item(supply=FRESH, lots=(Lot(30, TODAY),), count=Count(30, NOON))
    found = of(too_much)["markdown"]
    assert found.amount is not None
    assert 1.0 <= found.amount < 2.0
    assert found.figures["last"] == "2026-03-02"
    assert "2.0 % more sold for 1 % less (usual)" in found.reasons
    assert "markdown" not in of(replace(too_much, changed_today=True))
    assert "markdown" not in of(replace(too_much, price=None))
    assert "markdown" not in of(too_much, Rules(markdowns=MarkdownRule(most=0.0)))


def test_past_discounts_are_learned_from() -> None:
    past = tuple(
        PastDay(after(-n), 80.0 if n % 5 else 130.0, 2.0 if n % 5 else 1.6, 1.0)
        for n in range(1, 100)
    )
    found = of(item(supply=FRESH, lots=(Lot(30, TODAY),), count=Count(30, NOON), past=past))
    assert any("learned from 19 days" in one for one in found["markdown"].reasons)


def test_stock_that_lasts_too_long_is_told_once() -> None:
    found = of(item(count=Count(900, NOON)))["overstock"]
    assert found.amount == pytest.approx(300, abs=1)
    assert found.reasons[0] == "lasts about 90 days at 10 a day, the threshold is 60 days"
    life = of(item(supply=FRESH, count=Count(900, NOON)))["overstock"]
    assert "the shelf life is 2 days" in life.reasons[0]
    assert life.figures["limit_days"] == 2
    still = of(item(count=Count(9, NOON), days=selling(0)))["overstock"]
    assert still.reasons[0].startswith("nothing is expected to sell")


def test_only_what_is_still_to_come_of_today_counts() -> None:
    morning, evening = (
        of(item(count=Count(8, at)), at=at)["order"].amount
        for at in (NOON.replace(hour=8), NOON.replace(hour=19))
    )
    assert morning is not None
    assert evening is not None
    assert evening < morning


def test_the_most_pressing_come_first() -> None:
    slow = replace(item(days=selling(7)), gtin=BREAD, supply=replace(KEEPS, gtin=BREAD))
    found = proposals([slow, item()], moment(), Rules())
    assert [one.gtin for one in found] == [MILK, BREAD]


def test_yesterdays_forecast_is_over() -> None:
    found = of(item(days=selling(10, first=after(-1))))["order"]
    assert found.amount == 18


def test_units_that_spoil_before_the_delivery_are_said() -> None:
    one = item(supply=FRESH, lots=(Lot(30, TODAY),), count=Count(30, NOON))
    assert any("expire before" in reason for reason in of(one)["order"].reasons)


@pytest.mark.parametrize(("units", "text"), [(0.0, "0"), (3.25, "3.2"), (4.0, "4"), (120.6, "121")])
def test_figures_are_said_as_people_write_them(units: float, text: str) -> None:
    assert said(units) == text
    assert weekday_of(TODAY) == "Mon 2 Mar"
