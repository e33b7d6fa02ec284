"""The newest whole word of the chain counts, while it is fresh."""

from datetime import date, timedelta

import numpy as np

from edge_agent.core.chain import KEEPS, ChainTold, coded, in_use, newest_whole
from endcap.models.demand.recent import UNKNOWN
from endcap.wire.commands import ChainCategory, ChainItem, ChainSignals

MILK, BREAD = "04006381333931", "05000112637922"
DAY = date(2026, 3, 1)
ITEM = ChainItem(gtin=MILK, trend_3=1.25, trend_7=1.125, level=3.0)
SEASON = (0.5, 0.75, 1.0, 1.0, 1.25, 1.5, 1.0)
DAIRY = ChainCategory(category="dairy", trend_3=0.5, trend_7=0.75, season=SEASON)


def part(
    number: int, parts: int, origin: date = DAY, items: tuple[ChainItem, ...] = ()
) -> ChainSignals:
    return ChainSignals(origin=origin, part=number, parts=parts, items=items, categories=(DAIRY,))


def test_the_newest_origin_that_is_whole_wins() -> None:
    later = DAY + timedelta(days=1)
    told = newest_whole([part(1, 2, later), part(2, 2, items=(ITEM,)), part(1, 2)])
    assert told is not None
    assert told.origin == DAY
    assert (told.level(MILK), told.level(BREAD)) == (3.0, None)
    assert newest_whole([part(1, 2)]) is None


def test_an_unknown_level_is_no_level() -> None:
    bare = ChainItem(gtin=MILK, trend_3=1.0, trend_7=1.0)
    assert ChainTold(DAY, {MILK: bare}).level(MILK) is None


def test_it_is_used_while_it_is_fresh_and_not_before_its_time() -> None:
    told = ChainTold(DAY)
    assert in_use(told, DAY) is told
    assert in_use(told, DAY + KEEPS) is told
    assert in_use(told, DAY + KEEPS + timedelta(days=1)) is None
    assert in_use(told, DAY - timedelta(days=1)) is None
    assert in_use(None, DAY) is None


def test_it_stands_by_the_stores_codes() -> None:
    found = coded(ChainTold(DAY, {MILK: ITEM}, {"dairy": DAIRY}), [BREAD, MILK], ["?", "dairy"])
    assert found.item_3.tolist() == [UNKNOWN, 1.25]
    assert found.item_7.tolist() == [UNKNOWN, 1.125]
    assert found.category_7.tolist() == [UNKNOWN, 0.75]
    np.testing.assert_array_equal(found.season, [[UNKNOWN] * 7, SEASON])
    assert coded(ChainTold(DAY), [], []).season.shape == (0, 7)
