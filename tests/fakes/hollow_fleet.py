"""A fleet of hollow stores and one rollout over it, in memory: what the centre's tables would hold.

Stores report what a test makes them report, in any order, twice, or late.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from central_sync.core.rollouts.decision import Approval, Decision, Question, decide
from central_sync.core.rollouts.facts import Outcome, Report, Store
from central_sync.core.rollouts.machine import Entry, Event, Rollout
from central_sync.core.rollouts.plan import Plan

BASE, CANDIDATE, FALLBACK = 1, 2, 3


class HollowFleet:
    """`stores` by name, and the rollout of release 2 over release 1, with release 3 to go back."""

    def __init__(self, names: Sequence[str], plan: Plan, at: datetime) -> None:
        self.plan = plan
        self.at = at
        self.begun = Rollout(1, CANDIDATE, at, base=BASE, fallback=FALLBACK, started_by="Ann Other")
        self.rollout = self.begun
        self.journal: list[Entry] = []
        self.approvals: list[Approval] = []
        self.ever: set[str] = set()
        self.stores = {name: Store(name, assigned=BASE, serving=BASE) for name in names}

    @property
    def exposed(self) -> list[Store]:
        return [one for one in self.stores.values() if one.exposed]

    def told(self, name: str, report: Report, serving: int | None = None) -> None:
        """Take in a report of the candidate."""
        one = self.stores[name]
        self.stores[name] = replace(
            one,
            report=one.report.joined(report),
            serving=one.serving if serving is None else serving,
            unheard_since=None,
        )

    def answers(self, *names: str, outcome: Outcome = Outcome.COMMITTED, reason: str = "") -> None:
        """Let stores bring the installation to an end."""
        for name in names:
            serving = CANDIDATE if outcome is Outcome.COMMITTED else BASE
            self.told(name, Report(outcome, reason), serving)

    def decided(self) -> Decision:
        """Decide once, and keep what was decided."""
        found = decide(self.question())
        if found.entry is not None:
            self.journal.append(found.entry)
        self.rollout = found.rollout
        for wish in found.wishes:
            one = self.stores[wish.store]
            given = wish.release == CANDIDATE
            exposed = given or (one.exposed and wish.release == FALLBACK)
            self.stores[wish.store] = replace(one, assigned=wish.release, exposed=exposed)
            if given:
                self.ever.add(wish.store)
        return found

    def settle(self) -> Decision:
        """Decide until nothing changes."""
        for _ in range(20):
            found = self.decided()
            if not found.changed:
                return found
        raise AssertionError("the decisions never end")

    def ordered(self, event: Event, by: str = "Ann Other") -> None:
        """Do what a person orders."""
        entry = Entry(event, self.at, "because", by)
        self.rollout = self.rollout.after(entry)
        self.journal.append(entry)

    def question(self) -> Question:
        return Question(
            self.plan, self.rollout, tuple(self.stores.values()), self.approvals, self.at
        )
