"""Feasts find their twins, also those that move; plain days have none."""

from dataclasses import replace

import numpy as np
import pytest

from endcap.models.demand.features import FEATURES, features_at
from endcap.models.demand.panel import WEEKLY, Panel
from endcap.models.demand.recent import UNKNOWN
from tests.endcap.models.demand.panels import shop

ORIGIN = 460
LEADS = (1, 2, 3, 4, 5, 14)


def feasts(*days: tuple[int, float], series: int = 3) -> Panel:
    """Return items that sell 10 a day, and on each (day, factor) that much more or less."""
    panel = shop(series=series, periods=500, stores=1)
    units, holiday = np.full((series, 500), 10.0), np.zeros((series, 500))
    for day, factor in days:
        holiday[:, day] = 1.0
        units[:, day] *= factor
    return replace(panel, units=units, holiday=holiday, in_stock=np.ones_like(units))


def column(panel: Panel, name: str) -> np.ndarray:
    return features_at(panel, ORIGIN, LEADS).rows[:, :, FEATURES.index(name)]


@pytest.mark.parametrize("name", ["occasion", "occasion_group"])
def test_the_same_date_a_year_before_is_the_twin(name: str) -> None:
    panel = feasts((463 - 365, 0.0), (200, 3.0), (463, 1.0))
    lift = column(panel, name)[0]
    assert lift[2] < 0.15  # day 463; closed a year ago
    assert lift[5] == 1.0  # a plain day
    assert lift[1] == pytest.approx(1.0, abs=0.1)  # its eve


def test_a_feast_that_moves_is_known_by_its_days() -> None:
    easter = ((0, 0.2), (2, 0.5), (3, 0.6))
    days = [(463 - 384 + step, factor) for step, factor in easter]
    single = [(463 - 365, 1.0)]
    panel = feasts(*days, *single, *[(463 + step, 1.0) for step, _ in easter])
    assert column(panel, "occasion_group")[0, 2] < 0.4


def test_a_day_off_every_week_is_no_occasion() -> None:
    panel = feasts()
    sundays = np.tile((panel.weekday == 6).astype(np.float64), (3, 1))
    panel = replace(panel, holiday=sundays)
    assert (column(panel, "occasion") == 1.0).all()


def test_a_feast_without_a_twin_is_unknown() -> None:
    assert (column(feasts((463, 1.0)), "occasion_group")[:, 2] == UNKNOWN).all()


def test_weeks_have_no_feast_days() -> None:
    panel = replace(feasts((463, 1.0)), rhythm=WEEKLY)
    assert (column(panel, "occasion") == UNKNOWN).all()
