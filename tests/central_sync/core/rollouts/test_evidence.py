"""The promise of the sequential test, measured: how often it errs, and how soon it is sure."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central_sync.core.rollouts.evidence import evidence, is_enough

STORES = 400
FLEETS = 300


def stops_at(rate: float, tolerated: float, error: float, rng: random.Random) -> int | None:
    """Return after how many answers the test stops, looking after each; None for never."""
    bad = 0
    for answers in range(1, STORES + 1):
        bad += rng.random() < rate
        if is_enough(evidence(bad, answers, tolerated), error):
            return answers
    return None


@pytest.mark.parametrize(("tolerated", "error"), [(0.02, 0.05), (0.05, 0.01), (0.5, 0.05)])
def test_a_sound_release_is_stopped_no_more_often_than_promised(
    tolerated: float, error: float
) -> None:
    rng = random.Random(20)
    wrong = sum(stops_at(tolerated, tolerated, error, rng) is not None for _ in range(FLEETS))
    # Three standard deviations above the promise, for the luck of this many fleets.
    assert wrong / FLEETS <= error + 3 * math.sqrt(error / FLEETS)


@pytest.mark.parametrize(("rate", "soon"), [(1.0, 3), (0.5, 12), (0.2, 60)])
def test_a_bad_release_is_stopped_soon(rate: float, soon: int) -> None:
    rng = random.Random(21)
    found = [stops_at(rate, 0.02, 0.01, rng) for _ in range(101)]
    assert all(found)
    assert sorted(one for one in found if one)[50] <= soon


def test_a_release_of_which_most_stores_get_worse_is_stopped_within_the_canary() -> None:
    assert is_enough(evidence(9, 9, 0.5), 0.01)
    assert not is_enough(evidence(6, 10, 0.5), 0.01)


@given(bad=st.integers(0, 50), good=st.integers(0, 500), tolerated=st.floats(0.001, 0.9))
def test_each_answer_moves_the_evidence_as_it_should(bad: int, good: int, tolerated: float) -> None:
    before = evidence(bad, bad + good, tolerated)
    assert evidence(bad + 1, bad + good + 1, tolerated) > before
    assert evidence(bad, bad + good + 1, tolerated) < before


@given(bad=st.integers(0, 50), good=st.integers(0, 500), tolerated=st.floats(0.001, 0.9))
def test_at_the_tolerated_rate_the_evidence_neither_grows_nor_shrinks(
    bad: int, good: int, tolerated: float
) -> None:
    now = evidence(bad, bad + good, tolerated)
    worse = math.exp(evidence(bad + 1, bad + good + 1, tolerated) - now)
    better = math.exp(evidence(bad, bad + good + 1, tolerated) - now)
    assert tolerated * worse + (1 - tolerated) * better == pytest.approx(1.0)
