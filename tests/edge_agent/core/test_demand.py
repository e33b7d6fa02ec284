"""From a store's rows to forecasts, without a model: the answers are made up."""

from datetime import date, timedelta

import numpy as np
import pytest

from edge_agent.core.calibration.intervals import Shifts
from edge_agent.core.calibration.levels import STORE, LevelSums
from edge_agent.core.calibration.local_events import DayEffect
from edge_agent.core.chain import ChainTold
from edge_agent.core.demand import (
    Forecast,
    Learned,
    Plan,
    drafts,
    forecasts,
    plan,
    said,
    served,
)
from edge_agent.core.store_panel import (
    MEMORY,
    Ahead,
    Calendar,
    Carried,
    Promised,
    SaleRow,
)
from endcap.models.demand.features import FEATURES
from endcap.models.demand.outlook import Reading
from endcap.models.demand.panel import DAILY
from endcap.wire.commands import ChainCategory, ChainItem

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


def answer(planned: Plan, mean: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return a model's answer to every row: `mean` times the level, and half as much around it."""
    rows = len(planned.rows)
    spread = np.array([0.5, 1.0, 1.5], dtype=np.float32)
    means = np.full(rows, mean, dtype=np.float32)
    return means[:, None] * spread, means


def told(planned: Plan, learned: Learned | None = None) -> dict[str, list[Forecast]]:
    """Return what the store tells, by item."""
    known = learned or Learned()
    spoken = said(planned, *answer(planned), READING, known)
    found: dict[str, list[Forecast]] = {}
    for one in served(spoken, known):
        found.setdefault(one.gtin, []).append(one)
    return found


def test_weather_and_categories_stand_in_the_rows() -> None:
    calendar = Calendar(weather={TODAY + timedelta(days=1): (21.0, 3.0), TODAY - MEMORY: (0, 0)})
    ahead = Ahead(TODAY, 2, calendar, category={TEA: "drinks", COLA: "drinks"})
    planned = plan(sold(TEA, 40) + sold(COLA, 40, 2.0), ahead)
    assert planned.category == ("drinks", "drinks")
    np.testing.assert_array_equal(feature(planned, "rain")[:, 0], [3.0, 3.0])
    assert (feature(planned, "rain")[:, 1] < 0).all()
    assert (feature(planned, "category_7") > 0).all()


def test_the_chain_stands_in_the_rows_and_in_the_seasons() -> None:
    season = (0.5, 1.0, 1.0, 1.0, 1.0, 1.5, 1.0)
    chain = ChainTold(
        TODAY,
        {TEA: ChainItem(gtin=TEA, trend_3=1.25, trend_7=1.5, level=6.0)},
        {
            "drinks": ChainCategory(category="drinks", trend_3=1, trend_7=1, season=season),
            "thin": ChainCategory(category="thin", trend_3=1, trend_7=1, season=(-1,) * 7),
        },
    )
    planned = plan(sold(TEA, 40) + sold(COLA, 40), Ahead(TODAY, 3, chain=chain))
    np.testing.assert_array_equal(feature(planned, "chain_item_3")[:, 0], [1.25, -1.0])
    assert planned.chain[0] == 6.0
    assert np.isnan(planned.chain[1])
    assert planned.seasons.keys() == {"", "drinks"}
    assert planned.seasons["drinks"][0] == 0.5  # the second of March is a Monday


def test_a_new_item_is_forecast_from_its_like_and_says_so() -> None:
    ahead = Ahead(TODAY, 2, category={TEA: "drinks", COLA: "drinks"}, price={COLA: 2.5})
    found = told(plan(sold(TEA, 40) + sold(COLA, 3, 8.0), ahead))
    assert [one.basis for one in found[COLA]] == ["alike", "alike"]
    assert found[TEA][0].basis == "history"
    low, _, high = found[COLA][0].quantiles
    assert found[COLA][0].expected > 4.0
    assert high - low > 1.2 * (found[TEA][0].quantiles[2] - found[TEA][0].quantiles[0])


def test_an_item_that_came_and_never_sold_is_new_too() -> None:
    carried = (Carried(COLA, TODAY - timedelta(days=2)), Carried(TEA, TODAY))
    planned = plan(sold(TEA, 40), Ahead(TODAY, 1, carried=carried, price={COLA: 9.0}))
    assert planned.unknown == (COLA,)
    assert (planned.newcomers[0].days, planned.newcomers[0].price) == (2.0, 9.0)
    long_ago = (Carried(COLA, TODAY - timedelta(days=200)),)
    [waited] = plan(sold(TEA, 40), Ahead(TODAY, 1, carried=long_ago)).newcomers
    assert waited.days == DAILY.recent


def test_a_new_store_goes_by_the_chain_alone() -> None:
    chain = ChainTold(TODAY, {COLA: ChainItem(gtin=COLA, trend_3=1, trend_7=1, level=6.0)})
    planned = plan(sold(COLA, 2, 6.0), Ahead(TODAY, 2, chain=chain))
    known = Learned()
    nothing = np.empty((0, 3), dtype=np.float32)
    spoken = said(planned, nothing, nothing[:, 0], READING, known)
    [first, _] = served(spoken, known)
    assert first.basis == "chain"
    assert 4.0 < first.expected < 9.0


def test_an_item_of_one_in_twenty_days_is_told_in_whole_units() -> None:
    days = ((TODAY - timedelta(days=n)).isoformat() for n in (40, 9))
    rare: list[SaleRow] = [(TEA, day, 1.0, 2.5, 0, 1.0) for day in days]
    found = told(plan(rare + sold(COLA, 60), Ahead(TODAY, 1)))
    [one] = found[TEA]
    assert one.quantiles == (0.0, 0.0, 0.0)
    assert one.at_least_one is not None
    assert 0.01 < one.at_least_one < 0.1
    often = found[COLA][0].at_least_one
    assert often is not None
    assert often > 0.9


def test_what_is_weighed_has_no_whole_units() -> None:
    [one] = told(plan(sold(TEA, 40, 0.31), Ahead(TODAY, 1)))[TEA]
    assert one.at_least_one is None
    assert 0 < one.quantiles[0] < one.quantiles[1] < 0.4


def test_a_closed_day_sells_nothing_and_teaches_nothing() -> None:
    closed = TODAY + timedelta(days=1)
    past = TODAY - timedelta(days=3)
    planned = plan(sold(TEA, 40), Ahead(TODAY, 5, Calendar(closed=frozenset({closed, past}))))
    known = Learned()
    spoken = said(planned, *answer(planned), READING, known)
    first, second = served(spoken, known)[:2]
    assert (first.expected, first.quantiles) == (0.0, (0.0, 0.0, 0.0))
    assert first.at_least_one == 0.0
    assert first.reasons == ("the store is closed",)
    assert second.expected > 3.0
    assert [one.lead for one in drafts(spoken, 0)] == [4]


def test_what_was_learned_moves_what_is_told_and_not_what_is_kept_to_learn_from() -> None:
    planned = plan(sold(TEA, 40), Ahead(TODAY, 4))
    sums = {STORE: np.tile([900.0, 600.0, 20.0], (4, 1))}
    shifts = {(3, 0, 0.9): 0.5, (3, 1, 0.9): -0.25}
    match = DayEffect(1.5, ("match: +50%",))
    learned = Learned(LevelSums(2, None, sums), Shifts(2, shifts), {planned.days[1]: match})
    spoken = said(planned, *answer(planned), READING, learned)
    found = served(spoken, learned)
    plain = told(planned)[TEA]
    assert found[0].expected > 1.2 * plain[0].expected
    assert found[0].quantiles[2] > 1.4 * plain[0].quantiles[2]
    assert found[1].expected == pytest.approx(1.5 * found[0].expected, rel=0.01)
    assert (found[0].reasons, found[1].reasons) == ((), ("match: +50%",))
    near, far = drafts(spoken, 2)
    assert (near.lead, far.lead, near.release) == (1, 4, 2)
    assert near.mean[0] == pytest.approx(4.0)
    assert near.told[0] == pytest.approx(found[0].expected, abs=1e-3)
