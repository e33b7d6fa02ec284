"""GET /v1/facings/{camera}/{facing}: what a facing is and was.

POST /v1/facings/{camera}/{facing}/answer takes what a person says who stands there.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from edge_agent.ports.facings import FacingBook, FacingHistory, Said
from edge_agent.ports.kiosk import Facing
from edge_agent.ports.questions import FacingAnswers
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.problems import Problem, documented
from endcap.wire.identifiers import NAME_PATTERN, Sha256
from endcap.wire.review_events import FacingAnswered

_Name = Annotated[
    str, Path(description="as the planogram names it", max_length=63, pattern=NAME_PATTERN)
]


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


def facing_routes(book: FacingBook, answers: FacingAnswers, clock: Clock) -> APIRouter:
    """Return the routes about single facings."""
    router = APIRouter(prefix="/v1", tags=["shelves"])

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
