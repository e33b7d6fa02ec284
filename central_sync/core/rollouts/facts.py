"""What a store has told of a release, as a value that only grows.

Reports come in any order, twice, late, and from stores that started again. So nothing here is "the
last report": facts are joined, and the join of the same reports is the same whatever their order.
Judges nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum

from endcap.wire.commands import KindTrial, StoreState


class Outcome(IntEnum):
    """How far a store came with a release; the higher says more, and a failure says the most."""

    UNKNOWN = 0
    TRYING = 1
    COMMITTED = 2
    FAILED = 3


_TOLD: Mapping[str, Outcome] = {
    "committed": Outcome.COMMITTED,
    "rolling_back": Outcome.FAILED,
    "last_resort": Outcome.FAILED,
    "refused": Outcome.FAILED,
}


def outcome_of(state: str) -> Outcome:
    """Return what a state of a store's update says of its release."""
    return _TOLD.get(state, Outcome.TRYING)


@dataclass(frozen=True, slots=True)
class Report:
    """What a store told of one release: the outcome, its reason, and how each model fared."""

    outcome: Outcome = Outcome.UNKNOWN
    reason: str = ""
    kinds: Mapping[str, KindTrial] = field(default_factory=dict)

    def joined(self, other: "Report") -> "Report":
        """Return what both say together. Associative, commutative, and the same when repeated."""
        outcome, reason = max((self.outcome, self.reason), (other.outcome, other.reason))
        kinds = dict(self.kinds)
        for kind, trial in other.kinds.items():
            kinds[kind] = max(kinds.get(kind, trial), trial, key=_said)
        return replace(self, outcome=outcome, reason=reason, kinds=kinds)


def _said(trial: KindTrial) -> tuple[float, ...]:
    """Return how much a trial says: the longer one counts; the rest makes the order total."""
    figures = (
        trial.agreement,
        trial.latency_ms,
        trial.champion_latency_ms,
        trial.error,
        trial.champion_error,
    )
    rest = [-1.0 if figure is None else figure for figure in figures]
    return (trial.truths, trial.runs, trial.errors, trial.better, trial.worse, *rest)


def reports_in(state: StoreState) -> dict[int, Report]:
    """Return what a store's state says, by release."""
    found: dict[int, Report] = {}
    update = state.update
    if update.release:
        found[update.release] = Report(outcome_of(update.state), update.reason)
    if state.release and update.release != state.release:
        found[state.release] = Report(Outcome.COMMITTED)
    if state.trial is not None:
        tried = Report(Outcome.TRYING, kinds=state.trial.kinds)
        known = found.get(state.trial.release, Report())
        found[state.trial.release] = known.joined(tried)
    return found


@dataclass(frozen=True, slots=True)
class Store:
    """What the centre knows of a store that matters to one rollout.

    `assigned` is the release it should want, `serving` the one it last said it serves, 0 for none.
    `exposed` tells that this rollout, or anybody, gave it the release and nobody took it back
    unheard. `present` tells that it was heard lately. `unheard_since` is when it was assigned what
    it is assigned, where it was not heard since; None where it was.
    """

    store: str
    stratum: tuple[str, ...] = ()
    assigned: int = 0
    serving: int = 0
    exposed: bool = False
    present: bool = True
    unheard_since: datetime | None = None
    report: Report = field(default_factory=Report)

    @property
    def answered(self) -> bool:
        """Tell whether its installation came to an end, good or bad."""
        return self.report.outcome >= Outcome.COMMITTED
