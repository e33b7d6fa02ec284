"""The shape of the year: found in the years before, carried on the level of late."""

from dataclasses import replace

import numpy as np
import pytest

from endcap.models.demand.features import FEATURES, features_at
from endcap.models.demand.panel import WEEKLY, Panel
from endcap.models.demand.recent import UNKNOWN
from tests.endcap.models.demand.panels import shop

LEADS = (1, 4, 13)


def weekly(units: np.ndarray) -> Panel:
    """Return weeks of sales of one group."""
    panel = shop(series=len(units), periods=units.shape[1], stores=1)
    return replace(
        panel,
        units=units,
        in_stock=np.ones(units.shape),
        rhythm=WEEKLY,
        weekday=np.zeros(units.shape[1], dtype=np.int64),
    )


def forecast(panel: Panel, name: str, origin: int) -> np.ndarray:
    """Return what a column says in units: [S, H]."""
    found = features_at(panel, origin, LEADS)
    return found.rows[:, :, FEATURES.index(name)] * found.level[:, None]


def year(weeks: int) -> np.ndarray:
    """Return a year's wave, slow enough for three weeks to be one."""
    return 100.0 * (1.5 + np.sin(np.arange(weeks) * 2 * np.pi / 52))


def test_a_growing_item_keeps_the_shape_of_its_years() -> None:
    wave = year(156)[None, :]
    grown = wave * 1.2 ** (np.arange(156) // 52)
    truth = grown[0, 120 + np.array(LEADS)]
    for name in ("year_own", "year_mixed"):
        np.testing.assert_allclose(forecast(weekly(grown), name, 120)[0], truth, rtol=0.03)


def test_a_sharp_week_of_the_year_stays_sharp_and_keeps_its_dates() -> None:
    units = np.ones((1, 130))
    units[0, 45] = 8.0
    panel, past_52_weeks = weekly(units), 365.2425 / 7 - 52
    there = forecast(panel, "year_own", 97 - LEADS[1])[0, 1]
    assert there == pytest.approx(1.0 + 7.0 * (1.0 - past_52_weeks), rel=0.01)
    week_after = forecast(panel, "year_own", 98 - LEADS[1])[0, 1]
    assert week_after == pytest.approx(1.0 + 7.0 * past_52_weeks, rel=0.01)


def test_an_item_without_a_year_follows_its_group() -> None:
    both = np.stack([year(130), year(130) / 2])
    both[1, :80] = np.nan
    panel = weekly(both)
    assert (forecast(panel, "year_own", 110)[1] < 0).all()
    truth = both[1, 110 + np.array(LEADS)]
    np.testing.assert_allclose(forecast(panel, "year_mixed", 110)[1], truth, rtol=0.05)


def test_without_a_year_of_anything_nothing_is_said() -> None:
    rows = features_at(weekly(year(60)[None, :]), 40, LEADS).rows
    assert (rows[:, :, FEATURES.index("year_mixed")] == UNKNOWN).all()


def test_a_year_of_days_is_told_from_its_weekdays() -> None:
    panel = shop(series=1, periods=480, stores=1)
    units = 10.0 * (1.5 + np.sin(np.arange(480) * 2 * np.pi / 364)) * (1 + (panel.weekday == 5))
    panel = replace(panel, units=units[None, :], in_stock=np.ones((1, 480)))
    ahead = 460 + np.arange(-2, 5)
    assert forecast(panel, "year_own", 460)[0, 0] == pytest.approx(units[ahead].mean(), rel=0.05)
