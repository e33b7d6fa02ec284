"""GET /v1/proposals and POST /v1/proposals/{id}/accept|change|reject: what a person makes of them.

A decision is answered once it is on the disk, and the same one again as if it were the first. One
on a proposal that is over, or was decided otherwise, is a conflict.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from edge_agent.core.stock.decisions import Answer, Refusal, Standing, State
from edge_agent.kiosk.facts import seconds_since
from edge_agent.ports.stock import ProposalBook, Shown
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.days import Day
from endcap.plumbing.http_face.problems import Problem, documented
from endcap.wire.body import MAX_TEXT
from endcap.wire.identifiers import Finite

Kind = Literal["order", "refill", "markdown", "overstock", "count", "stockout"]
ProposalPath = Annotated[
    str,
    Path(description="the proposal's id: kind:gtin:day", max_length=120, pattern="^[a-z0-9:-]+$"),
]


class Reason(BaseModel):
    """Why a person decided so, in their own words; may be left out."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{}, {"reason": "the fair is off"}]}
    )
    reason: str = Field(default="", max_length=MAX_TEXT)


class Changed(Reason):
    """What a person wants instead: units, or a price for a markdown."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"amount": 18}]})
    amount: Annotated[Finite, Field(ge=0, le=1_000_000)]


@dataclass(frozen=True, slots=True)
class ProposalAnswer:
    """A proposal: what, how much, why, and where it stands.

    `amount` is units, or a price for a markdown, and None for a task; `decided` what was agreed to.
    """

    id: str
    what: Kind
    gtin: str
    name: str | None
    day: date
    amount: float | None
    until: datetime
    state: State
    decided: float | None
    decided_at: datetime | None
    reasons: tuple[str, ...]
    figures: dict[str, float | str | None]


@dataclass(frozen=True, slots=True)
class ProposalsAnswer:
    """Proposals, the most pressing first in each kind. `age_s` is that of the newest."""

    at: datetime
    age_s: int | None
    proposals: tuple[ProposalAnswer, ...]


def proposal_routes(book: ProposalBook, clock: Clock) -> APIRouter:
    """Return the routes about proposals."""
    router = APIRouter(prefix="/v1/proposals", tags=["stock"])
    refusals: dict[int | str, dict[str, Any]] = documented(404, 409)

    @router.get("")
    async def proposals(
        what: Annotated[Kind | None, Query(description="one kind alone")] = None,
        day: Annotated[
            Day | None, Query(description="all of a day, decided or not; else what is open")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=5000)] = 500,
    ) -> ProposalsAnswer:
        """What to order, refill, mark down, stop ordering and count; each with its reasons."""
        at = clock.now()
        found = await book.shown(what, day, limit)
        made = max((one.made_at for one in found), default=None)
        return ProposalsAnswer(at, seconds_since(made, at), tuple(_shown(one) for one in found))

    async def decided(proposal: str, answer: Answer) -> ProposalAnswer:
        at = clock.now()
        after = await book.decide(proposal, answer, at)
        if after is None:
            hint = "see what is proposed with GET /v1/proposals"
            raise Problem(404, "unknown-proposal", f"no proposal {proposal}", hint)
        if isinstance(after, Refusal):
            status, code = (409, "proposal-over") if after.over else (422, "not-allowed")
            raise Problem(status, code, f"{proposal}: {after.reason}", after.hint)
        return _answer(after, None)

    @router.post("/{proposal}/accept", responses=refusals)
    async def accept(proposal: ProposalPath, told: Reason) -> ProposalAnswer:
        """Do as proposed. Safe to repeat."""
        return await decided(proposal, Answer("accept", reason=told.reason))

    @router.post("/{proposal}/change", responses=refusals)
    async def change(proposal: ProposalPath, told: Changed) -> ProposalAnswer:
        """Do it with another amount. Safe to repeat."""
        return await decided(proposal, Answer("change", told.amount, told.reason))

    @router.post("/{proposal}/reject", responses=refusals)
    async def reject(proposal: ProposalPath, told: Reason) -> ProposalAnswer:
        """Do not do it. Safe to repeat."""
        return await decided(proposal, Answer("reject", reason=told.reason))

    return router


def _shown(one: Shown) -> ProposalAnswer:
    return _answer(one.standing, one.name)


def _answer(standing: Standing, name: str | None) -> ProposalAnswer:
    one = standing.proposal
    return ProposalAnswer(
        id=one.id,
        what=one.what,
        gtin=one.gtin,
        name=name,
        day=one.day,
        amount=one.amount,
        until=one.until,
        state=standing.state,
        decided=standing.decided,
        decided_at=standing.decided_at,
        reasons=one.reasons,
        figures=dict(one.figures),
    )
