"""A rollout as people look at it: how far each wave is, where each gate stands, what it waits for.

Everything is derived from what a decision depends on; looking changes nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from central_sync.core.rollouts.decision import Question, decide, missing_approvals
from central_sync.core.rollouts.facts import Outcome, Store
from central_sync.core.rollouts.gates import Reading
from central_sync.core.rollouts.machine import UNDER_WAY, Entry, State
from central_sync.core.rollouts.plan import Bar, Gates

Standing = Literal["done", "now", "to come", "ended", "never"]
"""Where a wave stands; in the one that ended a rollout ended before its time."""


@dataclass(frozen=True, slots=True)
class WaveProgress:
    """A wave: up to how many stores it goes, and where it stands."""

    wave: int
    name: str
    stores: int
    standing: Standing
    approvals: int
    approved_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GateProgress:
    """A gate: `evidence` of `enough` stops the rollout; both are natural logarithms."""

    gate: str
    bad: int
    answers: int
    tolerated: float
    allowed: float
    minimum: int
    evidence: float
    enough: float
    problem: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many stores there are, got the release, and what became of it there."""

    fleet: int
    exposed: int
    committed: int
    failed: int
    waiting: int
    back: int


@dataclass(frozen=True, slots=True)
class Progress:
    """A rollout whole. `wave` counts from 1."""

    rollout: int
    release: int
    base: int
    fallback: int
    state: str
    wave: int
    started: datetime
    started_by: str
    since: datetime
    reason: str
    waits_for: str
    missing_approvals: int
    counts: Counts
    waves: tuple[WaveProgress, ...]
    gates: tuple[GateProgress, ...]
    journal: tuple[Entry, ...]


def progress(asked: Question, begun: datetime, journal: Sequence[Entry]) -> Progress:
    """Return a rollout as people look at it."""
    rollout, decision = asked.rollout, decide(asked)
    under_way = rollout.state in UNDER_WAY
    missing = missing_approvals(asked.plan, rollout, asked.approvals) if under_way else 0
    return Progress(
        rollout=rollout.number,
        release=rollout.release,
        base=rollout.base,
        fallback=rollout.fallback,
        state=rollout.state.value,
        wave=rollout.wave + 1,
        started=begun,
        started_by=rollout.started_by,
        since=rollout.since,
        reason=rollout.reason,
        waits_for="a person to resume it" if rollout.state is State.PAUSED else decision.waits_for,
        missing_approvals=missing,
        counts=_counts(asked.stores, rollout.fallback),
        waves=_waves(asked),
        gates=tuple(_gate(one, asked.plan.gates) for one in decision.readings),
        journal=tuple(journal),
    )


def _counts(stores: Sequence[Store], fallback: int) -> Counts:
    """Count what became of the release in the stores that got it."""
    exposed = [one for one in stores if one.exposed]
    outcomes = [one.report.outcome for one in exposed]
    return Counts(
        fleet=len(stores),
        exposed=len(exposed),
        committed=outcomes.count(Outcome.COMMITTED),
        failed=outcomes.count(Outcome.FAILED),
        waiting=sum(not one.answered for one in exposed),
        back=sum(0 < fallback <= one.serving for one in exposed),
    )


def _waves(asked: Question) -> tuple[WaveProgress, ...]:
    """Return where each wave stands."""
    plan, fleet = asked.plan, len(asked.stores)
    return tuple(
        WaveProgress(
            wave=at + 1,
            name=one.name,
            stores=plan.limit(at, fleet),
            standing=_standing(asked, at),
            approvals=one.approvals,
            approved_by=tuple(yes.by for yes in asked.approvals if yes.wave == at),
        )
        for at, one in enumerate(plan.waves)
    )


def _standing(asked: Question, wave: int) -> Standing:
    """Return where one wave stands, by the present one."""
    state, present = asked.rollout.state, asked.rollout.wave
    if wave < present or state is State.COMPLETE:
        return "done"
    if wave == present:
        return "now" if state in UNDER_WAY else "ended"
    return "to come" if state in UNDER_WAY else "never"


def _gate(reading: Reading, gates: Gates) -> GateProgress:
    """Return a reading with the bar that it is held against."""
    bar: Bar = getattr(gates, reading.gate)
    return GateProgress(
        gate=reading.gate,
        bad=reading.bad,
        answers=reading.answers,
        tolerated=bar.tolerated,
        allowed=bar.allowed,
        minimum=bar.minimum,
        evidence=round(reading.evidence, 6),
        enough=round(-math.log(bar.error), 6),
        problem=reading.stop or reading.at_end or reading.hold,
    )
