"""POST /v1/campaigns...: what a person orders of campaigns on the dashboard.

Who orders is proved by a certificate, as for every decision here (store_identity); a page of
somewhere else cannot post. The running centre leases and tells what was ordered.
"""

from collections.abc import Awaitable
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, ConfigDict, StringConstraints

from central_sync.core.media.life import Event, MediaRefusedError
from central_sync.core.media.plan import Money, Plan, micros
from central_sync.dashboard.media_routes import Named, Shown, shown
from central_sync.dashboard.store_identity import person_of
from central_sync.ports.identity import By
from central_sync.ports.media import CampaignBook, MediaReads
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.problems import Problem, documented

T = TypeVar("T")
Person = Annotated[str, Depends(person_of)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
ANSWERS = documented(401, 403, 404, 409)


class Order(BaseModel):
    """Why; people read it in the audit log."""

    model_config = ConfigDict(extra="forbid")
    reason: Reason = ""


class OtherBudget(Order):
    """Another budget, in the currency."""

    budget: Money


def campaign_routes(book: CampaignBook, reads: MediaReads, clock: Clock) -> APIRouter:
    """Return the routes that order something."""
    router = APIRouter(prefix="/v1/campaigns", tags=["media"])

    @router.post("", status_code=201, responses=documented(401, 403, 409))
    async def make(plan: Annotated[Plan, Body()], person: Person) -> Shown:
        """Plan a campaign; it is a draft until it is started."""
        await _followed(book.make(plan, By(person, clock.now())))
        return await _now(reads, plan.campaign)

    @router.post("/{name}/budget", responses=ANSWERS)
    async def budget(name: Named, other: Annotated[OtherBudget, Body()], person: Person) -> Shown:
        """Give a campaign another budget, never below what is spent or leased."""
        await _now(reads, name)
        by = By(person, clock.now())
        await _followed(book.set_budget(name, micros(other.budget), other.reason, by))
        return await _now(reads, name)

    @router.post("/{name}/{event}", responses=ANSWERS)
    async def order(
        name: Named,
        event: Literal["start", "pause", "end"],
        why: Annotated[Order, Body()],
        person: Person,
    ) -> Shown:
        """Start, pause or end a campaign."""
        await _now(reads, name)
        by = By(person, clock.now())
        await _followed(book.order(name, Event(event), why.reason, by))
        return await _now(reads, name)

    return router


async def _now(reads: MediaReads, name: str) -> Shown:
    """Return a campaign as it stands."""
    found = await reads.campaigns(name)
    if not found:
        hint = "see /v1/campaigns for those there are"
        raise Problem(404, "unknown-campaign", f"there is no campaign {name}", hint)
    return shown(found[0])


async def _followed(answer: Awaitable[T]) -> T:
    """Return what came of an order, or raise the problem that a refusal is."""
    try:
        return await answer
    except MediaRefusedError as error:
        raise Problem(409, "refused", str(error)) from None
