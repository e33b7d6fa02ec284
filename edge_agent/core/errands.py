"""The machine of errands: what is done once, however often it is asked and the power goes.

Rule 1: every change is a row of TRANSITIONS, or of PATIENCE when an event came too often.
Rule 2: nothing here restarts or uploads anything. The loop does an errand's work and reports.

A stand is written down before the work begins. Starting again ends the program in the middle of the
work, so that the next start finds it done; a bundle that was not brought is made anew, under the
same name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Literal

Kind = Literal["restart", "upload-bundle"]


class State(Enum):
    """Where an errand stands; the value is what the journal stores."""

    WAITING = "waiting"
    UNDER_WAY = "under_way"
    DONE = "done"
    FAILED = "failed"


class Event(Enum):
    """What the loop, or the start of the program, reports."""

    BEGUN = auto()
    DONE = auto()
    FAILED = auto()  # trying again would not help
    UNHEARD = auto()  # nobody answers
    STARTED = auto()  # the program starts and finds the errand in this state
    LAPSED = auto()  # it was good until a moment that is over


# fmt: off
TRANSITIONS: Mapping[tuple[Kind, State, Event], State] = {
    ("restart",       State.WAITING,   Event.BEGUN):   State.UNDER_WAY,
    ("restart",       State.WAITING,   Event.STARTED): State.WAITING,
    ("restart",       State.WAITING,   Event.LAPSED):  State.FAILED,
    ("restart",       State.WAITING,   Event.FAILED):  State.FAILED,
    ("restart",       State.UNDER_WAY, Event.STARTED): State.DONE,

    ("upload-bundle", State.WAITING,   Event.BEGUN):   State.UNDER_WAY,
    ("upload-bundle", State.WAITING,   Event.STARTED): State.WAITING,
    ("upload-bundle", State.WAITING,   Event.LAPSED):  State.FAILED,
    ("upload-bundle", State.WAITING,   Event.FAILED):  State.FAILED,
    ("upload-bundle", State.UNDER_WAY, Event.DONE):    State.DONE,
    ("upload-bundle", State.UNDER_WAY, Event.FAILED):  State.FAILED,
    ("upload-bundle", State.UNDER_WAY, Event.UNHEARD): State.WAITING,
    ("upload-bundle", State.UNDER_WAY, Event.STARTED): State.WAITING,
}

PATIENCE: Mapping[tuple[Kind, State, Event], tuple[int, State]] = {
    # (kind, state, event): (the how-manieth is enough, where that leads)
    ("upload-bundle", State.UNDER_WAY, Event.UNHEARD): (60, State.FAILED),
    ("upload-bundle", State.UNDER_WAY, Event.STARTED): (3,  State.FAILED),
}
# fmt: on


class NoSuchTransitionError(Exception):
    """An event was reported that the state does not expect: a bug."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{event.name} is not expected in state {state.name}")


@dataclass(frozen=True, slots=True)
class Errand:
    """An errand as the journal keeps it. `tries` counts what PATIENCE limits, `note` says why."""

    number: int
    kind: Kind
    state: State = State.WAITING
    tries: int = 0
    note: str = ""

    @property
    def is_over(self) -> bool:
        """Tell whether nothing is left to do."""
        return self.state in (State.DONE, State.FAILED)

    def after(self, event: Event, note: str = "") -> "Errand":
        """Return the errand as it stands after `event`.

        Raises:
            NoSuchTransitionError: the state does not expect the event.
        """
        row = (self.kind, self.state, event)
        if row not in TRANSITIONS:
            raise NoSuchTransitionError(self.state, event)
        state, tries = TRANSITIONS[row], self.tries
        if row in PATIENCE:
            limit, otherwise = PATIENCE[row]
            tries += 1
            if tries >= limit:
                state, note = otherwise, f"{note or 'the program ended in it'} ({tries} times)"
        return replace(self, state=state, tries=tries, note=note)
