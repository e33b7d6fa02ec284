"""GET /v1/shelves, /v1/gaps and /v1/facings: what the cameras know of the shelves, and knew.

POST /v1/facings/{camera}/{facing}/answer takes what a person says who stands there.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from edge_agent.kiosk.facts import seconds_since
from edge_agent.ports.facings import FacingBook, FacingHistory, Said
from edge_agent.ports.kiosk import Facing, ShelfReads
from edge_agent.ports.questions import FacingAnswers
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.problems import Problem, documented
from endcap.wire.identifiers import NAME_PATTERN, Sha256
from endcap.wire.review_events import FacingAnswered

_Name = Annotated[
    str, Path(description="as the planogram names it", max_length=63, pattern=NAME_PATTERN)
]


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


class Answer(BaseModel):
    """What a person says of a facing; `picture` is the SHA-256 of the one they were shown."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"answer": "empty"}, {"answer": "unsure"}]}
    )
    answer: Said
    picture: Sha256 | None = Field(default=None)


@dataclass(frozen=True, slots=True)
class Answered:
    """What the facing is taken for now; `told` says whether the centre hears of the answer."""

    facing: Facing
    told: bool


def shelf_routes(
    reads: ShelfReads, book: FacingBook, answers: FacingAnswers, clock: Clock
) -> APIRouter:
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

    @router.get("/facings/{camera}/{facing}", responses=documented(404))
    async def facing_history(
        camera: _Name,
        facing: _Name,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> FacingHistory:
        """What a facing is, and every change of it, the newest first."""
        found = await book.history(camera, facing, limit)
        if found is None:
            raise _unplanned(camera, facing)
        return found

    @router.post("/facings/{camera}/{facing}/answer", responses=documented(404))
    async def answer(camera: _Name, facing: _Name, told: Answer) -> Answered:
        """Take what a person says of a facing: it counts at once. Safe to repeat."""
        at = clock.now()
        found = await book.said(camera, facing, told.answer, at)
        if found is None:
            raise _unplanned(camera, facing)
        if told.answer == "unsure":
            return Answered(found, told=False)
        heard = FacingAnswered(
            camera=camera,
            facing=facing,
            gtin=found.gtin,
            at=at,
            answer=told.answer,
            picture=told.picture,
        )
        return Answered(found, told=await answers.answered(heard, at))

    return router


def _unplanned(camera: str, facing: str) -> Problem:
    hint = "see which there are with GET /v1/shelves"
    return Problem(404, "unknown-facing", f"no facing {facing} of camera {camera}", hint)
