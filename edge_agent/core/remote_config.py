"""The machine of settings from afar: which are in force, and what follows which event.

Rule 1: every change is a row of TRANSITIONS, or of PATIENCE when an event came too often.
Rule 2: nothing here reads, writes or starts anything. Which settings there are, and whether their
values are right, is config.py's to say; which of them may come from afar is said here.

New settings are on trial until the store has come up with them; the last ones that were proven
stand by. The program counts its starts before it begins anything else, so that settings with which
it cannot live are gone after three.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum, auto


class State(Enum):
    """How far the settings at work are proven; the value is what is written down."""

    IN_FORCE = "in_force"
    ON_TRIAL = "on_trial"


class Event(Enum):
    """What the loop, or the start of the program, reports."""

    ORDERED = auto()  # settings that are allowed and right, and other than those at work
    RENEWED = auto()  # the settings at work, under a new number
    REFUSED = auto()  # settings that are not allowed, or wrong
    STARTED = auto()
    CAME_UP = auto()
    FAILED = auto()  # the store did not come up in time
    UNFIT = auto()  # what is written down does not fit the store's own file any more


class Effect(Enum):
    """What becomes of the settings."""

    STAY = auto()
    TELL = auto()  # only why an order is not obeyed
    PUT = auto()  # the new ones are at work; those before stand by
    REPLACE = auto()  # the new ones are at work; those that stand by still do
    RENUMBER = auto()
    COUNT = auto()
    PROVE = auto()  # nothing stands by any more
    BACK = auto()  # those that stood by are at work again
    DROP = auto()  # the store's own file alone


# fmt: off
TRANSITIONS: Mapping[tuple[State, Event], tuple[State, Effect]] = {
    (State.IN_FORCE, Event.ORDERED): (State.ON_TRIAL, Effect.PUT),
    (State.IN_FORCE, Event.RENEWED): (State.IN_FORCE, Effect.RENUMBER),
    (State.IN_FORCE, Event.REFUSED): (State.IN_FORCE, Effect.TELL),
    (State.IN_FORCE, Event.STARTED): (State.IN_FORCE, Effect.STAY),
    (State.IN_FORCE, Event.UNFIT):   (State.IN_FORCE, Effect.DROP),

    (State.ON_TRIAL, Event.ORDERED): (State.ON_TRIAL, Effect.REPLACE),
    (State.ON_TRIAL, Event.RENEWED): (State.ON_TRIAL, Effect.RENUMBER),
    (State.ON_TRIAL, Event.REFUSED): (State.ON_TRIAL, Effect.TELL),
    (State.ON_TRIAL, Event.STARTED): (State.ON_TRIAL, Effect.COUNT),
    (State.ON_TRIAL, Event.CAME_UP): (State.IN_FORCE, Effect.PROVE),
    (State.ON_TRIAL, Event.FAILED):  (State.IN_FORCE, Effect.BACK),
    (State.ON_TRIAL, Event.UNFIT):   (State.IN_FORCE, Effect.BACK),
}

PATIENCE: Mapping[tuple[State, Event], tuple[int, State, Effect]] = {
    # (state, event): (the how-manieth is one too many, where that leads, and what becomes of them)
    (State.ON_TRIAL, Event.STARTED): (4, State.IN_FORCE, Effect.BACK),
}
# fmt: on

NEVER = frozenset({"models.reference_folder", "updates.url", "updates.root", "updates.tls"})
"""Whom the store trusts, and where files are: set on the device, whatever the store allows.

Sections that are not offered in `[remote] allow` are likewise: identity, storage, the kiosk's
address, the broker, feeds, and `[remote]` itself.
"""
STEADY = timedelta(seconds=10)
"""How long the store must have been well before its settings are proven."""

_FROM_AFAR = re.compile(r"[a-z]+://.*|/dev/video\d+")


class NoSuchTransitionError(Exception):
    """An event was reported that the state does not expect: a bug."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{event.name} is not expected in state {state.name}")


@dataclass(frozen=True, slots=True)
class Overlay:
    """Settings from afar, by section, and the number of the order they came with; 0 is none."""

    counter: int = 0
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a store's settings from afar stand.

    `current` is at work, `previous` stands by while it is on trial. `refused` is the number of the
    last order that is not in force, `problem` why.
    """

    state: State = State.IN_FORCE
    current: Overlay = field(default_factory=Overlay)
    previous: Overlay = field(default_factory=Overlay)
    starts: int = 0
    refused: int = 0
    problem: str = ""

    @property
    def decided(self) -> int:
        """Return the number of the last order that was decided about."""
        return self.refused or self.current.counter

    @property
    def proven(self) -> Overlay:
        """Return the settings that the store has come up with."""
        return self.previous if self.state is State.ON_TRIAL else self.current

    def event_of(self, order: Overlay) -> Event:
        """Return what an allowed and right `order` is: new settings, or those at work again."""
        return Event.RENEWED if order.settings == self.current.settings else Event.ORDERED

    def after(self, event: Event, order: Overlay | None = None, reason: str = "") -> "Standing":
        """Return the standing after `event`; `order` and `reason` belong to those that have one.

        Raises:
            NoSuchTransitionError: the state does not expect the event.
        """
        row = (self.state, event)
        if row not in TRANSITIONS:
            raise NoSuchTransitionError(self.state, event)
        state, effect = TRANSITIONS[row]
        if row in PATIENCE and self.starts + 1 >= PATIENCE[row][0]:
            limit, state, effect = PATIENCE[row]
            reason = f"the program did not come up with them in {limit - 1} starts"
        return replace(_EFFECTS[effect](self, order or self.current, reason), state=state)


_EFFECTS: Mapping[Effect, Callable[[Standing, Overlay, str], Standing]] = {
    Effect.STAY: lambda now, _, __: now,
    Effect.TELL: lambda now, order, why: replace(now, refused=order.counter, problem=why),
    Effect.PUT: lambda now, order, _: Standing(current=order, previous=now.current),
    Effect.REPLACE: lambda now, order, _: Standing(current=order, previous=now.previous),
    Effect.RENUMBER: lambda now, order, _: replace(now, current=order, refused=0, problem=""),
    Effect.COUNT: lambda now, _, __: replace(now, starts=now.starts + 1),
    Effect.PROVE: lambda now, _, __: replace(now, previous=Overlay(), starts=0),
    Effect.BACK: lambda now, _, why: Standing(
        current=now.previous, refused=now.current.counter, problem=why
    ),
    Effect.DROP: lambda now, _, why: Standing(refused=now.current.counter, problem=why),
}


def forbidden(settings: Mapping[str, object], allow: Collection[str]) -> tuple[str, ...]:
    """Return why `settings` may not come from afar, a line each; empty when they may."""
    problems = []
    for section, inside in settings.items():
        if section not in allow:
            problems.append(f"{section}: is set on the device alone; [remote] allow leaves it out")
        elif section == "cameras":
            problems += _cameras(inside)
        else:
            names = inside if isinstance(inside, Mapping) else ()
            paths = [f"{section}.{name}" for name in names]
            problems += [f"{one}: is set on the device alone" for one in paths if one in NEVER]
    return tuple(problems)


def _cameras(cameras: object) -> Sequence[str]:
    """Return what may not be: sources that are files, and what people are shown of pictures.

    From afar a camera has an address, or is a video device.
    """
    problems = []
    for number, one in _listed(cameras):
        source = one.get("source")
        if isinstance(source, str) and not _FROM_AFAR.fullmatch(source):
            problem = "source: from afar only an address or a device such as /dev/video0"
            problems.append(f"cameras[{number}].{problem}")
        problems += [
            f"cameras[{number}].{name}: is set on the device alone"
            for name in ("review", "mask")
            if one.get(name)
        ]
    return problems


def with_own_masks(
    settings: Mapping[str, object], masks: Mapping[str, object]
) -> Mapping[str, object]:
    """Return `settings` in which every camera keeps the mask that the device has for it.

    A list from afar takes the place of the device's whole list: without this, an order that leaves
    a mask out would show people more than the store chose. `masks` are by the name of a camera and
    by its source, so that a camera of another name is not another one.
    """
    listed = settings.get("cameras")
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        return settings  # no list: the schema's to refuse
    return {**settings, "cameras": [_masked(one, masks) for one in listed]}


def _masked(camera: object, masks: Mapping[str, object]) -> object:
    if not isinstance(camera, Mapping):
        return camera
    own = masks.get(str(camera.get("name"))) or masks.get(str(camera.get("source")))
    return {**camera, "mask": own} if own else camera


def _listed(cameras: object) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Yield each table in what should be a list of cameras, with its place."""
    if isinstance(cameras, Sequence) and not isinstance(cameras, str):
        yield from ((at, one) for at, one in enumerate(cameras) if isinstance(one, Mapping))


def verdict(steady: timedelta | None, waited: timedelta, patience: timedelta) -> Event | None:
    """Return whether a trial is over: CAME_UP, FAILED, or None while it goes on.

    Args:
        steady: for how long all signs have been there without a break; None while one is missing.
        waited: how long ago the program started.
        patience: within what the store must have come up.
    """
    if steady is not None and steady >= STEADY:
        return Event.CAME_UP
    return Event.FAILED if waited >= patience and steady is None else None
