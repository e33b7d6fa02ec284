"""How an item sells just now, and what it sold on days like the one to come."""

from dataclasses import replace

import numpy as np
import pytest

from endcap.models.demand.features import FEATURES, features_at
from endcap.models.demand.panel import Panel
from endcap.models.demand.recent import UNKNOWN
from tests.endcap.models.demand.panels import shop

ORIGIN = 89


def plain(units: np.ndarray, **other: np.ndarray) -> Panel:
    """Return a store that was never out of stock, at one price, without promotion or holiday."""
    panel = shop(series=len(units), stores=1)
    nothing = np.zeros(panel.units.shape)
    fixed = {"promotion": nothing, "holiday": nothing, "price": nothing + 2.0}
    return replace(panel, units=units, in_stock=nothing + 1.0, **(fixed | other))


def column(panel: Panel, name: str, lead: int = 1) -> np.ndarray:
    return features_at(panel, ORIGIN, (lead,)).rows[:, 0, FEATURES.index(name)]


def rising(late: float, days: int = 7) -> np.ndarray:
    """Return two items of 2 a day; the first sells `late` in the last days before the origin."""
    units = np.full((2, 100), 2.0)
    units[0, ORIGIN + 1 - days : ORIGIN + 1] = late
    return units


def test_a_fast_level_follows_what_sells_just_now() -> None:
    rows = column(plain(rising(6.0)), "level_fast")
    assert rows[0] > 1.4
    assert rows[1] == pytest.approx(1.0, abs=1e-3)


def test_a_share_is_of_what_the_whole_store_sells() -> None:
    panel = plain(rising(6.0))
    assert column(panel, "share_7")[0] == pytest.approx((6 / 8) / (84 / 140), abs=1e-3)
    assert column(panel, "share_7")[1] == pytest.approx((2 / 8) / (56 / 140), abs=1e-3)
    both = plain(rising(6.0)[[0, 0]])
    np.testing.assert_array_equal(column(both, "share_7"), [1.0, 1.0])


def test_the_stores_pace_is_against_its_own_weekdays() -> None:
    panel = plain(rising(6.0))
    np.testing.assert_array_equal(column(panel, "group_pace"), [2.0, 2.0])
    np.testing.assert_array_equal(column(panel, "group_pace_last"), [2.0, 2.0])


def test_a_median_and_a_peak_leave_a_rare_rush_out_of_account() -> None:
    units = np.full((2, 100), 2.0)
    units[0, ORIGIN - 3] = 200.0
    rows = features_at(plain(units), ORIGIN, (1,))
    for name in ("median_2", "median_4", "peak"):
        seen = rows.rows[:, 0, FEATURES.index(name)] * rows.level
        np.testing.assert_allclose(seen, [2.0, 2.0], rtol=1e-2)


def test_an_item_without_late_sales_has_no_pace() -> None:
    units = np.full((2, 100), 2.0)
    units[0, ORIGIN - 27 : ORIGIN + 1] = np.nan
    panel = plain(units)
    for name in ("median_2", "median_4", "peak", "share_7"):
        assert column(panel, name)[0] == UNKNOWN
        assert column(panel, name)[1] != UNKNOWN


def test_holidays_are_compared_with_holidays() -> None:
    holiday = np.tile((np.arange(100) % 9 == 0).astype(np.float64), (2, 1))  # day 90 is one
    panel = plain(np.where(holiday > 0, 8.0, 2.0), holiday=holiday)
    for name in ("alike_holiday", "group_holiday"):
        assert column(panel, name, lead=1).min() > 2.5
        assert column(panel, name, lead=2).max() < 1.0
    assert column(panel, "alike_late", lead=1).min() > 1.5 * column(panel, "alike_late", 2).max()


def test_a_holiday_never_met_is_not_known() -> None:
    holiday = np.zeros((2, 100))
    holiday[:, 90] = 1.0
    panel = plain(np.full((2, 100), 2.0), holiday=holiday)
    for name in ("alike_holiday", "group_holiday"):
        assert (column(panel, name) == UNKNOWN).all()


def test_a_price_is_compared_with_every_price_that_a_shopper_remembers() -> None:
    price = np.full((2, 100), 4.0)
    price[:, ORIGIN - 19] = 1.0
    price[:, ORIGIN] = 2.0
    price[:, ORIGIN + 1] = 3.0
    price[:, ORIGIN - 6] = 3.0  # the target's weekday a week before
    panel = plain(np.full((2, 100), 2.0), price=price)
    assert column(panel, "price_last")[0] == 1.5
    assert column(panel, "price_before")[0] == 1.5
    assert column(panel, "price_before", lead=2)[0] == pytest.approx(4 / 3, abs=1e-3)
    assert column(panel, "price_lowest")[0] == 1.5
    assert column(panel, "price_season")[0] == pytest.approx(3 / 3.75, abs=1e-3)


def test_stock_on_the_same_weekday_is_remembered() -> None:
    panel = plain(np.full((2, 100), 2.0))
    in_stock = np.ones((2, 100))
    in_stock[0, [ORIGIN - 6, ORIGIN - 13]] = 0.5
    assert column(replace(panel, in_stock=in_stock), "stock_season")[0] == 0.75
