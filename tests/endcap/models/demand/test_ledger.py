"""Rows to panel: what a day without a row means."""

import numpy as np

from endcap.models.demand.ledger import SalesRows, assemble, month_days, weekdays
from endcap.models.demand.panel import Panel


def laid(*rows: tuple[int, int, float, float, float, float], stores: tuple[int, ...]) -> Panel:
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    sales = SalesRows(
        series=columns[0].astype(np.int64),
        day=columns[1].astype(np.int64),
        units=columns[2],
        price=columns[3],
        promotion=columns[4],
        in_stock=columns[5],
    )
    return assemble(sales, group=np.array(stores), first_day=20_000, known=6, ahead=2)


def test_a_day_without_a_row_sold_nothing_once_the_item_is_there() -> None:
    panel = laid((0, 0, 1, 2, 0, 1), (1, 1, 5, 3, 0, 1), (0, 2, 4, 2, 0, 1), stores=(0, 0))
    np.testing.assert_array_equal(panel.units[0, :3], [1, 0, 4])
    np.testing.assert_array_equal(panel.units[1, :3], [np.nan, 5, 0])


def test_a_day_on_which_a_store_sold_nothing_at_all_is_unknown() -> None:
    panel = laid((0, 0, 1, 2, 0, 1), (0, 2, 1, 2, 0, 1), (1, 1, 5, 3, 0, 1), stores=(0, 1))
    np.testing.assert_array_equal(panel.units[0, :4], [1, np.nan, 1, np.nan])


def test_days_to_come_have_no_units() -> None:
    panel = laid((0, 5, 1, 2, 0, 1), stores=(0,))
    assert panel.periods == 8
    assert np.isnan(panel.units[0, 6:]).all()


def test_price_and_promotion_come_from_the_nearest_row() -> None:
    panel = laid((0, 0, 1, 2.0, 0, 1), (0, 5, 1, 1.5, 1, 1), stores=(0,))
    np.testing.assert_array_equal(panel.price[0], [2.0, 2.0, 2.0, 1.5, 1.5, 1.5, 1.5, 1.5])
    np.testing.assert_array_equal(panel.promotion[0], [0, 0, 0, 1, 1, 1, 1, 1])


def test_returns_beyond_sales_count_as_nothing_and_shares_stay_shares() -> None:
    panel = laid((0, 0, -2, np.nan, 0, 1.5), (0, 1, 1, np.nan, 0, -0.1), stores=(0,))
    np.testing.assert_array_equal(panel.units[0, :2], [0, 1])
    np.testing.assert_array_equal(panel.in_stock[0, :3], [1, 0, 1])
    assert np.isnan(panel.price).all()


def test_the_first_of_january_1970_was_a_thursday() -> None:
    np.testing.assert_array_equal(weekdays(0, 5), [3, 4, 5, 6, 0])


def test_months_have_their_own_lengths_and_a_week_is_its_middle_day() -> None:
    february = 31 + 27  # the 28th of 1970
    np.testing.assert_array_equal(month_days(february, 3), [28, 1, 2])
    np.testing.assert_array_equal(month_days(0, 5, 7), [4, 11, 18, 25, 1])
