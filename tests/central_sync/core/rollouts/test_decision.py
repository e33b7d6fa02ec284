"""How a rollout goes, wave by wave: forward, not at all, and back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from central_sync.core.rollouts.decision import Approval
from central_sync.core.rollouts.facts import Outcome, Report
from central_sync.core.rollouts.machine import Event, State, replayed
from central_sync.core.rollouts.plan import DEFAULT, Bar, Gates, Plan, Wave
from central_sync.core.rollouts.progress import progress
from endcap.wire.commands import KindTrial
from tests.fakes.hollow_fleet import BASE, CANDIDATE, FALLBACK, HollowFleet

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEN = [f"store-{number:02}" for number in range(10)]
CAREFUL = Plan(
    waves=(
        Wave(count=2, name="canary", soak=timedelta(hours=1), patience=timedelta(hours=6)),
        Wave(share=0.5, approvals=1),
        Wave(share=1.0),
    )
)


def begun(plan: Plan = CAREFUL, names: list[str] = TEN) -> HollowFleet:
    fleet = HollowFleet(names, plan, NOON)
    fleet.settle()
    return fleet


def names(fleet: HollowFleet) -> list[str]:
    return [one.store for one in fleet.exposed]


def test_a_good_release_reaches_everybody_wave_by_wave() -> None:
    fleet = begun()
    assert (fleet.rollout.state, len(fleet.exposed)) == (State.RUNNING, 2)
    fleet.answers(*names(fleet))
    assert fleet.settle().waits_for == "soaks until 2026-03-02 13:00"
    fleet.at += timedelta(hours=1)
    assert fleet.settle().waits_for == "1 more approval of wave 2"
    fleet.approvals.append(Approval(1, "Bo"))
    fleet.settle()
    assert len(fleet.exposed) == 5
    fleet.answers(*names(fleet))
    fleet.settle()
    fleet.answers(*names(fleet))
    fleet.settle()
    assert fleet.rollout.state is State.COMPLETE
    assert {one.assigned for one in fleet.stores.values()} == {CANDIDATE}


def test_who_started_it_does_not_count_as_one_who_agrees_and_nobody_counts_twice() -> None:
    fleet = begun(Plan(waves=(Wave(share=1.0, approvals=2),)))
    fleet.approvals += [Approval(0, "ann other"), Approval(0, "Bo"), Approval(0, "bo")]
    assert fleet.settle().waits_for == "1 more approval of wave 1"
    fleet.approvals.append(Approval(0, "Cy"))
    fleet.settle()
    assert fleet.rollout.state is State.RUNNING


def test_a_release_that_the_canary_refuses_is_stopped_and_taken_back() -> None:
    fleet = begun()
    canary = names(fleet)
    fleet.answers(*canary, outcome=Outcome.FAILED, reason="golden case 1 is off")
    fleet.settle()
    assert fleet.rollout.state is State.REVERTING
    assert "2 of 2 stores refused it or went back" in fleet.rollout.reason
    assert [fleet.stores[name].assigned for name in canary] == [FALLBACK, FALLBACK]
    assert fleet.ever == set(canary)
    for name in canary:
        fleet.told(name, Report(), serving=FALLBACK)
    fleet.settle()
    assert fleet.journal[-1].event is Event.BACK
    assert "2 of 2 stores are back" in fleet.rollout.reason


def test_a_store_that_is_away_goes_back_when_it_comes_again() -> None:
    fleet = begun()
    one, two = names(fleet)
    fleet.answers(one, two, outcome=Outcome.FAILED)
    fleet.settle()
    fleet.told(one, Report(), serving=FALLBACK)
    assert fleet.settle().waits_for == "1 of 2 stores to go back"
    fleet.at += timedelta(hours=6)
    fleet.settle()
    assert fleet.rollout.state is State.REVERTED
    assert "1 of 2 stores are back" in fleet.rollout.reason
    assert fleet.stores[two].assigned == FALLBACK


def test_without_a_way_back_it_stops_and_says_so() -> None:
    fleet = HollowFleet(TEN, CAREFUL, NOON)
    fleet.rollout = replace(fleet.rollout, fallback=0)
    fleet.settle()
    fleet.answers(*names(fleet), outcome=Outcome.FAILED)
    assert "no way back" in fleet.settle().waits_for
    assert fleet.rollout.state is State.STOPPED


def test_a_worse_model_that_installs_well_is_stopped_by_what_it_gets_wrong() -> None:
    fleet = begun()
    trial = KindTrial(runs=50, errors=0, truths=40, error=9.0, champion_error=3.0)
    for name in names(fleet):
        fleet.told(name, Report(Outcome.COMMITTED, kinds={"demand": trial}), serving=CANDIDATE)
    fleet.settle()
    assert fleet.rollout.state is State.REVERTING
    assert fleet.rollout.reason.startswith("quality: 2 of 2 stores have larger errors with it")


def test_patience_ends_and_who_was_slow_catches_up_later() -> None:
    fleet = begun()
    quick, slow = names(fleet)
    fleet.answers(quick)
    assert fleet.settle().waits_for.startswith("1 of 2 stores to answer, until")
    fleet.at += timedelta(hours=6)
    fleet.settle()
    assert fleet.rollout.state is State.SOAKING
    assert fleet.stores[slow].assigned == CANDIDATE


def test_stores_that_never_heard_of_it_give_their_place_to_others() -> None:
    fleet = begun()
    away = names(fleet)
    for name in away:
        fleet.stores[name] = replace(fleet.stores[name], unheard_since=NOON, present=False)
    fleet.at += timedelta(hours=6)
    found = fleet.settle()
    assert found.waits_for == "installs: 0 of 1 answers"
    assert len(fleet.exposed) == 2
    assert [fleet.stores[name].assigned for name in away].count(BASE) == 1
    (fresh,) = set(names(fleet)) - set(away)
    fleet.answers(fresh)
    fleet.settle()
    assert fleet.rollout.state is State.SOAKING


def test_nobody_takes_a_place_where_there_is_nothing_else_to_want() -> None:
    fleet = HollowFleet(TEN, CAREFUL, NOON)
    fleet.rollout = replace(fleet.rollout, base=0)
    fleet.settle()
    for name in names(fleet):
        fleet.stores[name] = replace(fleet.stores[name], unheard_since=NOON)
    fleet.at += timedelta(hours=6)
    fleet.settle()
    assert len(fleet.ever) == 2


def test_a_paused_rollout_gives_nobody_anything_and_still_stops() -> None:
    fleet = begun(DEFAULT)
    (canary,) = names(fleet)
    fleet.answers(canary)
    fleet.ordered(Event.PAUSE)
    fleet.settle()
    assert fleet.ever == {canary}
    fleet.ordered(Event.RESUME)
    fleet.settle()
    assert len(fleet.ever) == 10
    fleet.ordered(Event.PAUSE)
    fleet.answers(*TEN[:5], outcome=Outcome.FAILED)
    fleet.settle()
    assert fleet.rollout.state is State.REVERTING


def test_an_aborted_rollout_leaves_the_stores_as_they_are_until_it_is_reverted() -> None:
    fleet = begun()
    fleet.answers(*names(fleet))
    fleet.ordered(Event.ABORT)
    assert not fleet.settle().wishes
    assert {fleet.stores[name].assigned for name in names(fleet)} == {CANDIDATE}
    fleet.ordered(Event.REVERT)
    fleet.settle()
    assert {fleet.stores[name].assigned for name in names(fleet)} == {FALLBACK}


def test_what_goes_bad_while_it_soaks_stops_it() -> None:
    fleet = begun()
    one, two = names(fleet)
    fleet.answers(one, two)
    fleet.settle()
    fleet.answers(one, outcome=Outcome.FAILED, reason="it was taken back later")
    fleet.at += timedelta(hours=1)
    fleet.settle()
    assert fleet.rollout.state is State.REVERTING


def test_a_new_store_of_the_last_wave_gets_the_release_too() -> None:
    soaking = Plan(waves=(Wave(share=1.0, soak=timedelta(hours=1)),))
    fleet = begun(soaking)
    fleet.answers(*TEN)
    fleet.settle()
    late = replace(fleet.stores[TEN[0]], store="store-99", assigned=0, serving=0, exposed=False)
    fleet.stores["store-99"] = replace(late, report=Report())
    fleet.settle()
    assert fleet.stores["store-99"].assigned == CANDIDATE


def test_a_store_with_a_newer_release_is_left_alone() -> None:
    fleet = HollowFleet(TEN, Plan(waves=(Wave(share=1.0),)), NOON)
    fleet.stores[TEN[3]] = replace(fleet.stores[TEN[3]], assigned=9)
    fleet.settle()
    assert fleet.stores[TEN[3]].assigned == 9
    assert len(fleet.exposed) == 9


def test_a_gate_may_ask_for_more_answers_than_came() -> None:
    gates = Gates(quality=Bar(tolerated=0.5, allowed=0.5, minimum=2))
    fleet = begun(replace(CAREFUL, gates=gates))
    fleet.answers(*names(fleet))
    assert fleet.settle().waits_for == "quality: 0 of 2 answers"


def test_a_rollout_read_from_its_journal_is_the_same() -> None:
    fleet = begun()
    fleet.answers(*names(fleet))
    fleet.at += timedelta(hours=1)
    fleet.settle()
    assert replayed(fleet.begun, fleet.journal) == fleet.rollout
    assert [one.event for one in fleet.journal] == [Event.APPROVED, Event.ANSWERED]


@pytest.mark.parametrize("seed", range(3))
def test_the_canary_is_spread_over_kinds_of_stores(seed: int) -> None:
    fleet = HollowFleet([f"store-{n}" for n in range(300)], DEFAULT, NOON)
    fleet.rollout = replace(fleet.rollout, number=seed)
    regions = ["north"] * 150 + ["south"] * 100 + ["islands"] * 50
    for (name, one), region in zip(fleet.stores.items(), regions, strict=True):
        fleet.stores[name] = replace(one, stratum=(region,))
    fleet.settle()
    assert sorted(one.stratum[0] for one in fleet.exposed) == ["islands", "north", "south"]


def test_stores_that_can_be_heard_go_first() -> None:
    fleet = HollowFleet(TEN, CAREFUL, NOON)
    for name in TEN[:8]:
        fleet.stores[name] = replace(fleet.stores[name], present=False)
    fleet.settle()
    assert names(fleet) == TEN[8:]


def test_a_fleet_without_stores_proves_nothing() -> None:
    fleet = HollowFleet([], DEFAULT, NOON)
    assert fleet.settle().waits_for == "no store is known yet"


def test_a_store_that_comes_while_a_wave_runs_fills_it() -> None:
    fleet = begun(Plan(waves=(Wave(share=1.0),)))
    late = replace(fleet.stores[TEN[0]], store="store-99", assigned=0, serving=0, exposed=False)
    fleet.stores["store-99"] = late
    found = fleet.decided()
    assert found.waits_for == "the wave fills"
    assert [wish.store for wish in found.wishes] == ["store-99"]


def test_looking_at_a_rollout_says_where_each_wave_stands() -> None:
    fleet = begun()
    fleet.answers(*names(fleet))
    fleet.settle()
    fleet.at += timedelta(hours=1)
    fleet.settle()
    shown = progress(fleet.question(), NOON, fleet.journal)
    assert [wave.standing for wave in shown.waves] == ["done", "now", "to come"]
    assert (shown.state, shown.wave, shown.missing_approvals) == ("awaiting_approval", 2, 1)
    assert (shown.counts.exposed, shown.counts.committed) == (2, 2)
    fleet.ordered(Event.PAUSE)
    shown = progress(fleet.question(), NOON, fleet.journal)
    assert shown.waits_for == "a person to resume it"
