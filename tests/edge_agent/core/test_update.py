"""The update machine: every row, and what holds for all orders of events."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.update import (
    MAX_STEPS,
    PATIENCE,
    TRANSITIONS,
    Event,
    NoSuchTransitionError,
    Standing,
    State,
    Update,
    toward,
)

events = st.lists(st.sampled_from([one for one in Event if one is not Event.DESIRED]), max_size=120)


def walk(update: Update, happened: list[Event]) -> list[Update]:
    """Return every stand of `update`, skipping the events that its state does not expect."""
    stands = [update]
    for event in happened:
        if (stands[-1].state, event) in TRANSITIONS:
            stands.append(stands[-1].after(event, "why"))
    return stands


def after(state: State, event: Event, times: int) -> Update:
    update = Update(state=state, release=7)
    for _ in range(times):
        update = update.after(event, "why")
    return update


def test_a_good_release_is_committed() -> None:
    update = toward(7)
    for _ in range(4):
        update = update.after(Event.DONE)
    assert (update.state, update.release) == (State.COMMITTED, 7)
    assert update.after(Event.DONE) == Update()


def test_a_bad_release_is_refused_with_the_reason() -> None:
    update = toward(7).after(Event.DONE).after(Event.FAILED, "golden case 1: off by 3")
    assert (update.state, update.reason) == (State.REFUSED, "golden case 1: off by 3")


def test_what_was_rolled_back_is_refused_for_what_it_was_rolled_back_for() -> None:
    update = Update(State.PROBATION, release=7).after(Event.FAILED, "3 of 9 runs failed")
    assert update.state is State.ROLLING_BACK
    assert update.after(Event.DONE).reason == "3 of 9 runs failed"


def test_power_cuts_on_the_way_back_do_not_hide_why_it_was_gone_back() -> None:
    update = Update(State.PROBATION, release=7).after(Event.FAILED, "3 of 9 runs failed")
    for event in (Event.POWER_LOST, Event.DONE, Event.POWER_LOST):
        update = update.after(event, "the program ended")
        assert update.reason == "3 of 9 runs failed"
    assert update.state is State.REFUSED


def test_a_way_back_that_ends_the_program_leads_to_the_last_resort() -> None:
    update = Update(State.PROBATION, release=7).after(Event.FAILED, "3 of 9 runs failed")
    for _ in range(2):
        update = update.after(Event.POWER_LOST, "the program ended")
        assert (update.state, update.reason) == (State.ROLLING_BACK, "3 of 9 runs failed")
    update = update.after(Event.POWER_LOST, "the program ended")
    assert update.state is State.LAST_RESORT
    assert update.reason == "3 of 9 runs failed; then the program ended (3 times)"
    for event in (Event.POWER_LOST, Event.DONE):
        update = update.after(event, "the program ended again")
        assert update.reason == "3 of 9 runs failed; then the program ended (3 times)"
    assert update.state is State.REFUSED


def test_an_unreachable_centre_never_refuses_a_release() -> None:
    update = after(State.FETCHING, Event.WAITING, 1000)
    assert (update.state, update.steps) == (State.FETCHING, 0)


@pytest.mark.parametrize(("row", "patience"), PATIENCE.items())
def test_patience_ends(row: tuple[State, Event], patience: tuple[int, State]) -> None:
    (state, event), (limit, otherwise) = row, patience
    if TRANSITIONS[row] is state:
        assert after(state, event, limit - 1).state is state
        assert after(state, event, limit).state is otherwise
        assert after(state, event, limit).reason.endswith(f"why ({limit} times)")


def test_a_disk_that_spoils_every_download_ends_it() -> None:
    update = toward(7)
    for _ in range(2):
        update = update.after(Event.DONE).after(Event.DAMAGED, "not the signed bytes")
        assert update.state is State.FETCHING
    assert update.after(Event.DONE).after(Event.DAMAGED, "x").state is State.REFUSED


@pytest.mark.parametrize("state", [one for one in State if one is not State.IDLE])
def test_every_busy_state_survives_a_power_cut(state: State) -> None:
    assert (state, Event.POWER_LOST) in TRANSITIONS


@pytest.mark.parametrize("state", [State.FETCHING, State.REHEARSING, State.SHADOW])
def test_another_wish_ends_what_does_not_serve_yet(state: State) -> None:
    assert Update(state, release=7).after(Event.SUPERSEDED) == Update()


def test_an_event_without_a_row_is_a_bug() -> None:
    with pytest.raises(NoSuchTransitionError, match="FAILED is not expected in state IDLE"):
        Update().after(Event.FAILED)


def test_steps_are_counted() -> None:
    update = Update(State.FETCHING, release=7, steps=MAX_STEPS).after(Event.DONE, "slow")
    assert update.state is State.REFUSED
    assert update.reason == f"gave up after {MAX_STEPS} steps; last: slow"


@given(events)
def test_nothing_is_committed_but_through_rehearsal_shadow_and_probation(
    happened: list[Event],
) -> None:
    stands = [update.state for update in walk(toward(7), happened)]
    for before, now in itertools.pairwise(stands):
        if now is State.COMMITTED:
            assert before in (State.PROBATION, State.COMMITTED)
        if now is State.PROBATION:
            assert before in (State.SHADOW, State.PROBATION)
        if now is State.SHADOW:
            assert before in (State.REHEARSING, State.SHADOW)


@given(events)
def test_a_release_that_left_probation_badly_is_refused(happened: list[Event]) -> None:
    stands = walk(toward(7), happened)
    for before, now in itertools.pairwise(stands):
        if before.state is State.ROLLING_BACK:
            assert now.state in (State.ROLLING_BACK, State.LAST_RESORT, State.REFUSED)
        if before.state is State.LAST_RESORT:
            assert now.state in (State.LAST_RESORT, State.REFUSED)
        assert now.release in (7, 0)
        assert (now.state is State.IDLE) == (now.release == 0)


@given(st.lists(st.sampled_from([Event.POWER_LOST, Event.DONE, Event.DAMAGED]), min_size=150))
def test_every_order_of_power_cuts_and_damage_comes_to_an_end(happened: list[Event]) -> None:
    counted = 0
    for update in walk(toward(7), happened):
        counted += update.state in (State.FETCHING, State.REHEARSING, State.SHADOW, State.PROBATION)
    assert counted <= MAX_STEPS + 2


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.frozensets(st.integers(0, 9)))
def test_what_is_wanted_is_newer_and_was_not_refused(
    serving: int, desired: int, committed: int, refused: frozenset[int]
) -> None:
    wanted = Standing(serving=serving, desired=desired, committed=committed, refused=refused).wanted
    if wanted is None:
        assert desired <= serving or desired < committed or desired in refused
    else:
        assert wanted == desired > serving
        assert wanted >= committed
        assert wanted not in refused


def test_lost_files_are_brought_again() -> None:
    assert Standing(serving=0, desired=5, committed=5).wanted == 5


@pytest.mark.parametrize("state", [State.SHADOW, State.PROBATION])
def test_a_start_counts_as_failed_until_the_models_served_for_a_while(state: State) -> None:
    update = Update(state, release=7)
    assert not update.unsteady
    for _ in range(5):
        update = update.after(Event.POWER_LOST, "why").after(Event.POWER_LOST, "why")
        assert update.unsteady
        update = update.after(Event.STEADY, "again")
        assert update.state is state
        assert not update.unsteady


@pytest.mark.parametrize(
    ("state", "end"), [(State.SHADOW, State.REFUSED), (State.PROBATION, State.ROLLING_BACK)]
)
def test_a_model_that_ends_the_program_only_later_is_gone_back_from_too(
    state: State, end: State
) -> None:
    update = Update(state, release=7)
    for _ in range(8):
        assert update.state is state
        update = update.after(Event.POWER_LOST, "why").after(Event.STEADY, "the program started")
    assert (update.state, update.reason) == (end, "the program started (8 times)")
