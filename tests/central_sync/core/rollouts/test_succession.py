"""Which release comes after which."""

import pytest

from central_sync.core.rollouts.machine import Rollout, State
from central_sync.core.rollouts.succession import (
    RolloutRefusedError,
    allowed,
    begun,
    due,
    fleet_runs,
)
from tests.fakes.tiny_models import NOON


def rollout(release: int, state: State, base: int = 0) -> Rollout:
    return Rollout(release, release, NOON, base=base, state=state)


def test_the_fleet_runs_what_most_stores_are_assigned() -> None:
    assert fleet_runs([4, 4, 2, 9, 9, 9], {2, 4}) == 4
    assert fleet_runs([4, 2], {2, 4}) == 4
    assert fleet_runs([], {2, 4}) == 0


def test_a_new_store_gets_what_is_proven() -> None:
    stopped, complete = rollout(4, State.REVERTED, base=2), rollout(2, State.COMPLETE, base=1)
    assert allowed([stopped, complete], {1, 2, 4}) == 2
    assert allowed([stopped, complete], {1, 4}) == 1
    assert allowed([rollout(4, State.RUNNING, base=2)], {2, 4}) == 2
    assert allowed([rollout(4, State.RUNNING, base=2)], {4}) == 0
    assert allowed([], {4}) == 0


def test_only_the_newest_release_is_due_and_only_once() -> None:
    assert due([1, 2, 4], [rollout(2, State.COMPLETE)], 2) == 4
    assert due([1, 2, 4], [rollout(2, State.PAUSED)], 1) == 0
    assert due([1, 2, 4], [rollout(4, State.REVERTED)], 2) == 0
    assert due([1, 2, 4], [], 4) == 0
    assert due([], [], 0) == 0


@pytest.mark.parametrize(
    ("release", "rollouts", "why"),
    [
        (5, [], "release 5 is a way back"),
        (9, [], "release 9 is not live"),
        (4, [rollout(2, State.SOAKING)], "rollout 2 of release 2 is under way"),
        (2, [rollout(4, State.COMPLETE)], "release 4 is everywhere"),
    ],
)
def test_what_may_not_begin_is_refused_with_the_reason(
    release: int, rollouts: list[Rollout], why: str
) -> None:
    with pytest.raises(RolloutRefusedError, match=why):
        begun(release, [2, 4], {4: 5}, rollouts)


def test_a_release_begins_with_its_way_back() -> None:
    assert begun(4, [2, 4], {4: 5}, [rollout(2, State.COMPLETE)]) == 5
    assert begun(2, [2], {}, []) == 0
