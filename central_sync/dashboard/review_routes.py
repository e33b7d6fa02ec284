"""GET /v1/review and its questions, and what a person says of each: what a facing on a picture is.

Who answers is proved by a certificate, as for every decision here (store_identity); a dashboard
that does not know who asks only shows. What the model said is told after the answer, not before:
nobody shall be led.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from central_sync.core.review.answers import Said
from central_sync.dashboard.store_identity import asking_person, people_only, person_of
from central_sync.ports.identity import By
from central_sync.ports.review import Progress, ReviewBook, Standing
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.problems import Problem, documented
from endcap.wire.identifiers import STORE_PATTERN
from endcap.wire.review_events import FacingQuestioned

Person = Annotated[str, Depends(person_of)]
Number = Annotated[int, Path(ge=1, le=2**62)]
Store = Annotated[str | None, Query(pattern=f"^{STORE_PATTERN}$")]
Limit = Annotated[int, Query(ge=1, le=100)]
ANSWERS = documented(401, 403, 404)
_FOR_GOOD = "private, max-age=86400, immutable"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question without what the model said; the facing is at `place` on `picture`."""

    question: int
    store: str
    camera: str
    facing: str
    gtin: str | None
    taken_at: datetime
    place: tuple[float, float, float, float]
    people: int
    picture: str


@dataclass(frozen=True, slots=True)
class Queue:
    """The next questions for who asks, the worthiest first; `person` is who that is, if proved."""

    at: datetime
    person: str | None
    waiting: int
    settled: int
    questions: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """How far reviewing is, and what it tells of each store's alerts."""

    at: datetime
    person: str | None
    progress: Progress


class Answer(BaseModel):
    """What a facing is."""

    model_config = ConfigDict(extra="forbid")
    said: Said


class Nothing(BaseModel):
    """An empty object: the address says all."""


def review_routes(book: ReviewBook, clock: Clock) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/v1/review", tags=["review"], dependencies=[Depends(people_only)])

    @router.get("")
    async def reviewed(request: Request) -> Reviewed:
        """Progress, who answered how much, agreement, and precision of alerts by store."""
        return Reviewed(clock.now(), asking_person(request), await book.progress())

    @router.get("/queue")
    async def queue(request: Request, store: Store = None, limit: Limit = 20) -> Queue:
        """The next questions, none that who asks has answered."""
        person = asking_person(request)
        found = await book.queue(person or "", store, limit)
        so_far = await book.progress()
        shown = tuple(_shown(one.question, one.store, one.asked, one.people) for one in found)
        return Queue(clock.now(), person, so_far.waiting, so_far.settled, shown)

    @router.get("/questions/{question}/picture", responses=documented(404))
    async def picture(question: Number) -> Response:
        """The picture of a question, a JPEG."""
        found = await book.picture(question)
        if found is None:
            raise _unknown(question)
        headers = {"cache-control": _FOR_GOOD, "x-content-type-options": "nosniff"}
        return Response(found, media_type="image/jpeg", headers=headers)

    _add_answering(router, book, clock)
    return router


def _add_answering(router: APIRouter, book: ReviewBook, clock: Clock) -> None:
    """Add what changes something."""

    @router.post("/questions/{question}/answer", responses=ANSWERS)
    async def answer(
        question: Number, answer: Annotated[Answer, Body()], person: Person
    ) -> Standing:
        """Say what a facing is; a second answer of the same person takes the first one's place."""
        found = await book.answer(question, answer.said, By(person, clock.now()))
        return _known(found, question)

    @router.post("/questions/{question}/undo", responses=ANSWERS)
    async def undo(question: Number, _: Annotated[Nothing, Body()], person: Person) -> Standing:
        """Take back one's own answer."""
        return _known(await book.undo(question, By(person, clock.now())), question)


def _shown(question: int, store: str, asked: FacingQuestioned, people: int) -> Asked:
    return Asked(
        question=question,
        store=store,
        camera=asked.camera,
        facing=asked.facing,
        gtin=asked.gtin,
        taken_at=asked.taken_at,
        place=asked.place,
        people=people,
        picture=f"/v1/review/questions/{question}/picture",
    )


def _known(found: Standing | None, question: int) -> Standing:
    if found is None:
        raise _unknown(question)
    return found


def _unknown(question: int) -> Problem:
    detail = f"there is no question {question}; its picture may have been deleted"
    return Problem(404, "unknown-question", detail, "see /v1/review/queue for those there are")
