"""A store is told of its own items, in parts that a message can hold."""

from datetime import date

from central_sync.core.chain_news import ChainNews, told_to
from endcap.wire.commands import MAX_ROWS, ChainCategory, ChainItem
from endcap.wire.identifiers import check_digit

DAY = date(2026, 8, 30)
BODIES = [f"{number:013}" for number in range(MAX_ROWS + 3)]
GTINS = [body + check_digit(body) for body in BODIES]
ITEMS = {gtin: ChainItem(gtin=gtin, trend_3=1.0, trend_7=1.0) for gtin in GTINS}
FRUIT = ChainCategory(category="fruit", trend_3=1.0, trend_7=1.0, season=(1.0,) * 7)


def test_a_store_is_told_of_its_own_items_only() -> None:
    news = ChainNews(DAY, ITEMS, (FRUIT,), {"a": GTINS[:2], "b": [GTINS[1], "unknown"]})
    [told] = told_to("b", news)
    assert [one.gtin for one in told.items] == [GTINS[1]]
    assert (told.origin, told.part, told.parts) == (DAY, 1, 1)
    assert told.categories == (FRUIT,)


def test_what_no_part_can_hold_goes_in_several() -> None:
    first, second = told_to("a", ChainNews(DAY, ITEMS, (FRUIT,), {"a": GTINS}))
    assert [one.gtin for one in (*first.items, *second.items)] == GTINS
    assert [(one.part, one.parts) for one in (first, second)] == [(1, 2), (2, 2)]
    assert (first.categories, second.categories) == ((FRUIT,), ())
    many = tuple(FRUIT for _ in range(MAX_ROWS + 1))
    first, second = told_to("a", ChainNews(DAY, {}, many, {"a": GTINS}))
    assert (len(first.categories), len(second.categories)) == (MAX_ROWS, 1)


def test_a_store_of_which_nothing_can_be_told_is_told_so() -> None:
    [told] = told_to("a", ChainNews(DAY, {}, (), {"a": []}))
    assert not told.items
    assert not told.categories
