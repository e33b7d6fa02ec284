"""Levels are corrected by what the store itself sold, thin items leaning on their like."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.calibration.lessons import bucket_of, lesson_of
from edge_agent.core.calibration.levels import (
    INHERITED,
    MOST,
    STORE,
    LevelSums,
    corrections,
    inherited,
    learned,
)
from edge_agent.core.scoring import Sold
from tests.edge_agent.core.calibration.days import FIRST, draft, lesson

GTINS = draft().gtins
KINDS = [f"kind {at % 4}" for at in range(40)]


def after(days: int, sold: np.ndarray | float, *, lead: int = 1) -> LevelSums:
    known = LevelSums(0)
    for day in range(days):
        said = draft(day=day, lead=lead)
        real = np.broadcast_to(np.asarray(sold, dtype=np.float64), (40,))
        known = learned(known, [lesson(said, real)], said.day)
    return known


def test_nothing_learned_changes_nothing() -> None:
    np.testing.assert_array_equal(corrections(LevelSums(0), GTINS, KINDS, (1, 4)), 1.0)


def test_a_store_that_sells_a_third_more_is_soon_told_so() -> None:
    week, month = (corrections(after(days, 5.2), GTINS, KINDS, (1,))[:, 0] for days in (7, 28))
    assert 1.15 < week.mean() < month.mean() < 1.3
    assert month.min() > 1.22


def test_only_the_bucket_of_the_lead_is_corrected() -> None:
    found = corrections(after(14, 5.2, lead=4), GTINS, KINDS, (1, 3, 7, 8))
    np.testing.assert_array_equal(found[:, [0, 3]], 1.0)
    assert found[:, [1, 2]].min() > 1.1
    assert [bucket_of(lead) for lead in (1, 2, 3, 28, 99)] == [0, 0, 1, 3, 3]


def test_one_item_that_sells_more_moves_itself_most_and_others_little() -> None:
    sold = np.full(40, 4.0)
    sold[0] = 12.0
    found = corrections(after(28, sold), GTINS, KINDS, (1,))[:, 0]
    assert found[0] > 1.4
    assert 0.95 < found[1] < 1.1
    assert found[4] > found[1] - 0.03  # its category moves a little with it


def test_an_item_never_seen_gets_its_categorys_factor() -> None:
    sold = np.where(np.arange(40) % 4 == 0, 8.0, 4.0)
    known = after(28, sold)
    new, other, stranger = corrections(known, ["n", "o", "s"], ["kind 0", "kind 1", "?"], (1,))[
        :, 0
    ]
    assert new > 1.4 > other
    assert 1.0 < stranger < new


def test_what_was_missing_teaches_nothing() -> None:
    said = draft(items=2)
    found = lesson_of(said, {said.gtins[0]: Sold(9.0, 0.5)}, {})
    assert found.draft.gtins == (said.gtins[1],)
    assert found.sold.tolist() == [0.0]


def test_days_without_a_lesson_fade_what_was_learned() -> None:
    known = after(7, 5.2)
    later = learned(known, [], FIRST + timedelta(days=20))
    assert later.sums[STORE][0, 0] < 0.5 * known.sums[STORE][0, 0]
    assert later.until == FIRST + timedelta(days=20)


def test_another_release_begins_with_a_part() -> None:
    known = after(14, 5.2)
    assert inherited(known, 0) is known
    other = inherited(known, 3)
    assert other.release == 3
    np.testing.assert_allclose(other.sums[STORE], INHERITED * known.sums[STORE])
    mine, its = (corrections(one, GTINS, KINDS, (1,)).mean() for one in (known, other))
    assert 1.0 < its < mine


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.integers(1, 40))
def test_a_factor_is_bounded_and_on_the_side_of_what_sold(
    sold: float, expected: float, days: int
) -> None:
    sums = {STORE: np.tile([sold, expected, float(days)], (4, 1))}
    [[found]] = corrections(LevelSums(0, None, sums), ["x"], [""], (1,))
    assert 1.0 / MOST <= found <= MOST
    assert (found - 1.0) * (sold - expected) >= -1e-9
    if abs(sold - expected) < 1e-9:
        assert found == pytest.approx(1.0)
