"""An experiment's life: which state follows what happens to it.

Every change of state is a row of TRANSITIONS. What is harmful is judging's to say.
"""

from collections.abc import Mapping
from enum import Enum


class State(Enum):
    """Where an experiment stands; the value is what the database keeps."""

    RUNNING = "running"
    STOPPED = "stopped"  # before its time, by a person or because it harmed
    ENDED = "ended"  # its last moment has passed


class Event(Enum):
    """What can happen to an experiment; the value is what the journal keeps."""

    START = "start"
    STOP = "stop"
    HARM = "harm"
    SKEW = "skew"
    OVER = "over"


# fmt: off
TRANSITIONS: Mapping[tuple[State, Event], State] = {
    (State.RUNNING, Event.STOP): State.STOPPED,
    (State.RUNNING, Event.HARM): State.STOPPED,
    (State.RUNNING, Event.SKEW): State.STOPPED,
    (State.RUNNING, Event.OVER): State.ENDED,
}
# fmt: on


class ExperimentRefusedError(Exception):
    """What was asked of an experiment cannot be; the message says why, in one line."""


def after(state: State, event: Event) -> State:
    """Return the state that follows `event`.

    Raises:
        ExperimentRefusedError: the state does not expect the event.
    """
    found = TRANSITIONS.get((state, event))
    if found is None:
        raise ExperimentRefusedError(f"an experiment that is {state.value} takes no {event.value}")
    return found
