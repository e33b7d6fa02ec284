"""GET /v1/fleet, /v1/stores/{store}, /v1/gaps and /v1/unknown: what stores told, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from central_sync.core.fleet import Patience, Presence, StoreRecord, presence
from central_sync.core.overview import OpenGap, UnknownFacing, Wish
from central_sync.dashboard.ledger_routes import After, EpochLine, Limit, books_of, following
from central_sync.ports.reads import FleetReads, LearningReads, ShelfReads
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.problems import Problem, documented
from endcap.wire.commands import UpdateStanding
from endcap.wire.identifiers import STORE_PATTERN

PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class FleetStore:
    """A store as the centre knows it. None where it has not told yet."""

    store: str
    presence: Presence
    last_seen: datetime
    silence_s: int
    agent: str | None
    release: int | None
    wished: int | None
    models: Mapping[str, str]
    update: UpdateStanding | None
    cameras: Mapping[str, str]
    failing: tuple[str, ...]
    open_gaps: int
    unknown: int
    waiting: int | None
    missing: int


@dataclass(frozen=True, slots=True)
class Fleet:
    """A page of the fleet, and how many stores of all are there, late and silent.

    `next` is what to ask for `after` to go on; None at the end.
    """

    at: datetime
    online: int
    late: int
    silent: int
    stores: tuple[FleetStore, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class StoreAnswer:
    """One store, its books, its gaps and what nothing is known of."""

    at: datetime
    store: FleetStore
    first_seen: datetime
    lines: tuple[EpochLine, ...]
    gaps: tuple[OpenGap, ...]
    unknown: tuple[UnknownFacing, ...]


@dataclass(frozen=True, slots=True)
class Gaps:
    """The facings that stand empty in the fleet, the oldest first."""

    at: datetime
    gaps: tuple[OpenGap, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """The facings of which stores do not know what stands there, the oldest first."""

    at: datetime
    unknown: tuple[UnknownFacing, ...]


def fleet_routes(
    fleet: FleetReads, shelves: ShelfReads, learning: LearningReads, clock: Clock
) -> APIRouter:
    """Return the routes about stores."""
    router = APIRouter(prefix="/v1", tags=["fleet"])

    @router.get("/fleet")
    async def stores(after: After = "", limit: Limit = 200) -> Fleet:
        """The stores: when they were heard, what they run and should run, what fails."""
        at = clock.now()
        records = await fleet.fleet(after, limit)
        wishes = await learning.wishes([one.store for one in records])
        judged = [presence(seen, at, PATIENCE) for seen in await fleet.last_seen()]
        return Fleet(
            at=at,
            online=judged.count(Presence.ONLINE),
            late=judged.count(Presence.LATE),
            silent=judged.count(Presence.SILENT),
            stores=tuple(_shown(one, wishes.get(one.store), at) for one in records),
            next=following(records, limit),
        )

    @router.get("/stores/{store}", responses=documented(404))
    async def one_store(store: Annotated[str, Path(pattern=STORE_PATTERN)]) -> StoreAnswer:
        """One store, with its books, its gaps and what nothing is known of."""
        at, record = clock.now(), await fleet.store(store)
        if record is None:
            hint = "see /v1/fleet for those that were; the name is the one in the store's config"
            raise Problem(404, "unknown-store", f"no store {store!r} was ever heard", hint)
        wishes = await learning.wishes([store])
        return StoreAnswer(
            at=at,
            store=_shown(record, wishes.get(store), at),
            first_seen=record.first_seen,
            lines=books_of(record),
            gaps=await shelves.open_gaps(store, 1000),
            unknown=await shelves.unknown_facings(store, 1000),
        )

    _add_shelves(router, shelves, clock)
    return router


def _add_shelves(router: APIRouter, shelves: ShelfReads, clock: Clock) -> None:
    """Add the routes about facings."""

    @router.get("/gaps")
    async def open_gaps(
        store: Annotated[str | None, Query(pattern=STORE_PATTERN)] = None, limit: Limit = 200
    ) -> Gaps:
        """The facings that stand empty, the oldest first: in one store, or in all."""
        return Gaps(clock.now(), await shelves.open_gaps(store, limit))

    @router.get("/unknown")
    async def unknown_facings(
        store: Annotated[str | None, Query(pattern=STORE_PATTERN)] = None, limit: Limit = 200
    ) -> Unknown:
        """The facings of which nothing is known, with the reason; none of them counts as full."""
        return Unknown(clock.now(), await shelves.unknown_facings(store, limit))


def _shown(record: StoreRecord, wish: Wish | None, at: datetime) -> FleetStore:
    """Return a store as the dashboard shows it."""
    state = record.state
    return FleetStore(
        store=record.store,
        presence=presence(record.last_seen, at, PATIENCE),
        last_seen=record.last_seen,
        silence_s=max(0, round((at - record.last_seen).total_seconds())),
        agent=state.agent if state else None,
        release=state.release if state else None,
        wished=wish.release if wish else None,
        models={kind: one.version for kind, one in state.models.items()} if state else {},
        update=state.update if state else None,
        cameras=state.cameras if state else {},
        failing=state.failing if state else (),
        open_gaps=record.open_gaps,
        unknown=record.unknown,
        waiting=state.outbox_waiting if state else None,
        missing=sum(line.missing for line in books_of(record)),
    )
