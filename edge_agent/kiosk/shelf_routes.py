"""GET /v1/shelves and /v1/gaps: what the cameras know of the shelves now."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter

from edge_agent.kiosk.facts import seconds_since
from edge_agent.ports.facings import FacingBook
from edge_agent.ports.kiosk import Facing, ShelfReads
from endcap.plumbing.clock import Clock


@dataclass(frozen=True, slots=True)
class Shelves:
    """Every facing of the planogram, and how many are full, low, empty and unknown."""

    at: datetime
    full: int
    low: int
    gap: int
    unknown: int
    facings: tuple[Facing, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A facing that stands empty. `lost_units` is a hint from the forecast, not a count.

    `certain` is false while the facing is out of sight; `by` is camera, or person.
    """

    camera: str
    facing: str
    gtin: str | None
    name: str | None
    since: datetime
    minutes: int
    probability: float
    certain: bool
    by: str
    expected_today: float | None
    lost_units: float | None


@dataclass(frozen=True, slots=True)
class Gaps:
    """The gaps that stand open, the oldest first, and what all gaps of today cost today."""

    at: datetime
    lost_units_today: float | None
    gaps: tuple[Gap, ...]


def shelf_routes(reads: ShelfReads, book: FacingBook, clock: Clock) -> APIRouter:
    """Return the routes about the shelves."""
    router = APIRouter(prefix="/v1", tags=["shelves"])

    @router.get("/shelves")
    async def shelves() -> Shelves:
        """Each facing: full, low, gap or unknown, since when and why. Unknown is never full."""
        facings = await reads.facings()
        states = [one.state for one in facings]
        return Shelves(
            at=clock.now(),
            full=states.count("full"),
            low=states.count("low"),
            gap=states.count("gap"),
            unknown=states.count("unknown"),
            facings=facings,
        )

    @router.get("/gaps")
    async def gaps() -> Gaps:
        """The facings that stand empty, since when, and what that has probably cost."""
        at = clock.now()
        known = await book.gaps(at)
        shown = tuple(
            Gap(
                camera=one.camera,
                facing=one.facing,
                gtin=one.gtin,
                name=one.name,
                since=one.since,
                minutes=(seconds_since(one.since, at) or 0) // 60,
                probability=one.probability,
                certain=one.certain,
                by=one.by,
                expected_today=one.expected_today,
                lost_units=one.lost_units,
            )
            for one in known.open
        )
        return Gaps(at, known.lost_today, shown)

    return router
