"""A campaign's life: which state follows what a person orders, or the end of its time.

Every change of state is a row of TRANSITIONS. Nothing here looks at money, stores or a clock.
"""

from collections.abc import Mapping
from enum import Enum


class State(Enum):
    """Where a campaign stands; the value is what the database keeps."""

    DRAFT = "draft"
    RUNNING = "running"  # stores are leased of its budget
    PAUSED = "paused"  # no store shows it; what was leased stays leased
    ENDED = "ended"


class Event(Enum):
    """What can happen to a campaign; the value is what the journal keeps."""

    START = "start"
    PAUSE = "pause"
    END = "end"
    OVER = "over"  # its last moment has passed


# fmt: off
TRANSITIONS: Mapping[tuple[State, Event], State] = {
    (State.DRAFT,   Event.START): State.RUNNING,
    (State.DRAFT,   Event.END):   State.ENDED,
    (State.DRAFT,   Event.OVER):  State.ENDED,

    (State.RUNNING, Event.PAUSE): State.PAUSED,
    (State.RUNNING, Event.END):   State.ENDED,
    (State.RUNNING, Event.OVER):  State.ENDED,

    (State.PAUSED,  Event.START): State.RUNNING,
    (State.PAUSED,  Event.END):   State.ENDED,
    (State.PAUSED,  Event.OVER):  State.ENDED,
}
# fmt: on

BY_PEOPLE = (Event.START, Event.PAUSE, Event.END)
BY_ITSELF = "the centre"
"""Who did what nobody ordered."""


class MediaRefusedError(Exception):
    """What was asked of a campaign cannot be; the message says why, in one line."""


def after(state: State, event: Event) -> State:
    """Return the state that follows `event`.

    >>> after(State.DRAFT, Event.START)
    <State.RUNNING: 'running'>

    Raises:
        MediaRefusedError: the state does not expect the event.
    """
    found = TRANSITIONS.get((state, event))
    if found is None:
        raise MediaRefusedError(f"a campaign that is {state.value} takes no {event.value}")
    return found
