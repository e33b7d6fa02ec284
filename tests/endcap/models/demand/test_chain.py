"""The chain: sums over enough stores, nothing of the future, on the grid that stores are told."""

from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from endcap.models.demand.chain import LEAST_STORES, Chain, chain_of, no_chain, sums_of
from endcap.models.demand.features import FEATURES, features_at
from endcap.models.demand.panel import WEEKLY, Panel
from endcap.models.demand.recent import UNKNOWN, count_of
from tests.endcap.models.demand.panels import shop

ORIGIN = 89
FIGURES = tuple(field.name for field in fields(Chain))
TOLD = tuple(name for name in FEATURES if name.startswith("chain_"))


def many(stores: int = LEAST_STORES) -> Panel:
    """Return six items, each sold in every one of `stores` stores."""
    return shop(series=6 * stores, stores=stores)


def test_a_trend_is_the_late_mean_over_the_months_mean_of_all_stores() -> None:
    panel = many()
    units = np.full(panel.units.shape, 2.0)
    units[:, ORIGIN - 2 : ORIGIN + 1] = 6.0
    chain = chain_of(replace(panel, units=units, in_stock=np.ones_like(units)), ORIGIN)
    month = (25 * 2.0 + 3 * 6.0) / 28
    np.testing.assert_allclose(chain.item_3, 6.0 / month, atol=1e-3)
    np.testing.assert_allclose(chain.item_7, (4 * 2.0 + 3 * 6.0) / 7 / month, atol=1e-3)
    np.testing.assert_allclose(chain.category_3, 6.0 / month, atol=1e-3)


def test_a_season_is_each_weekdays_share_of_the_mean_day() -> None:
    panel = many()
    units = np.where(panel.weekday == 5, 8.0, 1.0) * np.ones(panel.units.shape)
    season = chain_of(replace(panel, units=units, in_stock=np.ones_like(units)), ORIGIN).season
    np.testing.assert_allclose(season, np.tile([0.5, 0.5, 0.5, 0.5, 0.5, 4.0, 0.5], (2, 1)))


def test_a_lift_is_learned_from_cuts_in_all_stores_and_told_of_the_day() -> None:
    panel = many()
    cheap = np.random.default_rng(2).random(panel.units.shape) < 0.3
    price = np.where(cheap, 8.0, 10.0)
    units = np.where(cheap, 9.0, 4.0)
    panel = replace(panel, price=price, units=units, in_stock=np.ones_like(units))
    chain = chain_of(panel, ORIGIN)
    assert (chain.item_lift > 2.0).all()
    rows = features_at(panel, ORIGIN, (1,), chain).rows[:, 0]
    for name in ("chain_item_lift", "chain_category_lift", "category_lift", "own_lift"):
        there = panel.category >= 0
        lift = rows[there, FEATURES.index(name)]
        dear = cheap[there, ORIGIN + 1]
        assert lift[dear].min() > 1.1
        assert lift[~dear].max() < 1.0


def test_nothing_sells_less_for_being_cheaper() -> None:
    panel = many()
    cheap = np.random.default_rng(2).random(panel.units.shape) < 0.3
    panel = replace(panel, price=np.where(cheap, 8.0, 10.0), units=np.where(cheap, 1.0, 4.0))
    chain = chain_of(panel, ORIGIN)
    assert (chain.item_lift == 0.0).all()
    assert (
        features_at(panel, ORIGIN, (1,), chain).rows[:, 0, FEATURES.index("own_lift")] == 1
    ).all()


def test_too_few_stores_are_not_told_of() -> None:
    few = many(LEAST_STORES - 1)
    chain = chain_of(few, ORIGIN)
    for name in FIGURES:
        assert (getattr(chain, name) == UNKNOWN).all()
    assert (chain_of(many(), ORIGIN).item_3 != UNKNOWN).all()


def test_a_store_that_knew_no_sales_does_not_count() -> None:
    panel = many()
    units = np.where((panel.group == 0)[:, None], np.nan, panel.units)
    assert (chain_of(replace(panel, units=units), ORIGIN).item_3 == UNKNOWN).all()


def test_the_chain_stands_on_the_grid_and_looks_at_nothing_to_come() -> None:
    panel = many()
    units = panel.units.copy()
    units[:, ORIGIN + 1 :] = 999.0
    for name in FIGURES:
        now = getattr(chain_of(panel, ORIGIN), name)
        np.testing.assert_array_equal(now * 1024, np.rint(now * 1024))
        np.testing.assert_array_equal(
            now, getattr(chain_of(replace(panel, units=units), ORIGIN), name)
        )


def test_weeks_have_one_season() -> None:
    panel = replace(many(), rhythm=WEEKLY, weekday=np.zeros(100, dtype=np.int64))
    season = chain_of(panel, ORIGIN).season
    assert (season[:, 0] == 1.0).all()
    assert (season[:, 1:] == UNKNOWN).all()
    rows = features_at(panel, ORIGIN, (1, 2), chain_of(panel, ORIGIN)).rows
    there = panel.category >= 0
    assert (rows[there][:, :, FEATURES.index("chain_season")] == 1.0).all()


def test_a_store_told_by_the_chain_has_the_centres_rows() -> None:
    panel = many()
    chain = chain_of(panel, ORIGIN)
    whole = features_at(panel, ORIGIN, (1, 9), chain).rows
    mine = panel.group == 2
    alone = replace(panel.only(mine), group=np.zeros(int(mine.sum()), dtype=np.int64))
    np.testing.assert_array_equal(whole[mine], features_at(alone, ORIGIN, (1, 9), chain).rows)


def test_without_a_chain_its_columns_are_unknown() -> None:
    panel = many()
    columns = [FEATURES.index(name) for name in TOLD]
    untold = features_at(panel, ORIGIN, (1, 9)).rows
    assert (untold[:, :, columns] == UNKNOWN).all()
    np.testing.assert_array_equal(untold, features_at(panel, ORIGIN, (1, 9), no_chain(panel)).rows)
    told = features_at(panel, ORIGIN, (1, 9), chain_of(panel, ORIGIN)).rows
    other = [place for place in range(len(FEATURES)) if place not in columns]
    np.testing.assert_array_equal(told[:, :, other], untold[:, :, other])
    assert (told[panel.category >= 0][:, :, columns] != UNKNOWN).all()


def test_a_panel_without_codes_has_an_empty_chain() -> None:
    panel = many()
    bare = replace(panel, item=np.empty(0, np.int64), category=np.empty(0, np.int64))
    assert len(chain_of(bare, ORIGIN).item_3) == 0
    rows = features_at(bare, ORIGIN, (1,), chain_of(bare, ORIGIN)).rows
    assert (rows[:, :, [FEATURES.index(name) for name in TOLD]] == UNKNOWN).all()


def some_rows(panel: Panel, rows: NDArray[np.bool_]) -> Panel:
    """Return some series of a panel."""
    kept = ("units", "in_stock", "price", "promotion", "holiday", "special", "group")
    named = (*kept, "item", "category", "temperature", "rain")
    return replace(panel, **{name: getattr(panel, name)[rows] for name in named})


def test_stores_looked_at_in_parts_add_up_to_the_chain() -> None:
    panel = many()
    half = panel.group < panel.group.max() // 2
    parts = [
        sums_of(some_rows(panel, rows), ORIGIN, count_of(panel.item), count_of(panel.category))
        for rows in (half, ~half)
    ]
    together, whole = (parts[0] + parts[1]).chain(), chain_of(panel, ORIGIN)
    for name in ("item_3", "item_7", "category_3", "category_7", "season", "item_lift"):
        np.testing.assert_allclose(
            getattr(together, name), getattr(whole, name), atol=1 / 1024, err_msg=name
        )
    few = sums_of(panel, ORIGIN, count_of(panel.item), count_of(panel.category)).item
    assert (replace(few, stores=few.stores * 0 + LEAST_STORES - 1).level() == UNKNOWN).all()
    np.testing.assert_allclose(few.level(), few.total.mean(axis=1) / few.stores, atol=1 / 1024)
