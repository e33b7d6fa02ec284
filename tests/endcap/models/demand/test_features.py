"""The features: nothing of the future, nothing of the neighbours, and the same everywhere."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endcap.models.demand.features import FEATURES, features_at
from endcap.models.demand.panel import WEEKLY, Panel
from endcap.models.demand.recent import UNKNOWN
from tests.endcap.models.demand.panels import shop

LEADS = (1, 2, 7, 9)
ORIGIN = 89


def column(panel: Panel, name: str, origin: int = ORIGIN) -> np.ndarray:
    return features_at(panel, origin, LEADS).rows[:, :, FEATURES.index(name)]


def only(panel: Panel, chosen: np.ndarray) -> Panel:
    """Return the chosen series alone, their groups numbered anew."""
    cut = panel.only(chosen)
    return replace(cut, group=np.unique(cut.group, return_inverse=True)[1])


def test_sales_after_the_origin_are_not_looked_at() -> None:
    panel = shop()
    units, in_stock = panel.units.copy(), panel.in_stock.copy()
    units[:, ORIGIN + 1 :] = 999.0
    in_stock[:, ORIGIN + 1 :] = 0.0
    changed = replace(panel, units=units, in_stock=in_stock)
    before, after = (features_at(one, ORIGIN, LEADS).rows for one in (panel, changed))
    np.testing.assert_array_equal(before, after)


def test_a_store_alone_and_among_others_give_the_same_bits() -> None:
    panel = shop(series=40, stores=3)
    mine = panel.group == 1
    among, alone = features_at(panel, ORIGIN, LEADS), features_at(only(panel, mine), ORIGIN, LEADS)
    np.testing.assert_array_equal(among.rows[mine], alone.rows)
    np.testing.assert_array_equal(among.level[mine], alone.level)


def test_history_beyond_the_memory_does_not_matter() -> None:
    panel = shop(periods=500)
    first = 500 - 10 - panel.rhythm.memory
    short = panel.between(first, panel.periods - 1)
    whole = features_at(panel, 489, LEADS).rows
    np.testing.assert_array_equal(whole, features_at(short, 489 - first, LEADS).rows)


def test_a_forecast_of_one_lead_equals_that_of_many() -> None:
    panel = shop()
    many = features_at(panel, ORIGIN, LEADS).rows
    for place, lead in enumerate(LEADS):
        np.testing.assert_array_equal(many[:, [place]], features_at(panel, ORIGIN, (lead,)).rows)


def test_twice_the_sales_are_the_same_multiples_of_twice_the_level() -> None:
    panel = shop()
    double = features_at(replace(panel, units=panel.units * 2), ORIGIN, LEADS)
    single = features_at(panel, ORIGIN, LEADS)
    volume = [FEATURES.index("log_level")]
    np.testing.assert_array_equal(
        np.delete(single.rows, volume, axis=2), np.delete(double.rows, volume, axis=2)
    )
    np.testing.assert_allclose(double.level, 2 * single.level)


def test_the_season_is_the_same_weekday_of_the_weeks_before() -> None:
    panel = shop(series=1, stores=1)
    units = np.where(panel.weekday == 3, 8.0, 1.0)[None, :]
    panel = replace(panel, units=units, in_stock=np.ones_like(units))
    leads = tuple(range(1, 9))
    rows = features_at(panel, ORIGIN, leads)
    weekday = (panel.weekday[ORIGIN] + np.arange(1, 9)) % 7
    seen = rows.rows[0, :, FEATURES.index("season_4")] * rows.level[0]
    np.testing.assert_allclose(seen, np.where(weekday == 3, 8.0, 1.0), rtol=1e-2)


def test_a_plain_weekday_is_none_of_its_holidays() -> None:
    panel = shop(series=1, stores=1)
    feast = np.isin(np.arange(panel.periods), (ORIGIN - 6, ORIGIN - 20))  # of lead 1's weekday
    units = np.where(feast, 20.0, 5.0)[None, :]
    panel = replace(
        panel, units=units, in_stock=np.ones_like(units), holiday=feast[None, :].astype(np.float64)
    )
    rows = features_at(panel, ORIGIN, (1,))
    plain, any_day = (
        rows.rows[0, 0, FEATURES.index(name)] * rows.level[0]
        for name in ("season_plain", "season_8")
    )
    assert plain == pytest.approx(5.0, rel=1e-2)
    assert any_day == pytest.approx(5.0 + 2 / 8 * 15.0, rel=1e-2)
    always = replace(panel, holiday=np.ones_like(units))
    np.testing.assert_array_equal(column(always, "season_plain"), column(always, "season_8"))


def test_the_day_of_the_month_is_told_as_far_as_the_panel_knows_it() -> None:
    panel = shop(periods=ORIGIN + 3)
    wanted = [*panel.month_day[ORIGIN + 1 :].tolist(), UNKNOWN]
    place = FEATURES.index("month_day")
    assert features_at(panel, ORIGIN, (1, 2, 3)).rows[0, :, place].tolist() == wanted
    untold = replace(panel, month_day=np.zeros(panel.periods, dtype=np.int64))
    assert (features_at(untold, ORIGIN, (1, 2)).rows[:, :, place] == UNKNOWN).all()


def test_a_day_priced_and_promoted_like_the_target_counts_most() -> None:
    panel = shop(series=1, stores=1)
    promotion = (np.arange(panel.periods) % 10 == 0).astype(np.float64)[None, :]
    units = np.where(promotion > 0, 9.0, 1.0)
    price = np.where(promotion > 0, 1.0, 2.0)
    panel = replace(
        panel, units=units, promotion=promotion, price=price, in_stock=np.ones_like(units)
    )
    alike = column(panel, "alike", origin=88)[0]  # lead 2 is day 90: promoted
    assert alike[1] > 2 * alike[0]


def test_a_price_of_nothing_is_no_price() -> None:
    panel = shop()
    free = replace(panel, price=np.where(panel.price > 2, panel.price, 0.0))
    unknown = replace(panel, price=np.where(panel.price > 2, panel.price, np.nan))
    np.testing.assert_array_equal(
        features_at(free, ORIGIN, LEADS).rows, features_at(unknown, ORIGIN, LEADS).rows
    )


def test_last_years_season_is_seen_once_there_is_a_last_year() -> None:
    panel = shop(series=2, periods=480, stores=1)
    units = np.ones((2, 480))
    units[:, 97:112] = 3.0  # a fortnight about day 103, a year before day 467
    panel = replace(panel, units=units, in_stock=np.ones_like(units))
    assert column(panel, "year_smooth", origin=460)[0, 2] == pytest.approx(3.0)
    assert column(panel, "group_year", origin=460)[0, 2] == pytest.approx(3.0)
    assert column(panel, "year_known", origin=300)[0, 0] == 0.0
    assert column(panel, "year_smooth", origin=300)[0, 0] == UNKNOWN


def test_too_little_history_has_no_level() -> None:
    panel = shop()
    units = panel.units.copy()
    units[0, : ORIGIN - 3] = np.nan
    units[1, : ORIGIN - 8] = np.nan
    level = features_at(
        replace(panel, units=units, in_stock=np.ones_like(units)), ORIGIN, LEADS
    ).level
    assert np.isnan(level[0])
    assert np.isfinite(level[1:]).all()


def test_weeks_have_no_weekday_and_still_a_year() -> None:
    panel = replace(shop(periods=130), rhythm=WEEKLY, weekday=np.zeros(130, dtype=np.int64))
    assert (column(panel, "weekday") == 0).all()
    assert (column(panel, "year_known") == 1).all()
    now = features_at(panel, ORIGIN, (4,)).rows[0, 0, FEATURES.index("year_ago")]
    then = ORIGIN - 52
    wanted = panel.units[0, then + 4] / panel.units[0, then - 7 : then + 1].mean()
    assert now == pytest.approx(wanted, abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    origin=st.integers(0, 99),
    empty=st.floats(0, 1),
    stock=st.sampled_from((0.0, 0.5, 1.0)),
)
def test_features_are_finite_and_on_their_grid(
    seed: int, origin: int, empty: float, stock: float
) -> None:
    panel = shop(seed=seed)
    hidden = np.random.default_rng(seed).random(panel.units.shape) < empty
    panel = replace(
        panel,
        units=np.where(hidden, np.nan, panel.units * (seed % 3)),
        price=np.where(hidden, np.nan, panel.price),
        in_stock=panel.in_stock * stock,
    )
    rows = features_at(panel, origin, LEADS).rows
    assert np.isfinite(rows).all()
    np.testing.assert_array_equal(rows * 1024, np.rint(rows * 1024))
