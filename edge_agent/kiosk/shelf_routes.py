"""GET /v1/shelves and /v1/gaps: what the cameras know of the shelves now."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter

from edge_agent.core.facing import lost_units
from edge_agent.kiosk.facts import StoreFacts, seconds_since
from edge_agent.ports.kiosk import Facing, ShelfReads
from endcap.plumbing.clock import Clock


@dataclass(frozen=True, slots=True)
class Shelves:
    """Every facing of the planogram, and how many are full, empty and unknown."""

    at: datetime
    full: int
    gap: int
    unknown: int
    facings: tuple[Facing, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A facing that stands empty. `lost_units` is a hint from the forecast, not a count."""

    camera: str
    facing: str
    gtin: str | None
    name: str | None
    since: datetime
    minutes: int
    probability: float
    certain: bool
    expected_today: float | None
    lost_units: float | None


@dataclass(frozen=True, slots=True)
class Gaps:
    """The gaps that stand open, the oldest first."""

    at: datetime
    gaps: tuple[Gap, ...]


def shelf_routes(reads: ShelfReads, store: StoreFacts, clock: Clock) -> APIRouter:
    """Return the routes about the shelves."""
    router = APIRouter(prefix="/v1", tags=["shelves"])

    @router.get("/shelves")
    async def shelves() -> Shelves:
        """Each facing: full, gap or unknown, and since when. Unknown is never shown as full."""
        facings = await reads.facings()
        states = [one.state for one in facings]
        return Shelves(
            clock.now(), states.count("full"), states.count("gap"), states.count("unknown"), facings
        )

    @router.get("/gaps")
    async def gaps() -> Gaps:
        """The facings that stand empty, since when, and what that probably cost today."""
        at = clock.now()
        rows = await reads.open_gaps(store.today(at))
        return Gaps(
            at,
            tuple(
                Gap(
                    camera=one.camera,
                    facing=one.facing,
                    gtin=one.gtin,
                    name=one.name,
                    since=one.since,
                    minutes=(seconds_since(one.since, at) or 0) // 60,
                    probability=one.probability,
                    certain=one.certain,
                    expected_today=one.expected_today,
                    lost_units=_lost(one.expected_today, one.since, at, store),
                )
                for one in rows
            ),
        )

    return router


def _lost(expected: float | None, since: datetime, at: datetime, store: StoreFacts) -> float | None:
    return None if expected is None else round(lost_units(expected, since, at, store.opening), 2)
