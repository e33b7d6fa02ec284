"""What moves a forecast: the shares add up, treat equals alike, and are the same every time."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.models.demand.drivers import GROUPS, drivers_of, group_of, shapley
from endcap.models.demand.features import FEATURES, Features, features_at
from endcap.models.demand.panel import Floats
from endcap.models.demand.reasons import reason_of
from endcap.models.demand.recent import UNKNOWN
from tests.endcap.models.demand.panels import shop

WORTHS = st.integers(1, 5).flatmap(
    lambda k: st.lists(st.floats(-100, 100), min_size=2**k, max_size=2**k)
)


def coming(series: int = 0) -> Features:
    """Return the rows of an item's next fourteen days."""
    rows: Features = features_at(shop(), 80, range(1, 15)).rows[series]
    return rows


def curved(rows: Features) -> Floats:
    """Answer as a model may: no part of it is a sum."""
    weights = np.random.default_rng(3).normal(0, 0.2, rows.shape[1])
    return np.exp(np.sin(rows.astype(np.float64) @ weights))


def straight(rows: Features) -> Floats:
    """Answer half of the promotion and a tenth of how many sold yesterday."""
    values = rows.astype(np.float64)
    return 0.5 * values[:, FEATURES.index("promotion")] + 0.1 * values[:, FEATURES.index("last")]


@given(WORTHS)
def test_the_shares_add_up_to_what_all_are_worth_over_none(worth: list[float]) -> None:
    shares = shapley(np.array(worth))
    assert shares.sum() == pytest.approx(worth[-1] - worth[0], abs=1e-9)


@given(WORTHS, st.integers(0, 4))
def test_who_adds_nothing_gets_nothing(worth: list[float], player: int) -> None:
    idle = player % int(math.log2(len(worth)))
    without = [worth[place & ~(1 << idle)] for place in range(len(worth))]
    assert shapley(np.array(without))[idle] == pytest.approx(0.0, abs=1e-12)


@given(st.lists(st.floats(-100, 100), min_size=5, max_size=5))
def test_those_who_add_alike_get_alike(by_size: list[float]) -> None:
    worth = np.array([by_size[place.bit_count()] for place in range(2**4)])
    assert shapley(worth) == pytest.approx((by_size[4] - by_size[0]) / 4, abs=1e-9)


def test_a_known_game_is_shared_as_its_book_says() -> None:
    gloves = np.array([0, 0, 0, 1, 0, 1, 0, 1.0])  # one left glove, player 0, and two right ones
    assert shapley(gloves) == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_every_feature_is_in_one_group_and_every_group_has_features() -> None:
    assert {group_of(name) for name in FEATURES} == {group.name for group in GROUPS}


def test_a_feature_without_a_group_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="moon_phase"):
        group_of("moon_phase")


@pytest.mark.parametrize("day", [0, 3, 13])
def test_the_drivers_lead_from_the_typical_day_to_the_forecast(day: int) -> None:
    rows = coming()
    found = drivers_of(curved, rows, day, 6.0)
    total = found.typical + sum(one.units for one in found.drivers)
    assert total == pytest.approx(found.expected, abs=1e-9)
    assert found.expected == pytest.approx(6.0 * curved(rows[day : day + 1])[0], abs=1e-9)
    assert found == drivers_of(curved, rows, day, 6.0)


def test_a_sum_is_shared_as_it_is_summed() -> None:
    rows = coming()
    rows[2, FEATURES.index("promotion")] = 1.0
    rows[:, FEATURES.index("last")] = 1.5
    found = {one.group: one.units for one in drivers_of(straight, rows, 2, 10.0).drivers}
    assert found.pop("price") == pytest.approx(10.0 * 0.5)
    assert found.pop("recent") == pytest.approx(10.0 * 0.1 * 0.5)
    assert set(found.values()) == {0.0}


def test_the_weekdays_of_a_week_cancel_out() -> None:
    def by_weekday(rows: Features) -> Floats:
        return 1.0 + rows[:, FEATURES.index("weekday")].astype(np.float64)

    rows = coming()
    found = [drivers_of(by_weekday, rows, day, 1.0) for day in range(7)]
    assert sum(one.drivers[1].units for one in found) == pytest.approx(0.0, abs=1e-9)
    assert {one.typical for one in found} == {4.0}


def test_a_price_met_before_is_told_from_the_weekday_it_fell_on() -> None:
    def by_likeness(rows: Features) -> Floats:
        return rows[:, FEATURES.index("alike_season")].astype(np.float64)

    rows = coming()
    rows[:, FEATURES.index("alike")] = 1.0
    rows[:, FEATURES.index("alike_season")] = 1.0
    rows[4, FEATURES.index("alike")] = 1.5  # half more at this price,
    rows[4, FEATURES.index("alike_season")] = 3.0  # and twice that on this weekday
    found = {one.group: one.units for one in drivers_of(by_likeness, rows, 4, 1.0).drivers}
    assert found["price"] == pytest.approx(0.5 * (2 + 8 / 7) / 2, abs=1e-3)
    assert found["price"] + found["season"] == pytest.approx(3.0 - 8 / 7, abs=1e-3)


def test_what_is_not_known_moves_nothing() -> None:
    rows = coming()
    weather = [place for place, name in enumerate(FEATURES) if group_of(name) == "weather"]
    rows[:, weather] = UNKNOWN
    found = {one.group: one.units for one in drivers_of(curved, rows, 0, 5.0).drivers}
    assert found["weather"] == 0.0


def test_weather_without_a_past_moves_nothing() -> None:
    rows = coming()
    for name in ("temperature_change", "rain_recent"):
        rows[:, FEATURES.index(name)] = UNKNOWN
    found = {one.group: one.units for one in drivers_of(curved, rows, 0, 5.0).drivers}
    assert found["weather"] == 0.0


def test_each_reason_says_what_is_so() -> None:
    rows = coming()
    told = {
        "weekday": 5.0, "mean_2": 1.25, "promotion": 1.0, "price_recent": 0.8, "holiday": 0.0,
        "holiday_before": 1.0, "holiday_after": 0.0, "special": 1.0, "temperature_change": 94.0,
        "rain": 0.6, "stock_recent": 0.7, "group_trend": 1.1, "chain_item_7": 0.9,
        "year_smooth": 1.5,
    }  # fmt: skip
    for name, value in told.items():
        rows[0, FEATURES.index(name)] = value
    assert {group.name: reason_of(group.name, rows, 0) for group in GROUPS} == {
        "recent": "the last 7 days sold 25% more than usual",
        "season": "a Saturday",
        "price": "a promotion, a price 20% lower than of late",
        "calendar": "the day after a holiday, a special day",
        "weather": "6 degrees colder than of late, a little rain",
        "stock": "out of stock 30% of the last 7 days",
        "beside": "the store sold 10% more in the last 7 days",
        "chain": "all stores sold 10% less of it in the last 7 days",
        "year": "a year ago these days sold 50% more than the weeks before",
    }


def test_where_there_is_nothing_to_tell_nothing_is_told() -> None:
    rows = np.full((1, len(FEATURES)), UNKNOWN, dtype=np.float32)
    assert {reason_of(group.name, rows, 0) for group in GROUPS} == {""}
