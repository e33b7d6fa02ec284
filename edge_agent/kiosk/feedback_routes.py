"""POST /v1/feedback: what a shopper did with what was offered. Telling it twice changes nothing.

Takes taps, purchases and dismissals of answers and of plays alike; which it was is found out when
it is learned from.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from edge_agent.ports.answers import Did, Feedback, FeedbackBook
from endcap.plumbing.clock import Clock
from endcap.wire.identifiers import Gtin

MAX_ROWS = 200
OLDEST = timedelta(days=7)
"""What was done longer ago than this is taken as done then; nobody learns from older answers."""

AnswerName = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{32}$",
        description="the answer, or the play, that the item was shown in",
        examples=["5f0c6f0e8d1b4c55a7f8a5d1b2c3d4e5"],
    ),
]


class Told(BaseModel):
    """What was done with an item of an answer; now, if it does not say when."""

    model_config = ConfigDict(extra="forbid")
    answer: AnswerName
    gtin: Gtin
    what: Did
    at: AwareDatetime | None = None


class FeedbackTold(BaseModel):
    """What shoppers did, in any order."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "feedback": [
                        {
                            "answer": "5f0c6f0e8d1b4c55a7f8a5d1b2c3d4e5",
                            "gtin": "4006381333931",
                            "what": "tapped",
                        }
                    ]
                }
            ]
        },
    )
    feedback: Annotated[list[Told], Field(min_length=1, max_length=MAX_ROWS)]


@dataclass(frozen=True, slots=True)
class FeedbackTaken:
    """What is on the disk now. `new` is smaller than `accepted` when some was told before."""

    accepted: int
    new: int


def feedback_routes(book: FeedbackBook, clock: Clock) -> APIRouter:
    """Return the route that hears what became of answers."""
    router = APIRouter(prefix="/v1", tags=["recommendations"])

    @router.post("/feedback")
    async def feedback(told: FeedbackTold) -> FeedbackTaken:
        """Tell what was done with items that were offered: tapped, bought or dismissed."""
        at = clock.now()
        taken = [Feedback(one.answer, one.gtin, one.what, _when(one, at)) for one in told.feedback]
        return FeedbackTaken(len(taken), await book.take(taken))

    return router


def _when(told: Told, at: datetime) -> datetime:
    """Return when it was done: never after now, and not longer ago than answers live."""
    return at if told.at is None else min(max(told.at, at - OLDEST), at)
