"""The update machine: which state follows which event.

Rule 1: every change of state is a row of TRANSITIONS, or of PATIENCE when an event came too often.
Rule 2: nothing here fetches, verifies or swaps. The loop does a state's work and reports an event.

The loop journals a state before it begins the work. After a power cut it reads the journal and
reports POWER_LOST; the table says where to resume. What cannot be helped by trying (a bad model)
refuses a release for good; what can (no network, metadata that expired) waits without end; what may
be either (bytes that were damaged, starts that failed) is tried a counted number of times. A start
counts as failed until the models have served for a while. When the way back ends the program too,
the last resort is what came with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum, auto


class State(Enum):
    """Where an update stands; the value is what the journal stores."""

    IDLE = "idle"
    FETCHING = "fetching"  # only verified bytes reach the folder of models
    REHEARSING = "rehearsing"  # the candidate answers its golden inputs in a process of its own
    SHADOW = "shadow"  # the candidate answers what the champion is asked, and nobody hears it
    PROBATION = "probation"  # the candidate serves; the previous release stands by, warm
    ROLLING_BACK = "rolling_back"
    LAST_RESORT = "last_resort"  # what served before ends the program too
    COMMITTED = "committed"
    REFUSED = "refused"


class Event(Enum):
    """What the loop reports."""

    DESIRED = auto()
    DONE = auto()
    FAILED = auto()  # the release is no good, and trying again would not help
    DAMAGED = auto()  # bytes are not what was signed: the wire, the disk, or an attacker
    WAITING = auto()  # nobody answers, or an install is not allowed now
    SUPERSEDED = auto()  # another release is wanted by now
    STEADY = auto()  # the program has served for a while since it started in this state
    POWER_LOST = auto()  # the program starts and finds the journal in this state


# fmt: off
TRANSITIONS: Mapping[tuple[State, Event], State] = {
    (State.IDLE,         Event.DESIRED):    State.FETCHING,

    (State.FETCHING,     Event.DONE):       State.REHEARSING,
    (State.FETCHING,     Event.FAILED):     State.REFUSED,
    (State.FETCHING,     Event.DAMAGED):    State.FETCHING,
    (State.FETCHING,     Event.WAITING):    State.FETCHING,
    (State.FETCHING,     Event.SUPERSEDED): State.IDLE,
    (State.FETCHING,     Event.POWER_LOST): State.FETCHING,

    (State.REHEARSING,   Event.DONE):       State.SHADOW,
    (State.REHEARSING,   Event.FAILED):     State.REFUSED,
    (State.REHEARSING,   Event.DAMAGED):    State.FETCHING,  # by the disk: bring them anew
    (State.REHEARSING,   Event.WAITING):    State.REHEARSING,
    (State.REHEARSING,   Event.SUPERSEDED): State.IDLE,
    (State.REHEARSING,   Event.POWER_LOST): State.REHEARSING,

    (State.SHADOW,       Event.DONE):       State.PROBATION,
    (State.SHADOW,       Event.FAILED):     State.REFUSED,
    (State.SHADOW,       Event.DAMAGED):    State.FETCHING,  # found when it is loaded again
    (State.SHADOW,       Event.WAITING):    State.SHADOW,
    (State.SHADOW,       Event.SUPERSEDED): State.IDLE,
    (State.SHADOW,       Event.STEADY):     State.SHADOW,
    (State.SHADOW,       Event.POWER_LOST): State.SHADOW,

    (State.PROBATION,    Event.DONE):       State.COMMITTED,
    (State.PROBATION,    Event.FAILED):     State.ROLLING_BACK,
    (State.PROBATION,    Event.SUPERSEDED): State.ROLLING_BACK,  # at once: the old ones are warm
    (State.PROBATION,    Event.STEADY):     State.PROBATION,
    (State.PROBATION,    Event.POWER_LOST): State.PROBATION,  # once may be the power; see PATIENCE

    (State.ROLLING_BACK, Event.DONE):       State.REFUSED,
    (State.ROLLING_BACK, Event.POWER_LOST): State.ROLLING_BACK,  # at first; see PATIENCE
    (State.LAST_RESORT,  Event.DONE):       State.REFUSED,
    (State.LAST_RESORT,  Event.POWER_LOST): State.LAST_RESORT,  # there is nothing behind it

    (State.COMMITTED,    Event.DONE):       State.IDLE,
    (State.COMMITTED,    Event.POWER_LOST): State.COMMITTED,
    (State.REFUSED,      Event.DONE):       State.IDLE,
    (State.REFUSED,      Event.POWER_LOST): State.REFUSED,
}

PATIENCE: Mapping[tuple[State, Event], tuple[int, State]] = {
    # (state, event): (the how-manieth in this update is enough, where that leads)
    (State.FETCHING,     Event.DAMAGED):    (3,  State.REFUSED),
    (State.FETCHING,     Event.POWER_LOST): (24, State.REFUSED),
    (State.REHEARSING,   Event.DAMAGED):    (3,  State.REFUSED),
    (State.REHEARSING,   Event.POWER_LOST): (3,  State.REFUSED),
    (State.SHADOW,       Event.DAMAGED):    (3,  State.REFUSED),
    (State.SHADOW,       Event.POWER_LOST): (3,  State.REFUSED),
    (State.SHADOW,       Event.STEADY):     (8,  State.REFUSED),  # it ends the program, only later
    (State.PROBATION,    Event.POWER_LOST): (3,  State.ROLLING_BACK),
    (State.PROBATION,    Event.STEADY):     (8,  State.ROLLING_BACK),
    (State.ROLLING_BACK, Event.POWER_LOST): (3,  State.LAST_RESORT),
}
# fmt: on

MAX_STEPS = 64
"""Counted steps after which an update that has not come to probation is refused."""

_BEFORE_PROBATION = (State.FETCHING, State.REHEARSING, State.SHADOW)


_KNOWS_WHY = (State.ROLLING_BACK, State.LAST_RESORT, State.REFUSED)


class NoSuchTransitionError(Exception):
    """The loop reported an event that the state does not expect: a bug."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{event.name} is not expected in state {state.name}")


@dataclass(frozen=True, slots=True)
class Update:
    """One update of the store's release, as the journal keeps it.

    `counts` says how often each event of PATIENCE came, by "state.event"; `reason` is why the
    update stands where it does, empty when all went well.
    """

    state: State = State.IDLE
    release: int = 0
    reason: str = ""
    steps: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)

    def after(self, event: Event, reason: str = "") -> "Update":
        """Return the update as it stands after `event`.

        Raises:
            NoSuchTransitionError: the state does not expect the event.
        """
        row = (self.state, event)
        if row not in TRANSITIONS:
            raise NoSuchTransitionError(self.state, event)
        state, counts = TRANSITIONS[row], self.counts
        if row in PATIENCE:
            limit, otherwise = PATIENCE[row]
            name = _counted(self.state, event)
            counts = {**counts, name: counts.get(name, 0) + 1}
            if counts[name] >= limit:
                state, reason = otherwise, f"{reason} ({limit} times)".strip()
        if event is Event.STEADY:
            counts = {**counts, _counted(self.state, Event.POWER_LOST): 0}
        steps = self.steps + (event is not Event.WAITING)
        if steps > MAX_STEPS and state in _BEFORE_PROBATION:
            state, reason = State.REFUSED, f"gave up after {MAX_STEPS} steps; last: {reason}"
        if state is State.IDLE:
            return Update()
        reason = self._why(state, reason)
        return replace(self, state=state, reason=reason, steps=steps, counts=counts)

    def _why(self, state: State, reason: str) -> str:
        """Return why the update stands in `state` after `reason` was heard."""
        if self.state not in _KNOWS_WHY or not self.reason:
            return reason
        if state is State.LAST_RESORT and self.state is State.ROLLING_BACK:
            return f"{self.reason}; then {reason}"
        return self.reason  # a power cut meanwhile is not what it was for

    @property
    def unsteady(self) -> bool:
        """Tell whether a start counts as failed unless the models go on to serve for a while."""
        return self.counts.get(_counted(self.state, Event.POWER_LOST), 0) > 0


def _counted(state: State, event: Event) -> str:
    """Return the name under which an event of a state is counted."""
    return f"{state.value}.{event.name.lower()}"


def toward(release: int) -> Update:
    """Return a fresh update toward `release`."""
    return Update(release=release).after(Event.DESIRED)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the store remembers of its releases. 0 is what came with the program.

    `committed` is the highest release that was ever committed here; `refused` are those that were
    found to be no good.
    """

    update: Update = field(default_factory=Update)
    serving: int = 0
    previous: int = 0
    desired: int = 0
    committed: int = 0
    refused: frozenset[int] = frozenset()

    @property
    def wanted(self) -> int | None:
        """Return the release to bring now, or None.

        Never an older one than was ever committed; the highest committed one again only when it
        serves no more, because its files were lost; never one that was refused.
        """
        fits = self.desired > self.serving and self.desired >= self.committed
        return self.desired if fits and self.desired not in self.refused else None


@dataclass(frozen=True, slots=True)
class ProbationRules:
    """How long a new release is watched while it serves; what ends it early is core/trial's.

    A start of the program has not failed once its models have served for `steady`.
    """

    duration: timedelta = timedelta(minutes=10)
    steady: timedelta = timedelta(seconds=60)
