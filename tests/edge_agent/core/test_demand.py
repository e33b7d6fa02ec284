"""From a store's rows to forecasts, without a model: the answers are made up."""

from datetime import date, timedelta

import numpy as np
import pytest

from edge_agent.core.demand import Forecast, Plan, forecasts, plan
from edge_agent.core.store_panel import MEMORY, Ahead, Calendar, Promised, SaleRow
from endcap.models.demand.features import FEATURES
from endcap.models.demand.outlook import Reading

COLA, TEA = "04006381333931", "00012345678905"
TODAY = date(2026, 3, 1)
READING = Reading(FEATURES, (0.1, 0.5, 0.9), 0.0, "day")


def sold(gtin: str, days: int, units: float = 4.0, *, last: date = TODAY) -> list[SaleRow]:
    """Return one row a day for the `days` up to `last`."""
    dates = (last - timedelta(days=n) for n in range(days))
    return [(gtin, day.isoformat(), units, 2.5, 0, 1.0) for day in dates]


def feature(planned: Plan, name: str) -> np.ndarray:
    width = len(planned.days)
    return planned.rows.reshape(-1, width, len(FEATURES))[:, :, FEATURES.index(name)]


def test_every_item_and_day_ahead_has_a_row() -> None:
    planned = plan(sold(TEA, 40) + sold(COLA, 40), Ahead(TODAY, 7))
    assert planned.gtins == (TEA, COLA)
    assert planned.days[0] == TODAY + timedelta(days=1)
    assert planned.rows.shape == (14, len(FEATURES))
    np.testing.assert_allclose(planned.level, 4.0)


def test_an_item_with_too_little_history_is_unknown_not_zero() -> None:
    planned = plan(sold(TEA, 40) + sold(COLA, 3), Ahead(TODAY, 7))
    assert planned.gtins == (TEA,)
    assert planned.unknown == (COLA,)


def test_a_shop_without_sales_has_nothing_to_forecast() -> None:
    planned = plan([], Ahead(TODAY, 7))
    assert planned.gtins == planned.unknown == ()
    assert planned.rows.shape == (0, len(FEATURES))


def test_rows_after_the_last_closed_day_and_beyond_memory_are_left_out() -> None:
    rows = sold(TEA, 40)
    late = [(TEA, (TODAY + timedelta(days=1)).isoformat(), 99.0, None, 1, 1.0)]
    old = sold("00000000000017", 1, last=TODAY - MEMORY)
    planned, plain = plan(rows + late + old, Ahead(TODAY, 2)), plan(rows, Ahead(TODAY, 2))
    np.testing.assert_array_equal(planned.rows, plain.rows)
    assert planned.unknown == ()


def test_the_minutes_of_a_gap_raise_the_level() -> None:
    gap = [(TEA, day, 2.0, price, promo, 0.5) for _, day, _, price, promo, _ in sold(TEA, 40)]
    assert plan(gap, Ahead(TODAY, 1)).level[0] == pytest.approx(4.0)
    assert plan(sold(TEA, 40, 2.0), Ahead(TODAY, 1)).level[0] == pytest.approx(2.0)


def test_what_is_promised_stands_in_the_days_to_come() -> None:
    tomorrow = TODAY + timedelta(days=1)
    promised = {
        (TEA, tomorrow): Promised(price=2.0, promotion=True),
        (TEA, TODAY): Promised(price=9.0, promotion=True),
        (TEA, tomorrow + timedelta(days=9)): Promised(price=9.0),
        (COLA, tomorrow): Promised(price=9.0),
    }
    planned = plan(sold(TEA, 40), Ahead(TODAY, 3, promised=promised))
    np.testing.assert_array_equal(feature(planned, "promotion")[0], [1, 0, 0])
    np.testing.assert_allclose(feature(planned, "price_recent")[0], [0.8, 1, 1], atol=1e-3)


def test_half_a_promise_leaves_the_other_half() -> None:
    tomorrow = TODAY + timedelta(days=1)
    promised = {
        (TEA, tomorrow): Promised(promotion=True),
        (COLA, tomorrow): Promised(price=2.0),
    }
    planned = plan(sold(TEA, 40) + sold(COLA, 40), Ahead(TODAY, 1, promised=promised))
    np.testing.assert_array_equal(feature(planned, "promotion")[:, 0], [1, 0])
    np.testing.assert_allclose(feature(planned, "price_recent")[:, 0], [1, 0.8], atol=1e-3)


def test_the_calendar_marks_its_days_and_no_others() -> None:
    calendar = Calendar(
        holidays=frozenset({TODAY + timedelta(days=2), TODAY - 2 * MEMORY}),
        special=frozenset({TODAY + timedelta(days=1)}),
    )
    planned = plan(sold(TEA, 40), Ahead(TODAY, 3, calendar=calendar))
    np.testing.assert_array_equal(feature(planned, "holiday")[0], [0, 1, 0])
    np.testing.assert_array_equal(feature(planned, "special")[0], [1, 0, 0])


def test_multiples_of_the_level_become_units() -> None:
    planned = plan(sold(TEA, 40, 4.5), Ahead(TODAY, 2))
    quantiles = np.array([[0.5, 1, 2], [0, 1, 1.5]], dtype=np.float32)
    mean = np.array([1.25, 1.0], dtype=np.float32)
    told = forecasts(planned, quantiles, mean, READING)
    first, second = planned.days
    assert told == (
        Forecast(TEA, first, 5.625, (2.25, 4.5, 9.0)),
        Forecast(TEA, second, 4.5, (0.0, 4.5, 6.75)),
    )
