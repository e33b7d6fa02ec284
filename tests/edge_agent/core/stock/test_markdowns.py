"""A price is lowered when that takes in more, within its bounds, and not otherwise."""

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.core.stock.lots import Lot
from edge_agent.core.stock.markdowns import (
    STEPS,
    Markdown,
    MarkdownRule,
    Offer,
    expiring,
    markdown,
)
from tests.edge_agent.core.stock.shop import RANKS, TODAY, after, selling

FREE = MarkdownRule(most=0.9)


def offered(
    units: float, *, price: float = 2.0, answer: float = -2.0, rule: MarkdownRule = FREE
) -> Markdown | None:
    offer = Offer(TODAY, price, 1.0, answer)
    return markdown([Lot(units, TODAY), Lot(50, after(4))], selling(10), RANKS, offer, rule)


def test_what_sells_anyhow_keeps_its_price() -> None:
    assert offered(5) is None


def test_too_much_is_marked_down_until_it_sells() -> None:
    some, more = offered(18), offered(40)
    assert some is not None
    assert more is not None
    assert 0.1 <= some.discount < more.discount
    assert more.left[1] < more.left[0]
    assert more.gain > 0


def test_shoppers_who_do_not_answer_get_no_lower_price() -> None:
    assert offered(30, answer=-0.9) is None
    weary = MarkdownRule(most=0.9, disposal=1.0)
    assert offered(30, answer=-0.9, rule=weary) is not None


def test_the_bounds_hold() -> None:
    half = offered(60, rule=MarkdownRule(most=0.3))
    assert half is not None
    assert half.discount == 0.3
    assert offered(60, rule=MarkdownRule(most=0.05)) is None
    at_cost = offered(60, rule=MarkdownRule(most=0.9, floor=0.8))
    assert at_cost is not None
    assert at_cost.price >= 0.8
    assert offered(60, rule=MarkdownRule(most=0.9, floor=2.0)) is None
    assert offered(60, price=0.0) is None
    assert offered(0) is None
    assert offered(14, rule=MarkdownRule(most=0.9, worth=50)) is None


def test_without_a_cost_there_is_no_floor_but_a_cent() -> None:
    offer = Offer(TODAY, 0.02, None, -2.0)
    found = markdown([Lot(80, TODAY)], selling(10), RANKS, offer, FREE)
    assert found is not None
    assert found.price == 0.01


def test_older_units_sell_first() -> None:
    offer = Offer(after(1), 2.0, None, -2.0)
    lots = [Lot(15, TODAY), Lot(30, after(1))]
    found = markdown(lots, selling(10), RANKS, offer, FREE)
    assert found is not None
    assert found.units == 30


def test_only_what_is_here_and_good_is_looked_at() -> None:
    lots = [Lot(1, after(-1)), Lot(1, after(1)), Lot(1, after(9)), Lot(1), Lot(1, TODAY, after(1))]
    assert expiring(lots, TODAY, 2) == (after(1),)


@settings(deadline=None)
@given(
    units=st.floats(0, 100),
    price=st.floats(0.01, 50),
    cost=st.none() | st.floats(0.01, 50),
    answer=st.floats(-4, -0.5),
    rule=st.builds(MarkdownRule, st.floats(0, 0.9), st.floats(0, 1), st.floats(0, 1)),
)
def test_no_price_is_ever_raised_or_below_its_floor(
    units: float, price: float, cost: float | None, answer: float, rule: MarkdownRule
) -> None:
    lots = [Lot(units, TODAY)]
    found = markdown(lots, selling(10, 2), RANKS[::8], Offer(TODAY, price, cost, answer), rule)
    if found is None:
        return
    assert 0 < found.price < price
    assert found.discount in STEPS
    assert found.discount <= rule.most
    assert cost is None or found.price >= rule.floor * cost - 1e-9
    assert found.gain >= rule.worth * price
