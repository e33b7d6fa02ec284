"""Segments are parted by what was known at the origin, and by nothing later."""

from dataclasses import replace

import numpy as np

from central_sync.core.demand_segments import NEW, SEGMENTS, segments
from endcap.models.demand.panel import DAILY, Panel

DAYS = 60
ORIGIN = 49
LEADS = (1, 2, 7)
RISING = np.arange(DAYS) % 7


def panel() -> Panel:
    """Return a store of five items: fast, slow, rare, new, and one that is often missing."""
    units = np.ones((5, DAYS))
    units[0] = 20.0
    units[2] = np.arange(DAYS) % 3 == 0
    units[3, :40] = np.nan
    stock = np.ones((5, DAYS))
    stock[4, ::4] = 0.5
    nothing = np.zeros((5, DAYS))
    promotion = nothing.copy()
    promotion[1, ORIGIN + 2] = 1.0
    holiday = nothing.copy()
    holiday[:, ORIGIN + 7] = 1.0
    return Panel(
        units=units,
        in_stock=stock,
        price=np.full((5, DAYS), np.nan),
        promotion=promotion,
        holiday=holiday,
        special=nothing,
        group=np.zeros(5, dtype=np.int64),
        weekday=RISING,
        rhythm=DAILY,
    )


def test_the_kinds_of_items_part_the_cells() -> None:
    found = segments(panel(), ORIGIN, LEADS)
    assert tuple(found) == SEGMENTS
    kinds = [found[name] for name in SEGMENTS[:4]]
    np.testing.assert_array_equal(np.sum(kinds, axis=0), 1)
    assert [np.flatnonzero(found[name].all(axis=1)).tolist() for name in SEGMENTS[:5]] == [
        [0],
        [1, 4],
        [2],
        [3],
        [4],
    ]


def test_promoted_and_holiday_are_of_the_day_that_is_forecast() -> None:
    found = segments(panel(), ORIGIN, LEADS)
    assert np.argwhere(found["promoted"]).tolist() == [[1, 1]]
    assert found["holiday"].all(axis=0).tolist() == [False, False, True]


def test_nothing_later_than_the_origin_parts_the_items() -> None:
    given = panel()
    units, stock = given.units.copy(), given.in_stock.copy()
    units[:, ORIGIN + 1 :] = 7.0
    stock[:, ORIGIN + 1 :] = 0.1
    later = replace(given, units=units, in_stock=stock)
    for name, mask in segments(given, ORIGIN, LEADS).items():
        np.testing.assert_array_equal(mask, segments(later, ORIGIN, LEADS)[name], err_msg=name)


def test_an_item_is_new_for_four_weeks_and_not_because_the_data_begins() -> None:
    longer = panel().units.copy()
    longer[3, :20] = np.nan
    longer[3, 20:] = 1.0
    found = segments(replace(panel(), units=longer), 20, (NEW["day"] - 1, NEW["day"]))
    np.testing.assert_array_equal(found["new"], [[False] * 2] * 3 + [[True, False], [False] * 2])


def test_a_category_is_perishable_as_a_whole() -> None:
    together = replace(panel(), category=np.array([0, 1, 2, 3, 3]))
    stock = together.in_stock.copy()
    stock[3, 40:50:2] = 0.5
    found = segments(replace(together, in_stock=stock), ORIGIN, LEADS)
    assert found["perishable"].all(axis=1).tolist() == [False, False, False, True, True]


def test_fast_items_make_half_of_their_own_store_s_units() -> None:
    given = panel()
    stores = replace(given, group=np.array([0, 1, 0, 0, 1]))
    found = segments(stores, ORIGIN, LEADS)
    assert found["fast"].all(axis=1).tolist() == [True, True, False, False, False]
