"""Intervals hold what they promise, however demand drifts: on fixed, made-up weeks."""

import numpy as np
import pytest

from edge_agent.core.calibration.intervals import (
    FARTHEST,
    FRESH,
    INHERITED,
    Shifts,
    inherited,
    learned,
    moved,
    shifts_for,
    sizes_of,
)
from edge_agent.core.calibration.lessons import Draft
from tests.edge_agent.core.calibration.days import LEVELS, draft, lesson

ITEMS = 200


def edges(said: Draft, known: Shifts) -> np.ndarray:
    """Return the quantiles as the store would tell them."""
    times = (said.factor * said.event)[:, None]
    shifts = shifts_for(known, sizes_of(said.told, said.fresh), 0, LEVELS)
    return moved(said.quantiles * times, said.told, shifts, said.whole)


def held(weeks: int, *, spread: float, drift: float, whole: bool = False) -> float:
    """Return how often sales lay in the 90 % interval, after two weeks of learning.

    The model's interval is that of a spread of 1, and its mean stands still while demand drifts.
    """
    rng = np.random.default_rng(5)
    known, inside, items = Shifts(0), 0, 0
    for day in range(7 * (weeks + 2)):
        said = draft(items=ITEMS, day=day, mean=20.0, width=2 * 1.645, whole=whole)
        grown = 20.0 + drift * day / 7
        sold = np.maximum(rng.normal(grown, spread, ITEMS), 0.0)
        sold = np.round(sold) if whole else sold
        low, _, high = edges(said, known).T
        if day >= 14:
            inside += int(((low <= sold) & (sold <= high)).sum())
            items += ITEMS
        known = learned(known, lesson(said, sold))
    return inside / items


@pytest.mark.parametrize("spread", [0.6, 1.0, 2.5])
@pytest.mark.parametrize("drift", [-0.3, 0.0, 0.3])
def test_the_interval_holds_nine_in_ten_through_weeks_of_drift(spread: float, drift: float) -> None:
    assert 0.88 <= held(8, spread=spread, drift=drift) <= 0.92


def test_whole_units_are_held_as_well_as_they_can_be() -> None:
    """The next narrower interval of whole units would hold less than nine in ten."""
    assert 0.88 <= held(8, spread=3.0, drift=0.2, whole=True) <= 0.93


def test_without_learning_the_same_weeks_are_missed() -> None:
    rng = np.random.default_rng(5)
    sold = rng.normal(22.0, 2.5, 1000)
    low, _, high = edges(draft(items=1000, mean=20.0, width=2 * 1.645), Shifts(0)).T
    assert ((low <= sold) & (sold <= high)).mean() < 0.6


def test_sizes_move_apart_and_new_items_on_their_own() -> None:
    mean = np.where(np.arange(ITEMS) % 2 == 0, 0.5, 50.0)
    said = draft(items=ITEMS, mean=mean, width=0.2)
    sold = np.where(mean > 1, 90.0, 0.5)
    known = learned(Shifts(0), lesson(said, sold))
    assert known.shifts[4, 0, 0.95] > 0.3
    assert -0.1 < known.shifts[1, 0, 0.95] < 0.0
    fresh = learned(Shifts(0), lesson(draft(items=ITEMS, fresh=True), np.full(ITEMS, 9.0)))
    assert {size for size, _, _ in fresh.shifts} == {FRESH}


def test_an_edge_that_sales_touch_stays() -> None:
    """Three in four sell nothing: an edge at nothing is right for every level up to 3/4."""
    said = draft(items=ITEMS, mean=3.0, width=6.0, whole=True)
    sold = np.where(np.arange(ITEMS) < 150, 0.0, 3.0)
    known = learned(Shifts(0), lesson(said, sold))
    assert known.shifts[3, 0, 0.05] == 0.0


def test_slow_sellers_have_no_edges_to_move() -> None:
    said = draft(items=10, mean=0.1, whole=True)
    assert learned(Shifts(0), lesson(said, np.full(10, 3.0))).shifts == {}


def test_an_edge_moves_so_far_and_no_farther() -> None:
    known = Shifts(0)
    for day in range(30):
        known = learned(known, lesson(draft(items=ITEMS, day=day), np.full(ITEMS, 99.0)))
    assert known.shifts[3, 0, 0.95] == FARTHEST


def test_moved_quantiles_rise_and_are_never_negative() -> None:
    found = moved(
        np.array([[1.0, 2.0, 3.0]]),
        np.array([2.0]),
        np.array([[-1.0, -0.9, 0.1]]),
        np.array([False]),
    )
    np.testing.assert_allclose(found, [[0.0, 0.2, 3.2]])
    whole = moved(np.array([[0.6, 1.4, 2.5]]), np.array([1.4]), np.zeros((1, 3)), np.array([True]))
    assert whole.tolist() == [[1.0, 1.0, 3.0]]


def test_another_release_begins_with_a_part() -> None:
    known = Shifts(1, {(3, 0, 0.95): 0.4})
    assert inherited(known, 1) is known
    assert inherited(known, 2) == Shifts(2, {(3, 0, 0.95): 0.4 * INHERITED})
