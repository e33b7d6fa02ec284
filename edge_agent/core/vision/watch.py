"""The facings of one camera over time: what each is, from what pictures say of it and when.

A look that says nothing of a facing (someone stands before it, the camera is not to be believed)
leaves its evidence as it is. One that is not seen for long becomes unknown, never full; so do all
of a blind camera, and those that turn empty with half of the others, for that is the light or the
camera and no shopper. A few that turn empty in one moment are more often behind somebody who stands
there than bought: they must look so for longer. Nothing here sees a picture.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from edge_agent.core.vision.evidence import (
    HIDDEN_FROM,
    Evidence,
    Weighing,
    chance_at,
    log_odds,
    says,
)
from edge_agent.core.vision.machine import (
    NEVER_SEEN,
    OPEN,
    SEEN,
    FacingEvent,
    Finding,
    Place,
    Proof,
    Standing,
    State,
    told,
)
from endcap.models.gaps.states import Chances


@dataclass(frozen=True, slots=True)
class Patience:
    """How much it takes to believe something, and how long things are borne.

    Attributes:
        weighing: what a look is worth, and what is enough.
        settling: how long after a camera became sound a gap must be `strict` times as certain.
        company, wary: so many facings that begin to look empty at once must each be `wary` times as
            certain: who stands before a shelf hides several.
        hidden_for: a facing that was not seen for so long is unknown.
        said_for: what a person said is not overruled for so long, unless pictures agreed meanwhile.
        together: facings that begin to look empty within this time do so at once.
        crowd, least_crowd: the share of a camera's facings, and how many at least, that turn empty
            at once by the light alone.
    """

    weighing: Weighing = field(default_factory=Weighing)
    settling: timedelta = timedelta(minutes=4)
    strict: float = 1.5
    company: int = 2
    wary: float = 1.75
    hidden_for: timedelta = timedelta(minutes=15)
    said_for: timedelta = timedelta(hours=4)
    together: timedelta = timedelta(minutes=2)
    crowd: float = 0.5
    least_crowd: int = 4


PATIENCE = Patience()
_NO_EVIDENCE = Evidence()
_STOCKED = frozenset({State.FULL, State.LOW})
_OTHERWISE = (Finding.STOCKED, Finding.EMPTY)


@dataclass(frozen=True, slots=True)
class Looks:
    """What one picture says: of each facing that was seen, when, and of which picture."""

    chances: Mapping[str, Chances]
    at: datetime
    picture: str | None = None


Watched = tuple["ShelfWatch", Sequence[FacingEvent]]


@dataclass(frozen=True, slots=True)
class ShelfWatch:
    """What each facing of one camera is, and what speaks for something else.

    `looked_at` is when it was last looked at, `sound_since` since when the camera is to be
    believed; None before the first picture, and while it is blind. `agreed` are the facings of
    which pictures say what a person said.
    """

    camera: str
    threshold: float
    patience: Patience = PATIENCE
    standing: Mapping[str, Standing] = field(default_factory=dict)
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    agreed: frozenset[str] = frozenset()
    looked_at: datetime | None = None
    sound_since: datetime | None = None

    def of(self, facing: str) -> Standing:
        """Return what a facing is."""
        return self.standing.get(facing, NEVER_SEEN)

    def saw(self, looks: Looks, items: Mapping[str, str | None]) -> Watched:
        """Take in a picture; return what changed.

        `items` are all facings there are, with what belongs in each where that is known. A facing
        that `looks` does not tell of was hidden, or too small.
        """
        watch = _agreeing(_weighed(self, looks))
        found = _settled(watch, looks)
        found |= _long_hidden(watch, items.keys() - found.keys(), looks.at)
        return _after(watch, found, items)

    def blinded(self, since: datetime, items: Mapping[str, str | None]) -> Watched:
        """Return the watch of a camera that is not to be believed since `since`.

        What was seen before is no evidence after; what stood open still does, out of sight.
        """
        facings = items.keys() | {f for f, one in self.standing.items() if one.state in OPEN}
        found = {facing: (Finding.BLINDED, Proof(since)) for facing in facings}
        evidence = {facing: one.blinded() for facing, one in self.evidence.items()}
        blind = replace(self, evidence=evidence, looked_at=None, sound_since=None)
        return _after(blind, found, items)

    def recorded(self, standing: Mapping[str, Standing]) -> "ShelfWatch":
        """Return the watch as the store has written it down, by whomever.

        The evidence about a facing of which something else was written is worth nothing any more.
        """
        other = {f for f in standing.keys() | self.standing.keys() if standing.get(f) != self.of(f)}
        if not other:
            return self
        return replace(
            self,
            standing=dict(standing),
            evidence={f: one for f, one in self.evidence.items() if f not in other},
            agreed=self.agreed - other,
        )

    def with_threshold(self, threshold: float) -> "ShelfWatch":
        """Return the watch for a model that says yes from another probability on."""
        return self if threshold == self.threshold else replace(self, threshold=threshold)

    @property
    def open_gaps(self) -> frozenset[str]:
        """The facings of which a gap stands open."""
        return frozenset(f for f, one in self.standing.items() if one.state in OPEN)

    @property
    def of_interest(self) -> frozenset[str]:
        """The facings with an open gap, or with anything that speaks for one."""
        empty = Finding.EMPTY
        return self.open_gaps | {f for f, one in self.evidence.items() if one.of(empty).looks}


def _weighed(watch: ShelfWatch, looks: Looks) -> ShelfWatch:
    """Add what a picture says to the sums of each facing."""
    weighing = watch.patience.weighing
    share = weighing.share(looks.at - watch.looked_at) if watch.looked_at else 0.0
    seen = {
        facing: _looked_at(watch, facing, chances, looks.at, share)
        for facing, chances in looks.chances.items()
        if chances.occluded < HIDDEN_FROM
    }
    sound = watch.sound_since or looks.at
    evidence = {**watch.evidence, **seen}
    return replace(watch, evidence=evidence, looked_at=looks.at, sound_since=sound)


def _looked_at(
    watch: ShelfWatch, facing: str, chances: Chances, at: datetime, share: float
) -> Evidence:
    """Return the evidence of a facing with one look, worth `share`.

    The chance that is remembered is measured by the facing's own threshold, as the evidence is.
    """
    weighing, shipped = watch.patience.weighing, log_odds(watch.threshold)
    before = _evidence(watch, facing)
    own = before.usual.threshold(shipped, weighing)
    chance = chance_at(log_odds(chances.empty) - own + shipped)
    said = says(chances, own, weighing, share)
    most = weighing.enough * max(watch.patience.strict, watch.patience.wary)
    now = before.saw(said, chance, at, most)
    if _is_surely_full(watch, facing, now, at):
        return now.learned(chances.empty, share)
    return now


def _is_surely_full(watch: ShelfWatch, facing: str, evidence: Evidence, at: datetime) -> bool:
    """Return whether a facing is full, with nothing against it unless a person said so."""
    standing = watch.of(facing)
    if standing.state is not State.FULL:
        return False
    said = standing.said_at is not None and at - standing.said_at < watch.patience.said_for
    return said or not evidence.of(Finding.EMPTY).looks


def _enough(watch: ShelfWatch, facing: str, finding: Finding, at: datetime) -> float:
    """Return the sum that settles a question: of a gap more, where something else may look so."""
    patience = watch.patience
    if watch.of(facing) == NEVER_SEEN:
        return patience.weighing.first
    if finding is not Finding.EMPTY:
        return patience.weighing.enough
    settling = watch.sound_since is None or at - watch.sound_since < patience.settling
    times = patience.wary if _in_company(watch, facing) else 1.0
    return patience.weighing.enough * max(times, patience.strict if settling else 1.0)


def _in_company(watch: ShelfWatch, facing: str) -> bool:
    """Return whether stocked facings began to look empty in the moment in which this one did."""
    began, apart = _began(watch, facing), watch.patience.weighing.apart
    if began is None:
        return False
    others = (_began(watch, other) for other in watch.evidence)
    near = sum(one is not None and abs(one - began) <= apart for one in others)
    return near >= watch.patience.company


def _began(watch: ShelfWatch, facing: str) -> datetime | None:
    """Return since when a facing that was last seen stocked looks empty; None where it does not."""
    stocked = watch.of(facing).state in _STOCKED
    return _evidence(watch, facing).of(Finding.EMPTY).since if stocked else None


def _agreeing(watch: ShelfWatch) -> ShelfWatch:
    """Note the facings of which pictures have come to say what a person said."""
    enough = watch.patience.weighing.enough
    agreed = {
        facing
        for facing, one in watch.standing.items()
        if one.said_at is not None and _sum(watch, facing, _OTHERWISE[one.state in OPEN]) >= enough
    }
    return watch if agreed <= watch.agreed else replace(watch, agreed=watch.agreed | agreed)


def _settled(watch: ShelfWatch, looks: Looks) -> dict[str, tuple[Finding, Proof]]:
    """Return what is proven by now of each facing that was seen."""
    found: dict[str, tuple[Finding, Proof]] = {}
    for facing in sorted(looks.chances):
        finding = _proven(watch, facing, looks.at)
        if finding is None or facing in found:
            continue
        proof = _evidence(watch, facing).of(finding).proof(looks.at, looks.picture)
        found[facing] = finding, proof
        if finding is Finding.EMPTY:
            found |= _crowd(watch, facing, looks)
    return found


def _proven(watch: ShelfWatch, facing: str, at: datetime) -> Finding | None:
    """Return the finding that is proven and would change something, None for none."""
    expected = (one for one in SEEN if watch.of(facing).expects(one))
    proven = (
        one for one in expected if _sum(watch, facing, one) >= _enough(watch, facing, one, at)
    )
    return next((one for one in proven if not _overrules(watch, facing, one, at)), None)


def _overrules(watch: ShelfWatch, facing: str, finding: Finding, at: datetime) -> bool:
    """Return whether `finding` is the contrary of what a person has said of late."""
    standing = watch.of(facing)
    if standing.said_at is None or facing in watch.agreed:
        return False
    contrary = (finding is Finding.EMPTY) is not (standing.state in OPEN)
    return contrary and at - standing.said_at < watch.patience.said_for


def _crowd(watch: ShelfWatch, facing: str, looks: Looks) -> dict[str, tuple[Finding, Proof]]:
    """Return the facings that turned empty together with this one, if they are too many."""
    began = _evidence(watch, facing).of(Finding.EMPTY).since or looks.at
    crowd = {other for other in watch.evidence if _turning(watch, other, began)}
    least = max(watch.patience.least_crowd, watch.patience.crowd * len(watch.evidence))
    if facing not in crowd or len(crowd) < least:
        return {}
    return {other: (Finding.TOGETHER, Proof(began)) for other in crowd}


def _turning(watch: ShelfWatch, facing: str, began: datetime) -> bool:
    """Return whether a facing that was no gap began to look empty about when `began` says."""
    standing = watch.of(facing)
    if standing.since is None or standing.state in OPEN:
        return False
    if standing.reason == "together":
        return True
    empty = _evidence(watch, facing).of(Finding.EMPTY)
    near = abs((empty.since or began) - began) <= watch.patience.together
    return near and empty.total >= watch.patience.weighing.enough / 2


def _long_hidden(
    watch: ShelfWatch, facings: Collection[str], at: datetime
) -> dict[str, tuple[Finding, Proof]]:
    """Return the facings of which nothing was seen for long."""
    found: dict[str, tuple[Finding, Proof]] = {}
    for facing in facings:
        seen_at = _evidence(watch, facing).seen_at or watch.sound_since or at
        if at - seen_at >= watch.patience.hidden_for:
            found[facing] = Finding.HIDDEN, Proof(seen_at)
    return found


def _after(
    watch: ShelfWatch, found: Mapping[str, tuple[Finding, Proof]], items: Mapping[str, str | None]
) -> Watched:
    """Return the watch once all of `found` is known, and what is told of it."""
    standing, evidence = dict(watch.standing), dict(watch.evidence)
    events: list[FacingEvent] = []
    for facing, (finding, proof) in sorted(found.items()):
        place = Place(watch.camera, facing, items.get(facing))
        standing[facing], changes = told(place, watch.of(facing), finding, proof)
        evidence[facing] = _evidence(watch, facing).forgotten()
        events += changes
    return replace(watch, standing=standing, evidence=evidence), events


def _evidence(watch: ShelfWatch, facing: str) -> Evidence:
    return watch.evidence.get(facing, _NO_EVIDENCE)


def _sum(watch: ShelfWatch, facing: str, finding: Finding) -> float:
    return _evidence(watch, facing).of(finding).total
