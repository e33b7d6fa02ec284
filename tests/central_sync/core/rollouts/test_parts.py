"""Plans, reports and gates: what each says by itself."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central_sync.core.rollouts.facts import Outcome, Report, Store, outcome_of, reports_in
from central_sync.core.rollouts.gates import read_gates
from central_sync.core.rollouts.machine import (
    TRANSITIONS,
    UNDER_WAY,
    Entry,
    Event,
    NoSuchTransitionError,
    Rollout,
    State,
)
from central_sync.core.rollouts.plan import Bar, Gates, Plan, PlanError, Wave
from endcap.wire.commands import KindTrial, StoreState, Trial, UpdateStanding
from tests.fakes.tiny_models import NOON

trials = st.builds(
    KindTrial,
    runs=st.integers(0, 50),
    errors=st.integers(0, 3),
    agreement=st.none() | st.floats(0, 1),
    latency_ms=st.none() | st.floats(0, 100),
    champion_latency_ms=st.none() | st.floats(0, 100),
    truths=st.integers(0, 50),
    error=st.none() | st.floats(0, 10),
    champion_error=st.none() | st.floats(0, 10),
)
reports = st.builds(
    Report,
    outcome=st.sampled_from(Outcome),
    reason=st.sampled_from(["", "a", "b"]),
    kinds=st.dictionaries(st.sampled_from(["demand", "gaps"]), trials),
)


@given(st.lists(reports, min_size=3, max_size=3))
def test_reports_say_the_same_together_in_every_order_and_when_repeated(
    told: list[Report],
) -> None:
    found = set()
    for order in permutations([*told, told[0]]):
        joined = Report()
        for one in order:
            joined = joined.joined(one)
        found.add(repr((joined.outcome, joined.reason, sorted(joined.kinds.items()))))
    assert len(found) == 1


def state(*, release: int, update: UpdateStanding, trial: Trial | None = None) -> StoreState:
    return StoreState(
        store="store-1",
        epoch="0" * 16,
        at=NOON,
        agent="1.0.0",
        release=release,
        models={},
        update=update,
        cameras={},
        open_gaps=0,
        outbox_waiting=0,
        last_seq=0,
        trial=trial,
    )


def test_a_state_tells_of_the_release_that_is_tried_and_of_the_one_that_serves() -> None:
    trial = Trial(release=5, stage="shadow", kinds={"demand": KindTrial(runs=4, errors=0)})
    told = state(release=4, update=UpdateStanding(state="shadow", release=5), trial=trial)
    assert reports_in(told) == {
        4: Report(Outcome.COMMITTED),
        5: Report(Outcome.TRYING, kinds=trial.kinds),
    }


def test_a_release_on_probation_serves_and_is_not_committed() -> None:
    told = state(release=5, update=UpdateStanding(state="probation", release=5))
    assert reports_in(told) == {5: Report(Outcome.TRYING)}


def test_a_store_as_it_was_born_tells_of_no_release() -> None:
    assert reports_in(state(release=0, update=UpdateStanding(state="idle", release=0))) == {}


def test_the_last_trial_is_known_though_nothing_is_under_way() -> None:
    trial = Trial(release=3, stage="probation", kinds={})
    told = state(release=3, update=UpdateStanding(state="idle", release=0), trial=trial)
    assert reports_in(told) == {3: Report(Outcome.COMMITTED)}


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("fetching", Outcome.TRYING),
        ("shadow", Outcome.TRYING),
        ("committed", Outcome.COMMITTED),
        ("rolling_back", Outcome.FAILED),
        ("last_resort", Outcome.FAILED),
        ("refused", Outcome.FAILED),
    ],
)
def test_what_a_state_of_an_update_says(said: str, outcome: Outcome) -> None:
    assert outcome_of(said) is outcome


def fleet(*kinds: KindTrial) -> list[Store]:
    return [Store(f"s{at}", report=Report(kinds={"demand": one})) for at, one in enumerate(kinds)]


@pytest.mark.parametrize(
    ("gate", "good", "bad", "unknown"),
    [
        (
            "latency",
            KindTrial(runs=20, errors=0, latency_ms=7.9, champion_latency_ms=3.0),
            KindTrial(runs=20, errors=0, latency_ms=8.1, champion_latency_ms=3.0),
            KindTrial(runs=19, errors=0, latency_ms=99.0, champion_latency_ms=3.0),
        ),
        (
            "quality",
            KindTrial(runs=0, errors=0, truths=20, error=1.05, champion_error=1.0),
            KindTrial(runs=0, errors=0, truths=20, error=1.06, champion_error=1.0),
            KindTrial(runs=0, errors=0, truths=19, error=9.0, champion_error=1.0),
        ),
        (
            "quality",  # as far apart in the mean; only one at more baskets than chance has it
            KindTrial(runs=0, errors=0, truths=90, error=2, champion_error=1, better=10, worse=18),
            KindTrial(runs=0, errors=0, truths=90, error=2, champion_error=1, better=10, worse=22),
            KindTrial(runs=0, errors=0, truths=19, error=2, champion_error=1, better=0, worse=19),
        ),
        (
            "agreement",
            KindTrial(runs=20, errors=0, agreement=0.8),
            KindTrial(runs=20, errors=0, agreement=0.79),
            KindTrial(runs=20, errors=0),
        ),
    ],
)
def test_a_gate_counts_the_bad_among_those_who_can_tell(
    gate: str, good: KindTrial, bad: KindTrial, unknown: KindTrial
) -> None:
    gates = Gates(least_agreement=0.8)
    found = {one.gate: one for one in read_gates(fleet(good, bad, unknown), gates)}
    assert (found[gate].bad, found[gate].answers) == (1, 2)


def test_a_gate_says_why_it_stops_why_it_holds_and_what_is_too_much_at_the_end() -> None:
    gates = Gates(installs=Bar(tolerated=0.02, allowed=0.1, minimum=4))
    failed = [Store(f"s{at}", report=Report(Outcome.FAILED)) for at in range(3)]
    reading = read_gates([*failed, Store("s9")], gates)[0]
    assert reading.stop == "installs: 3 of 3 stores refused it or went back; 2% are tolerated"
    assert reading.hold == "installs: 3 of 4 answers"
    assert reading.at_end == "installs: 3 of 3 stores refused it or went back; 10% are allowed"
    calm = read_gates([Store("s9")], Gates())[1]
    assert (calm.stop, calm.hold, calm.at_end, calm.evidence) == ("", "", "", 0.0)


@pytest.mark.parametrize(
    "wrong",
    [
        Wave,
        lambda: Wave(share=0.5, count=3),
        lambda: Wave(share=0.5, approvals=3),
        lambda: Plan(waves=()),
        lambda: Plan(waves=(Wave(share=0.5),)),
        lambda: Bar(tolerated=0.0, allowed=0.5),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused(wrong: object) -> None:
    with pytest.raises(PlanError):
        wrong()  # type: ignore[operator]


def test_waves_never_shrink() -> None:
    plan = Plan(waves=(Wave(count=50), Wave(share=0.1), Wave(share=1.0)))
    assert [plan.limit(wave, 100) for wave in range(3)] == [50, 50, 100]


def test_every_state_can_be_left_by_a_person_or_is_an_end() -> None:
    ends = {State.REVERTED, State.REVERTING}
    for one in set(State) - ends:
        assert (one, Event.REVERT) in TRANSITIONS
    for one in UNDER_WAY:
        assert TRANSITIONS[one, Event.GATE_FAILED] is State.STOPPED
    assert not [row for row in TRANSITIONS if row[0] is State.REVERTED]


def test_what_a_state_does_not_expect_is_refused_in_words() -> None:
    with pytest.raises(NoSuchTransitionError, match="awaiting approval takes no resume"):
        Rollout(1, 2, NOON).after(Entry(Event.RESUME, NOON))
