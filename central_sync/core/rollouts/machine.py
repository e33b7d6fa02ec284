"""The rollout machine: which state follows which event.

Rule 1: every change of state is a row of TRANSITIONS.
Rule 2: nothing here looks at a store or a clock. The decision says which event it is, a person or
what stores told; the journal keeps every row that was taken, and a journal read again ends in the
same state.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum


class State(Enum):
    """Where a rollout stands; the value is what the journal stores."""

    AWAITING = "awaiting_approval"  # of the wave that comes
    RUNNING = "running"  # the wave is given the release, and answers
    SOAKING = "soaking"  # the wave has answered; time may still tell
    PAUSED = "paused"
    STOPPED = "stopped"  # by a gate
    REVERTING = "reverting"  # whoever has the release is given the way back
    REVERTED = "reverted"
    ABORTED = "aborted"  # by a person: who has it keeps it, nobody new gets it
    COMPLETE = "complete"  # whoever was away catches up


class Event(Enum):
    """What can happen to a rollout; the value is what the journal stores."""

    STARTED = "started"
    APPROVED = "approved"
    ANSWERED = "answered"
    PASSED = "passed"
    FINISHED = "finished"
    GATE_FAILED = "gate_failed"
    PAUSE = "pause"
    RESUME = "resume"
    ABORT = "abort"
    REVERT = "revert"
    BACK = "back"


# fmt: off
TRANSITIONS: Mapping[tuple[State, Event], State] = {
    (State.AWAITING,  Event.APPROVED):    State.RUNNING,
    (State.AWAITING,  Event.GATE_FAILED): State.STOPPED,
    (State.AWAITING,  Event.PAUSE):       State.PAUSED,
    (State.AWAITING,  Event.ABORT):       State.ABORTED,
    (State.AWAITING,  Event.REVERT):      State.REVERTING,

    (State.RUNNING,   Event.ANSWERED):    State.SOAKING,
    (State.RUNNING,   Event.GATE_FAILED): State.STOPPED,
    (State.RUNNING,   Event.PAUSE):       State.PAUSED,
    (State.RUNNING,   Event.ABORT):       State.ABORTED,
    (State.RUNNING,   Event.REVERT):      State.REVERTING,

    (State.SOAKING,   Event.PASSED):      State.AWAITING,  # of the next wave
    (State.SOAKING,   Event.FINISHED):    State.COMPLETE,
    (State.SOAKING,   Event.GATE_FAILED): State.STOPPED,
    (State.SOAKING,   Event.PAUSE):       State.PAUSED,
    (State.SOAKING,   Event.ABORT):       State.ABORTED,
    (State.SOAKING,   Event.REVERT):      State.REVERTING,

    (State.PAUSED,    Event.RESUME):      State.AWAITING,  # what was approved stays approved
    (State.PAUSED,    Event.GATE_FAILED): State.STOPPED,
    (State.PAUSED,    Event.ABORT):       State.ABORTED,
    (State.PAUSED,    Event.REVERT):      State.REVERTING,

    (State.STOPPED,   Event.REVERT):      State.REVERTING,
    (State.STOPPED,   Event.ABORT):       State.ABORTED,
    (State.ABORTED,   Event.REVERT):      State.REVERTING,
    (State.COMPLETE,  Event.REVERT):      State.REVERTING,
    (State.REVERTING, Event.BACK):        State.REVERTED,
}
# fmt: on

UNDER_WAY = frozenset({State.AWAITING, State.RUNNING, State.SOAKING, State.PAUSED})
"""The states in which stores may still be given the release."""

BY_PEOPLE = frozenset({Event.PAUSE, Event.RESUME, Event.ABORT, Event.REVERT})

BY_ITSELF = "the centre"
"""Who did what nobody ordered."""


class NoSuchTransitionError(Exception):
    """A rollout cannot do that where it stands; the message says where that is."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(
            f"a rollout that is {state.value.replace('_', ' ')} takes no {event.value}"
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a rollout's journal. `by` is the person, empty when the centre did it itself."""

    event: Event
    at: datetime
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Rollout:
    """A rollout of `release` as it stands since `since`, in `wave` counted from 0.

    `base` is the release the fleet ran before, and `fallback` the one with the same models and a
    higher number that leads back to them; each is 0 where there is none.
    """

    number: int
    release: int
    since: datetime
    base: int = 0
    fallback: int = 0
    started_by: str = ""
    state: State = State.AWAITING
    wave: int = 0
    reason: str = ""

    def after(self, entry: Entry) -> "Rollout":
        """Return the rollout as it stands after `entry`.

        Raises:
            NoSuchTransitionError: the state does not expect the event.
        """
        row = (self.state, entry.event)
        if row not in TRANSITIONS:
            raise NoSuchTransitionError(*row)
        return replace(
            self,
            state=TRANSITIONS[row],
            wave=self.wave + (entry.event is Event.PASSED),
            since=entry.at,
            reason=entry.reason,
        )


def replayed(begun: Rollout, journal: Iterable[Entry]) -> Rollout:
    """Return a rollout as its journal leaves it.

    Raises:
        NoSuchTransitionError: the journal is not one of this machine.
    """
    for entry in journal:
        begun = begun.after(entry)
    return begun
