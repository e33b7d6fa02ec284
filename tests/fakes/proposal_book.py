"""A book of proposals in memory: what stands, and the events its decisions made."""

from collections.abc import Sequence
from datetime import date, datetime

from edge_agent.core.stock.decisions import (
    Answer,
    Refusal,
    Standing,
    decide,
    lapsed,
    renewed,
    told,
)
from edge_agent.core.stock.proposals import Proposal
from edge_agent.ports.stock import Shown
from endcap.wire.body import Body


class MemoryProposalBook:
    """Keeps the promises of edge_agent.ports.stock.ProposalBook until it is dropped."""

    def __init__(self) -> None:
        self.events = list[Body]()
        self._standing: dict[str, Standing] = {}
        self._made_at: dict[str, datetime] = {}

    async def record(self, found: Sequence[Proposal], at: datetime) -> None:
        proposed = {one.id for one in found}
        for name, standing in self._standing.items():
            if name not in proposed:
                self._standing[name] = lapsed(standing)
        for one in found:
            after = renewed(self._standing.get(one.id), one)
            if after != self._standing.get(one.id):
                self._standing[one.id] = after
                self._made_at[one.id] = at

    async def decide(
        self, proposal: str, answer: Answer, at: datetime
    ) -> Standing | Refusal | None:
        before = self._standing.get(proposal)
        if before is None:
            return None
        after = decide(before, answer, at)
        if isinstance(after, Standing) and after != before:
            self._standing[proposal] = after
            self.events.append(told(after, answer.reason))
        return after

    async def shown(self, what: str | None, day: date | None, limit: int) -> tuple[Shown, ...]:
        found = sorted(
            self._standing.values(),
            key=lambda one: (one.proposal.what, -one.proposal.rank, one.proposal.gtin),
        )
        return tuple(
            Shown(one, None, self._made_at[one.proposal.id])
            for one in found
            if what in (None, one.proposal.what)
            and (one.state == "open" if day is None else one.proposal.day == day)
        )[:limit]
