"""What speaks against a candidate, what does not, and when enough is known."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.trial import (
    Fared,
    ShadowRules,
    Trial,
    TrialRules,
    Truths,
    busy,
    percentile,
    rest_s,
    settled,
    truths_of,
    unasked,
    verdict,
)

RULES = TrialRules()
FINE = Fared(runs=100, errors=0, likeness=0.9, latency_ms=10.0, champion_latency_ms=9.0)
WORSE = Truths(count=900, error=3.0, champion_error=2.0, better=10, worse=90)


def of(fared: Fared = FINE, truths: Truths | None = None, *, likened: bool = True) -> str:
    known = {"demand": truths} if truths else {}
    return verdict(Trial({"demand": fared}, known, likened), RULES)


def test_a_candidate_that_does_as_the_champion_does_stays() -> None:
    assert of() == ""
    assert of(truths=Truths(900, 2.1, 2.0, 45, 55)) == ""


def test_errors_that_are_many_and_a_share_end_it() -> None:
    assert of(replace(FINE, runs=10, errors=2)) == ""
    assert of(replace(FINE, runs=1000, errors=20)) == ""
    assert of(replace(FINE, runs=10, errors=3)) == "demand: 3 of 10 runs failed"


def test_a_run_that_does_not_end_ends_it() -> None:
    assert of(replace(FINE, under_way_s=60.0)) == ""
    assert of(replace(FINE, under_way_s=61.0)) == "demand: a run has not ended in 60 s"
    assert busy(Trial({"demand": Fared(under_way_s=1.0)}))
    assert not busy(Trial({"demand": FINE}))


def test_slowness_counts_beside_the_champion_and_above_what_is_quick() -> None:
    slow = replace(FINE, latency_ms=51.0, champion_latency_ms=10.0)
    assert of(slow) == "demand: a run takes 51 ms (p95), the champion's 10 ms"
    assert of(replace(slow, latency_ms=49.0)) == ""
    assert of(replace(slow, champion_latency_ms=11.0)) == ""
    assert of(replace(slow, runs=19)) == ""
    assert of(replace(slow, champion_latency_ms=None)) == ""


def test_answers_of_another_kind_end_it_unless_they_are_right() -> None:
    strange = replace(FINE, likeness=0.1)
    assert of(strange) == "demand: its answers are 10% like the champion's; 30% is asked"
    assert of(strange, likened=False) == ""
    assert of(replace(strange, runs=5)) == ""
    assert of(strange, Truths(900, 1.9, 2.0, 60, 40)) == ""
    assert of(strange, Truths(9, 1.9, 2.0, 6, 3)).startswith("demand: its answers")
    assert of(strange, Truths(900, 2.1, 2.0, 45, 55)).startswith("demand: its answers")


def test_being_wrong_ends_it_when_it_is_much_and_sure() -> None:
    assert of(truths=WORSE) == ("demand: mean error 3 against the champion's 2, worse at 90 of 100")
    assert of(truths=replace(WORSE, error=2.1)) == ""
    assert of(truths=replace(WORSE, better=40, worse=60)) == ""
    assert of(truths=replace(WORSE, better=0, worse=19)) == ""
    assert of(truths=WORSE, likened=False) != ""


def test_what_the_champion_answers_the_candidate_must_too() -> None:
    assert of(truths=Truths(failed=1)) == (
        "demand: it could not answer 1 of the store's own questions"
    )


def test_truth_without_a_question_counts_too() -> None:
    trial = Trial({}, {"demand": WORSE})
    assert trial.kinds == ("demand",)
    assert verdict(trial, RULES)


def test_the_shadow_may_end_once_each_kind_answered_enough() -> None:
    rules = ShadowRules(enough=50)
    assert settled(Trial({"demand": FINE}), rules)
    assert not settled(Trial({"demand": FINE, "gaps": Fared(runs=49)}), rules)
    assert settled(Trial(), rules)  # nothing differs


def test_who_was_not_asked_is_named() -> None:
    trial = Trial({"demand": FINE, "gaps": Fared()}, {"shopper": WORSE})
    assert unasked(trial) == ("gaps",)


def test_rest_follows_work_until_the_share_is_kept() -> None:
    assert rest_s(0.005, 0.006, 0.2) == pytest.approx(0.019)
    assert rest_s(0.005, 9.0, 0.2) == 0.0  # the machine was busy: rested already


def test_the_95th_percentile_is_one_of_the_values() -> None:
    assert percentile([]) is None
    assert percentile(range(1, 101)) == 96
    assert percentile([7.0]) == 7.0


def test_things_are_counted_once_and_answers_each() -> None:
    item, other, tie = [(1.0, 2.0), (4.0, 2.0)], [(0.0, 3.0)], [(1.0, 1.0)]
    assert truths_of([item, other, tie]) == Truths(4, 1.5, 2.0, better=1, worse=1)
    assert truths_of([]) == Truths()


def test_a_candidate_that_is_as_good_is_hardly_ever_refused() -> None:
    rng = random.Random(5)
    refused = 0
    for _ in range(3000):
        worse = rng.getrandbits(400).bit_count()
        refused += of(truths=Truths(400, 3.0, 2.0, better=400 - worse, worse=worse)) != ""
    assert refused <= 1


@given(st.integers(20, 5000))
def test_a_candidate_that_is_worse_everywhere_never_stays(items: int) -> None:
    assert of(truths=Truths(items, 3.0, 2.0, better=0, worse=items))
