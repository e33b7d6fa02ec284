"""What reviewing facings needs at the centre: a book of questions and of what people say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from central_sync.core.review.answers import Agreement, Said
from central_sync.core.review.estimates import Estimate
from central_sync.ports.identity import By
from endcap.wire.review_events import FacingQuestioned, Seen


@dataclass(frozen=True, slots=True)
class Question:
    """A facing that a store asks about; `people` have answered so far. `asked` has no picture."""

    question: int
    store: str
    asked: FacingQuestioned
    people: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What people came to about a question, and whether anybody more is asked."""

    question: int
    settled: Seen | None
    over: bool
    people: int


@dataclass(frozen=True, slots=True)
class OfStore:
    """A store's questions in figures, and what those drawn by chance tell of its alerts."""

    store: str
    waiting: int
    settled: int
    precision: Estimate
    missed: Estimate


@dataclass(frozen=True, slots=True)
class Progress:
    """How far reviewing is: questions that wait, are settled, or that nobody could settle.

    `by` is how many answers of each person count, most first.
    """

    waiting: int
    settled: int
    unsettled: int
    by: Sequence[tuple[str, int]]
    agreement: Agreement
    stores: Sequence[OfStore]


class ReviewBook(Protocol):
    """Keeps questions and answers; what a method wrote survives a power cut when it returns.

    `queue` are the next questions for a person, the worthiest first, none they answered before.
    `answer` and `undo` return where the question stands then, None when there is none such; a
    person's second answer to a question takes the place of the first. `picture` is the JPEG.
    Raises CentreUnreadableError of central_sync.ports.reads when the disk does not answer.
    """

    async def queue(self, who: str, store: str | None, limit: int) -> tuple[Question, ...]: ...

    async def picture(self, question: int) -> bytes | None: ...

    async def answer(self, question: int, said: Said, by: By) -> Standing | None: ...

    async def undo(self, question: int, by: By) -> Standing | None: ...

    async def progress(self) -> Progress: ...


class ReviewCare(Protocol):
    """Lets go of pictures: of questions before a moment, and of answered ones before another."""

    async def forget(self, waiting_before: datetime, answered_before: datetime) -> int: ...
