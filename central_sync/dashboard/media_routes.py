"""GET /v1/campaigns and /v1/media/*: campaigns, their money, the ledger, and what plays brought.

Only reads; ordering is campaign_routes'. Money is in micros, millionths of the currency.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from central_sync.core.media.accounts import Account
from central_sync.core.media.plan import Plan
from central_sync.core.media.records import (
    Entry,
    FlaggedPlay,
    Kept,
    LedgerTotals,
    Owing,
    owing,
)
from central_sync.core.media.reports import By, Line
from central_sync.dashboard.store_identity import asking_person
from central_sync.ports.media import Asked, MediaReads
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.days import Day
from endcap.plumbing.http_face.problems import Problem, documented
from endcap.wire.identifiers import NAME_PATTERN, STORE_PATTERN

Named = Annotated[str, Path(pattern=NAME_PATTERN)]
Campaign = Annotated[str | None, Query(pattern=NAME_PATTERN)]
Store = Annotated[str | None, Query(pattern=STORE_PATTERN)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Across = Annotated[By, Query(description="what a line is for")]
MAX_LEASES = 100_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A campaign as it stands; `free` may still be leased to stores, `leased` is with them."""

    campaign: str
    state: str
    since: datetime
    made_by: str
    plan: Plan
    budget: int
    spent: int
    leased: int
    free: int
    journal: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Campaigns:
    """Every campaign, newest first. `person` is who asks, where that is proved: who may order."""

    at: datetime
    person: str | None
    campaigns: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What plays brought, a line for each of what was asked; intervals are of 95 %."""

    at: datetime
    by: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class ShownLease:
    """A lease that counts whole, and where it stands."""

    lease: str
    campaign: str
    store: str
    standing: str
    amount: int
    spent: int
    plays: int
    first: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Leases:
    """The leases that are at work or over and not settled, and the stores that owe word of some."""

    at: datetime
    leases: tuple[ShownLease, ...]
    owing: tuple[Owing, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of plays in sum, and the plays that do not fit, the last first."""

    at: datetime
    totals: LedgerTotals
    flagged: tuple[FlaggedPlay, ...]


def media_routes(reads: MediaReads, clock: Clock) -> APIRouter:
    """Return the routes that show media."""
    router = APIRouter(prefix="/v1", tags=["media"])

    @router.get("/campaigns")
    async def campaigns(request: Request) -> Campaigns:
        """Every campaign, with its money."""
        found = await reads.campaigns()
        return Campaigns(clock.now(), asking_person(request), tuple(shown(one) for one in found))

    @router.get("/campaigns/{name}", responses=documented(404))
    async def campaign(name: Named) -> Shown:
        """One campaign: its plan, its money, its journal."""
        found = await reads.campaigns(name)
        if not found:
            hint = "see /v1/campaigns for those there are"
            raise Problem(404, "unknown-campaign", f"there is no campaign {name}", hint)
        return shown(found[0])

    _add_ledger(router, reads, clock)
    return router


def _add_ledger(router: APIRouter, reads: MediaReads, clock: Clock) -> None:
    """Add what is told of plays and leases."""

    @router.get("/media/report")
    async def report(
        by: Across = "campaign",
        campaign: Campaign = None,
        store: Store = None,
        first: Day | None = None,
        last: Day | None = None,
    ) -> Report:
        """Plays, spend, taps, purchases and lift against the places held out."""
        asked = Asked(campaign, store, first, last)
        return Report(clock.now(), by, await reads.media_report(by, asked))

    @router.get("/media/leases")
    async def leases(campaign: Campaign = None, store: Store = None, limit: Limit = 200) -> Leases:
        """Leases that count whole, and which stores owe word of theirs."""
        at = clock.now()
        found = await reads.unsettled_leases(Asked(campaign, store), MAX_LEASES)
        listed = tuple(_lease(one, at) for one in found[:limit])
        return Leases(at, listed, owing(found, at))

    @router.get("/media/ledger")
    async def ledger(limit: Limit = 50) -> Ledger:
        """The ledger of plays in sum, and plays that do not fit."""
        at = clock.now()
        return Ledger(at, await reads.media_ledger(at), await reads.flagged_plays(limit))


def shown(one: Kept) -> Shown:
    """Return a campaign as it is shown."""
    return Shown(
        campaign=one.plan.campaign,
        state=one.state.value,
        since=one.since,
        made_by=one.made_by,
        plan=one.plan,
        budget=one.balance.budget,
        spent=one.balance.spent,
        leased=one.balance.leased,
        free=one.balance.free,
        journal=one.journal,
    )


def _lease(one: Account, at: datetime) -> ShownLease:
    return ShownLease(
        lease=one.lease,
        campaign=one.campaign,
        store=one.store,
        standing=one.standing(at).value,
        amount=one.amount,
        spent=one.spent,
        plays=one.plays,
        first=one.first,
        until=one.until,
    )
