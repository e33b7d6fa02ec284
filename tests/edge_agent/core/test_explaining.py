"""A forecast in parts: they add up to what is told, what the store did afterwards included."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from edge_agent.core.explaining import EVENTS, OWN_ERRORS, Answer, Inputs, Told, explain
from endcap.models.demand.features import FEATURES, Features, features_at
from endcap.models.demand.outlook import Reading
from tests.endcap.models.demand.panels import shop

FIRST = date(2026, 3, 2)
READING = Reading(FEATURES, (0.1, 0.5, 0.9), 0.5, "day")


def curved(rows: Features) -> Answer:
    weights = np.random.default_rng(3).normal(0, 0.2, rows.shape[1])
    mean = np.exp(np.sin(rows.astype(np.float64) @ weights)).astype(np.float32)
    return {"mean": mean, "quantiles": mean[:, None] * np.array([0.5, 0.8, 2.0])}


def inputs(events: float = 1.0, *, level: float = 6.0, whole: bool = False) -> Inputs:
    rows = features_at(shop(), 80, range(1, 15)).rows[0]
    return Inputs(3, FIRST, level, whole, rows, (1.0, events, *[1.0] * 12))


def modelled(day: int) -> float:
    """Return what the model itself expects of a day: half way from the mean to the median."""
    return float(6.0 * 0.9 * curved(inputs().rows[day : day + 1])["mean"][0])


def test_the_parts_add_up_to_what_is_told() -> None:
    told = Told(FIRST + timedelta(days=1), 9.0, ("Match: +30%",))
    found = explain(curved, READING, inputs(events=1.3), told)
    assert found is not None
    assert found.expected == 9.0
    assert found.typical + sum(one.units for one in found.drivers) == pytest.approx(9.0, abs=0.06)
    parts = {one.name: one for one in found.drivers}
    assert parts[EVENTS].units == pytest.approx(9.0 - 9.0 / 1.3, abs=1e-3)
    assert parts[EVENTS].reason == "Match: +30%"
    assert parts[OWN_ERRORS].units == pytest.approx(9.0 / 1.3 - modelled(1), abs=1e-3)


def test_what_moves_most_comes_first_and_what_moves_nothing_is_left_out() -> None:
    told = Told(FIRST, modelled(0))
    found = explain(curved, READING, inputs(), told)
    assert found is not None
    sizes = [abs(one.units) for one in found.drivers]
    assert sizes == sorted(sizes, reverse=True)
    assert not {EVENTS, OWN_ERRORS} & {one.name for one in found.drivers}
    assert {one.words for one in found.drivers} >= {"weekday and day of the month", "recent sales"}


@pytest.mark.parametrize("ahead", [-1, 14])
def test_a_day_without_input_is_not_explained(ahead: int) -> None:
    assert explain(curved, READING, inputs(), Told(FIRST + timedelta(days=ahead), 5.0)) is None


def test_input_of_another_width_is_not_explained() -> None:
    narrow = replace(inputs(), rows=inputs().rows[:, :-1])
    assert explain(curved, READING, narrow, Told(FIRST, 5.0)) is None


def test_a_slow_seller_is_explained_by_its_mean() -> None:
    mean = float(curved(inputs().rows[:1])["mean"][0])
    for whole, point in ((True, 0.1 * mean), (False, 0.1 * 0.9 * mean)):
        found = explain(curved, READING, inputs(level=0.1, whole=whole), Told(FIRST, point))
        assert found is not None
        assert OWN_ERRORS not in {one.name for one in found.drivers}
