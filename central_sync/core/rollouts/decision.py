"""What happens next in a rollout, and which stores should now want which release, and why.

A decision is a function of the plan, where the rollout stands, and what is known of the stores now:
the order in which they told it, and how often, does not matter. One decision takes at most one row
of the machine's table; whoever asks asks again until nothing changes. Keeps and tells nothing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from central_sync.core.rollouts.facts import Store
from central_sync.core.rollouts.gates import Reading, read_gates
from central_sync.core.rollouts.machine import UNDER_WAY, Entry, Event, Rollout, State
from central_sync.core.rollouts.plan import Plan
from central_sync.core.rollouts.spread import in_order


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's yes to a wave."""

    wave: int
    by: str


@dataclass(frozen=True, slots=True)
class Wish:
    """A store, the release it should want from now on, and why."""

    store: str
    release: int
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Where the rollout stands now, the line its journal gets, and what stores should want.

    `readings` are where the gates stand, `waits_for` is what holds the rollout where it is.
    """

    rollout: Rollout
    entry: Entry | None
    wishes: tuple[Wish, ...]
    readings: tuple[Reading, ...]
    waits_for: str = ""

    @property
    def changed(self) -> bool:
        """Tell whether there is something to keep, and to decide again after."""
        return self.entry is not None or bool(self.wishes)


@dataclass(frozen=True, slots=True)
class Question:
    """All that a decision depends on."""

    plan: Plan
    rollout: Rollout
    stores: Sequence[Store]
    approvals: Collection[Approval]
    at: datetime


def decide(asked: Question) -> Decision:
    """Return what happens next."""
    exposed = [one for one in asked.stores if one.exposed]
    readings = read_gates(exposed, asked.plan.gates)
    event, said = _next(asked, exposed, readings)
    rollout, entry = asked.rollout, None
    if event is not None:
        entry = Entry(event, asked.at, said)
        rollout = rollout.after(entry)
    wishes = _wishes(asked, rollout, exposed)
    return Decision(rollout, entry, wishes, readings, "" if event else said)


def missing_approvals(plan: Plan, rollout: Rollout, approvals: Collection[Approval]) -> int:
    """Return how many people must still agree to the wave that comes.

    A person counts once, and who started the rollout does not count.
    """
    starter = rollout.started_by.casefold()
    people = {one.by.casefold() for one in approvals if one.wave == rollout.wave} - {starter}
    return max(plan.waves[rollout.wave].approvals - len(people), 0)


def _next(
    asked: Question, exposed: Sequence[Store], readings: Sequence[Reading]
) -> tuple[Event | None, str]:
    """Return the event that comes next and its reason; or None, and what is waited for."""
    state = asked.rollout.state
    stop = next((one.stop for one in readings if one.stop), "")
    if state in UNDER_WAY and stop:
        return Event.GATE_FAILED, stop
    step = _STEPS.get(state)
    return step(asked, exposed, readings) if step else (None, "")


def _awaiting(asked: Question, *_: object) -> tuple[Event | None, str]:
    """Begin the wave once enough people agreed."""
    missing = missing_approvals(asked.plan, asked.rollout, asked.approvals)
    if missing:
        return None, f"{missing} more approval{'s' if missing > 1 else ''} of wave {_wave(asked)}"
    return Event.APPROVED, f"wave {_wave(asked)} begins"


def _running(
    asked: Question, exposed: Sequence[Store], readings: Sequence[Reading]
) -> tuple[Event | None, str]:
    """End the wave once all have answered, or have had the time to."""
    if not asked.stores:
        return None, "no store is known yet"
    if _room(asked, exposed) > 0 and _eligible(asked):
        return None, "the wave fills"
    waiting = sum(not one.answered for one in exposed)
    ends = asked.rollout.since + asked.plan.waves[asked.rollout.wave].patience
    if waiting and asked.at < ends:
        return None, f"{waiting} of {len(exposed)} stores to answer, until {ends:%Y-%m-%d %H:%M}"
    hold = next((one.hold for one in readings if one.hold), "")
    if hold:
        return None, hold
    answered = f"{len(exposed) - waiting} of {len(exposed)} stores have answered"
    return _unless_bad(readings, Event.ANSWERED, answered)


def _soaking(asked: Question, _: object, readings: Sequence[Reading]) -> tuple[Event | None, str]:
    """Go on once the wave has soaked, and still does well."""
    ends = asked.rollout.since + asked.plan.waves[asked.rollout.wave].soak
    if asked.at < ends:
        return None, f"soaks until {ends:%Y-%m-%d %H:%M}"
    event = Event.FINISHED if asked.plan.is_last(asked.rollout.wave) else Event.PASSED
    return _unless_bad(readings, event, f"wave {_wave(asked)} is through every gate")


def _unless_bad(readings: Sequence[Reading], event: Event, said: str) -> tuple[Event, str]:
    """Return the event, or that a gate failed when too many stores do badly at a wave's end."""
    bad = next((one.at_end for one in readings if one.at_end), "")
    return (Event.GATE_FAILED, bad) if bad else (event, said)


def _stopped(asked: Question, *_: object) -> tuple[Event | None, str]:
    """Go back by itself where there is a way back."""
    if asked.rollout.fallback:
        return Event.REVERT, asked.rollout.reason
    return None, "there is no way back; release the older models anew, or abort"


def _reverting(asked: Question, exposed: Sequence[Store], _: object) -> tuple[Event | None, str]:
    """Be back once every store that got the release serves the way back, or had the time to."""
    rollout = asked.rollout
    away = sum(one.serving < rollout.fallback for one in exposed)
    ends = rollout.since + asked.plan.waves[rollout.wave].patience
    if away and asked.at < ends:
        return None, f"{away} of {len(exposed)} stores to go back"
    said = f"{len(exposed) - away} of {len(exposed)} stores are back"
    return Event.BACK, f"{said}{', the others were not heard' if away else ''}: {rollout.reason}"


_STEPS: Mapping[State, Callable[..., tuple[Event | None, str]]] = {
    State.AWAITING: _awaiting,
    State.RUNNING: _running,
    State.SOAKING: _soaking,
    State.STOPPED: _stopped,
    State.REVERTING: _reverting,
}


def _wave(asked: Question) -> str:
    """Return the present wave, in words."""
    at = asked.rollout.wave
    name = asked.plan.waves[at].name
    return f"{at + 1} ({name})" if name else str(at + 1)


# ---- who should want what


def _wishes(asked: Question, rollout: Rollout, exposed: Sequence[Store]) -> tuple[Wish, ...]:
    """Return what stores should want that they do not want yet."""
    if rollout.state in (State.STOPPED, State.REVERTING):
        return _ways_back(rollout, exposed)
    last = asked.plan.is_last(rollout.wave)
    if rollout.state is State.RUNNING or (rollout.state is State.SOAKING and last):
        return _given(asked, exposed)
    return ()


def _ways_back(rollout: Rollout, exposed: Sequence[Store]) -> tuple[Wish, ...]:
    """Return the way back for every store that got the release."""
    if not rollout.fallback:
        return ()
    reason = f"back from release {rollout.release}: {rollout.reason}"
    fallback = rollout.fallback
    return tuple(Wish(one.store, fallback, reason) for one in exposed if one.assigned < fallback)


def _given(asked: Question, exposed: Sequence[Store]) -> tuple[Wish, ...]:
    """Return who gets the release now, and who gives a place back that it did not take."""
    replaced = _replaced(asked, exposed)
    count = _room(asked, exposed) + len(replaced)
    eligible = _eligible(asked) if count > 0 else []
    if replaced:  # by those who can answer, or they would change places for ever
        eligible = [one for one in eligible if one.present]
    chosen = in_order(eligible, asked.rollout.number)[: max(count, 0)]
    # A place is given back only where another store takes it.
    back = replaced[: len(chosen)] if replaced else []
    reason = f"wave {_wave(asked)} of rollout {asked.rollout.number}"
    return (
        *(Wish(one.store, asked.rollout.base, f"{reason}: not heard, replaced") for one in back),
        *(Wish(one.store, asked.rollout.release, reason) for one in chosen),
    )


def _room(asked: Question, exposed: Sequence[Store]) -> int:
    """Return how many more stores may get the release in the present wave."""
    return asked.plan.limit(asked.rollout.wave, len(asked.stores)) - len(exposed)


def _eligible(asked: Question) -> list[Store]:
    """Return the stores that may get the release and have not."""
    release = asked.rollout.release
    return [one for one in asked.stores if not one.exposed and one.assigned < release]


def _replaced(asked: Question, exposed: Sequence[Store]) -> list[Store]:
    """Return the stores whose places others take, so that those who are away block nothing.

    Only stores that cannot have heard of the release in all the wave's patience; only when too few
    are left to answer; and only where there is an older release to want instead.
    """
    rollout, patience = asked.rollout, asked.plan.waves[asked.rollout.wave].patience
    if not rollout.base or rollout.state is not State.RUNNING:
        return []
    long_ago = asked.at - patience
    silent = [one for one in exposed if one.unheard_since and one.unheard_since <= long_ago]
    may_answer = len(exposed) - len(silent)
    missing = min(asked.plan.gates.installs.minimum, len(exposed)) - may_answer
    return silent[: max(missing, 0)]
