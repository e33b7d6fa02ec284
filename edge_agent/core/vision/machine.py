"""The machine of one facing: which state follows what was found out about it.

Rule 1: every change of state is a row of TRANSITIONS; a finding without a row is a bug that raises.
Rule 2: nothing here weighs pictures. What is enough to find something out is evidence.py's.

A gap ends only when the facing is seen to be stocked, or a person says so, or something else is
planned there: out of sight it stays open, and is shown as unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Literal

from endcap.wire.events import FacingSeen, FacingUnknown, GapClosed, GapOpened, Seer

FacingEvent = GapOpened | GapClosed | FacingUnknown | FacingSeen
Reason = Literal["", "hidden", "camera", "together", "replanned"]


class State(Enum):
    """What a facing is; the value is what the journal stores."""

    UNKNOWN = "unknown"
    FULL = "full"
    LOW = "low"  # one pack left, or far back: time to refill, and no gap
    GAP = "gap"
    GAP_UNSEEN = "gap_unseen"  # it was empty when last seen


class Finding(Enum):
    """What was found out about a facing."""

    EMPTY = "empty"
    STOCKED = "stocked"
    LOW = "low"
    FULL = "full"
    HIDDEN = "hidden"  # nothing was seen of it for long
    BLINDED = "camera"  # its camera is not to be believed
    TOGETHER = "together"  # it turned empty with half of its camera's facings
    SAID_EMPTY = "said_empty"  # by a person who stands there
    SAID_LOW = "said_low"
    SAID_FULL = "said_full"
    REPLANNED = "replanned"  # something else belongs there now


# fmt: off
TRANSITIONS: Mapping[tuple[State, Finding], State] = {
    (State.UNKNOWN,    Finding.EMPTY):      State.GAP,
    (State.UNKNOWN,    Finding.STOCKED):    State.FULL,  # until it is found to be low
    (State.UNKNOWN,    Finding.LOW):        State.LOW,
    (State.UNKNOWN,    Finding.HIDDEN):     State.UNKNOWN,
    (State.UNKNOWN,    Finding.BLINDED):    State.UNKNOWN,
    (State.UNKNOWN,    Finding.TOGETHER):   State.UNKNOWN,
    (State.UNKNOWN,    Finding.SAID_EMPTY): State.GAP,
    (State.UNKNOWN,    Finding.SAID_LOW):   State.LOW,
    (State.UNKNOWN,    Finding.SAID_FULL):  State.FULL,
    (State.UNKNOWN,    Finding.REPLANNED):  State.UNKNOWN,

    (State.FULL,       Finding.EMPTY):      State.GAP,
    (State.FULL,       Finding.LOW):        State.LOW,
    (State.FULL,       Finding.HIDDEN):     State.UNKNOWN,
    (State.FULL,       Finding.BLINDED):    State.UNKNOWN,
    (State.FULL,       Finding.TOGETHER):   State.UNKNOWN,
    (State.FULL,       Finding.SAID_EMPTY): State.GAP,
    (State.FULL,       Finding.SAID_LOW):   State.LOW,
    (State.FULL,       Finding.SAID_FULL):  State.FULL,
    (State.FULL,       Finding.REPLANNED):  State.UNKNOWN,

    (State.LOW,        Finding.EMPTY):      State.GAP,
    (State.LOW,        Finding.FULL):       State.FULL,
    (State.LOW,        Finding.HIDDEN):     State.UNKNOWN,
    (State.LOW,        Finding.BLINDED):    State.UNKNOWN,
    (State.LOW,        Finding.TOGETHER):   State.UNKNOWN,
    (State.LOW,        Finding.SAID_EMPTY): State.GAP,
    (State.LOW,        Finding.SAID_LOW):   State.LOW,
    (State.LOW,        Finding.SAID_FULL):  State.FULL,
    (State.LOW,        Finding.REPLANNED):  State.UNKNOWN,

    (State.GAP,        Finding.STOCKED):    State.FULL,
    (State.GAP,        Finding.LOW):        State.LOW,
    (State.GAP,        Finding.HIDDEN):     State.GAP_UNSEEN,
    (State.GAP,        Finding.BLINDED):    State.GAP_UNSEEN,
    (State.GAP,        Finding.SAID_EMPTY): State.GAP,
    (State.GAP,        Finding.SAID_LOW):   State.LOW,
    (State.GAP,        Finding.SAID_FULL):  State.FULL,
    (State.GAP,        Finding.REPLANNED):  State.UNKNOWN,

    (State.GAP_UNSEEN, Finding.EMPTY):      State.GAP,
    (State.GAP_UNSEEN, Finding.STOCKED):    State.FULL,
    (State.GAP_UNSEEN, Finding.LOW):        State.LOW,
    (State.GAP_UNSEEN, Finding.HIDDEN):     State.GAP_UNSEEN,
    (State.GAP_UNSEEN, Finding.BLINDED):    State.GAP_UNSEEN,
    (State.GAP_UNSEEN, Finding.SAID_EMPTY): State.GAP,
    (State.GAP_UNSEEN, Finding.SAID_LOW):   State.LOW,
    (State.GAP_UNSEEN, Finding.SAID_FULL):  State.FULL,
    (State.GAP_UNSEEN, Finding.REPLANNED):  State.UNKNOWN,
}
# fmt: on

SEEN = (Finding.EMPTY, Finding.LOW, Finding.FULL, Finding.STOCKED)
"""What pictures can say, that which says most first."""

OPEN = frozenset({State.GAP, State.GAP_UNSEEN})
OUT_OF_SIGHT = frozenset({State.UNKNOWN, State.GAP_UNSEEN})
_REASONS: Mapping[Finding, Reason] = {
    Finding.HIDDEN: "hidden",
    Finding.BLINDED: "camera",
    Finding.TOGETHER: "together",
    Finding.REPLANNED: "replanned",
}
SAID = frozenset({Finding.SAID_EMPTY, Finding.SAID_LOW, Finding.SAID_FULL})


class NoSuchTransitionError(Exception):
    """Something was found out that the state does not expect: a bug."""

    def __init__(self, state: State, finding: Finding) -> None:
        super().__init__(f"{finding.name} is not expected in state {state.name}")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a facing is since `since`.

    `opened` is since when a gap stands open; `reason` why it is unknown; `said_at` when a person
    said so. One that was never judged is unknown for no reason.
    """

    state: State = State.UNKNOWN
    since: datetime | None = None
    reason: Reason = ""
    opened: datetime | None = None
    said_at: datetime | None = None

    def expects(self, finding: Finding) -> bool:
        """Return whether the table has a row for `finding`."""
        return (self.state, finding) in TRANSITIONS


NEVER_SEEN = Standing()


@dataclass(frozen=True, slots=True)
class Proof:
    """What stands behind a finding.

    Attributes:
        since: since when it is so: of a gap, the first picture that showed it.
        probability: that the facing was empty, by those pictures, on average.
        frames: how many pictures agreed.
        picture: SHA-256 of the newest of them as the camera gave it.
        at: now, when a person says so; None when it was seen.
    """

    since: datetime
    probability: float = 1.0
    frames: int = 1
    picture: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A facing by its names, and the item that belongs there, where that is known."""

    camera: str
    facing: str
    gtin: str | None = None


def after(standing: Standing, finding: Finding, proof: Proof) -> Standing:
    """Return what a facing is once `finding` is known.

    Raises:
        NoSuchTransitionError: the table has no row for it.
    """
    if not standing.expects(finding):
        raise NoSuchTransitionError(standing.state, finding)
    state = TRANSITIONS[standing.state, finding]
    stays = state is standing.state and standing.since is not None
    return Standing(
        state=state,
        since=standing.since if stays else max(proof.since, standing.opened or proof.since),
        reason=_REASONS.get(finding, "") if state in OUT_OF_SIGHT else "",
        opened=(standing.opened or proof.since) if state in OPEN else None,
        said_at=proof.at if finding in SAID else None,
    )


def told(
    place: Place, was: Standing, finding: Finding, proof: Proof
) -> tuple[Standing, tuple[FacingEvent, ...]]:
    """Return what a facing is after `finding`, and what is told of it: nothing without a change."""
    now = after(was, finding, proof)
    if (now.state, now.reason) == (was.state, was.reason):
        return now, ()
    by: Seer = "person" if finding in SAID else "camera"
    if finding is Finding.REPLANNED:
        by = "planogram"
    return now, tuple(
        one
        for one in (_gap_closed(place, was, now, proof, by), _entered(place, was, now, proof, by))
        if one is not None
    )


def _gap_closed(
    place: Place, was: Standing, now: Standing, proof: Proof, by: Seer
) -> GapClosed | None:
    if was.opened is None or now.opened is not None:
        return None
    return GapClosed(
        camera=place.camera,
        facing=place.facing,
        gtin=place.gtin,
        opened=was.opened,
        since=now.since or proof.since,
        restocked=by == "camera",
        picture=proof.picture,
        by=by,
    )


def _entered(
    place: Place, was: Standing, now: Standing, proof: Proof, by: Seer
) -> GapOpened | FacingUnknown | FacingSeen | None:
    """Return what tells that the state was entered; that a gap's end left it full is told."""
    named = {"camera": place.camera, "facing": place.facing, "gtin": place.gtin}
    if now.state is State.GAP and was.opened is None:
        return GapOpened(
            **named,
            since=proof.since,
            probability=proof.probability,
            frames=proof.frames,
            picture=proof.picture,
            by=by,
        )
    if now.state in OUT_OF_SIGHT:
        return FacingUnknown.model_validate({**named, "since": now.since, "reason": now.reason})
    if now.state is State.FULL and was.opened is not None:
        return None
    state = now.state.value
    facts = {"state": state, "since": now.since, "picture": proof.picture, "by": by}
    return FacingSeen.model_validate({**named, **facts})
