"""Evidence counts by time as well as by looks, and says nothing of what is hidden."""

from datetime import timedelta

import pytest

from edge_agent.core.vision.evidence import (
    KNOWN,
    REMEMBERED,
    Evidence,
    Sum,
    Usual,
    Weighing,
    log_odds,
    says,
)
from edge_agent.core.vision.machine import Finding
from endcap.models.gaps.states import Chances
from tests.fakes.clock import NOON

WEIGHING = Weighing(enough=5.0, most=2.0, apart=timedelta(seconds=30))


def said(chances: Chances, share: float = 1.0) -> dict[Finding, float]:
    return says(chances, 0.0, WEIGHING, share)


@pytest.mark.parametrize(
    ("seconds", "share"), [(1, 1 / 30), (15, 0.5), (30, 1.0), (3600, 1.0), (-5, 0.0)]
)
def test_a_look_soon_after_another_is_worth_less(seconds: int, share: float) -> None:
    assert WEIGHING.share(timedelta(seconds=seconds)) == pytest.approx(share)


def test_no_look_is_worth_more_than_most() -> None:
    assert said(Chances.of_empty(1.0))[Finding.EMPTY] == 2.0
    assert said(Chances.of_empty(0.0))[Finding.EMPTY] == -2.0
    assert said(Chances.of_empty(1.0))[Finding.STOCKED] == -2.0


def test_what_a_model_only_just_says_counts_little() -> None:
    assert 0 < said(Chances.of_empty(0.55))[Finding.EMPTY] < 0.5
    assert says(Chances.of_empty(0.8), log_odds(0.9), WEIGHING, 1.0)[Finding.EMPTY] < 0


def test_a_look_above_the_threshold_counts_more_than_one_below_it() -> None:
    above = Chances.of_empty(0.6)
    below = Chances.of_empty(0.4)
    assert said(above)[Finding.EMPTY] == pytest.approx(WEIGHING.steep * log_odds(0.6))
    assert said(below)[Finding.EMPTY] == pytest.approx(log_odds(0.4))
    assert said(below)[Finding.STOCKED] == pytest.approx(-log_odds(0.4))


def test_low_and_full_are_asked_of_what_is_there() -> None:
    low = said(Chances(0.1, 0.8, 0.1, 0.0))
    assert low[Finding.LOW] > 1.5
    assert low[Finding.STOCKED] > 1.5
    assert low[Finding.FULL] < 0
    unsure = said(Chances(0.45, 0.45, 0.1, 0.0))
    assert unsure[Finding.STOCKED] == 2.0
    assert unsure[Finding.LOW] == unsure[Finding.FULL] == 0.0


def test_an_empty_facing_is_neither_low_nor_full() -> None:
    empty = said(Chances(0.0, 0.0, 1.0, 0.0))
    assert empty[Finding.LOW] == empty[Finding.FULL] == -2.0


def test_what_is_half_hidden_counts_half() -> None:
    assert said(Chances(0.0, 0.0, 0.6, 0.4))[Finding.EMPTY] == pytest.approx(
        0.6 * said(Chances.of_empty(0.6))[Finding.EMPTY]
    )


def test_a_sum_begins_anew_and_dates_from_its_first_look() -> None:
    minute = timedelta(minutes=1)
    one = Sum().plus(2.0, 0.9, NOON, 5.0).plus(-3.0, 0.1, NOON + minute, 5.0)
    assert one == Sum()
    two = one.plus(2.0, 0.8, NOON + 2 * minute, 3.0).plus(2.0, 0.6, NOON + 3 * minute, 3.0)
    proof = two.proof(NOON + 3 * minute, "b" * 64)
    assert two.total == 3.0
    assert (proof.since, proof.frames, proof.probability) == (NOON + 2 * minute, 2, 0.7)
    assert proof.picture == "b" * 64


def test_a_question_that_is_settled_is_asked_anew() -> None:
    seen = Evidence().saw({Finding.EMPTY: 1.0}, 0.9, NOON, 5.0)
    assert seen.of(Finding.EMPTY).looks == 1
    assert seen.forgotten() == Evidence({}, NOON)


def known(level: float, worth: float = KNOWN) -> Usual:
    return Usual(level, worth)


@pytest.mark.parametrize(
    ("usual", "threshold"),
    [
        (Usual(), 1.0),
        (known(-9.0, KNOWN - 1), 1.0),
        (known(-2.0), WEIGHING.margin - 2.0),
        (known(-9.0), 1.0 - WEIGHING.less),
        (known(0.0), WEIGHING.margin),
        (known(9.0), 1.0 + WEIGHING.more),
    ],
)
def test_a_known_facing_has_its_own_threshold_within_bounds(usual: Usual, threshold: float) -> None:
    assert usual.threshold(1.0, WEIGHING) == threshold


def test_how_a_facing_usually_looks_is_learned_and_older_looks_are_forgotten() -> None:
    usual = Usual().learned(5.0, 0.0)
    assert usual == Usual()
    for _ in range(20):
        usual = usual.learned(-4.0, 1.0)
    assert usual.level == pytest.approx(-4.0)
    for _ in range(3 * int(REMEMBERED)):
        usual = usual.learned(0.0, 1.0)
    assert usual.worth == REMEMBERED
    assert usual.level == pytest.approx(0.0, abs=0.4)


def test_blindness_leaves_only_how_a_facing_usually_looks() -> None:
    seen = Evidence().saw({Finding.EMPTY: 1.0}, 0.9, NOON, 5.0).learned(0.5, 1.0)
    assert seen.blinded() == Evidence(usual=seen.usual)
