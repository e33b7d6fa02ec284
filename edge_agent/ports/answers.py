"""What shoppers were offered, and what they did with it: kept to learn from, and to be paid for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

Surface = Literal["recommendations", "search", "media"]
Did = Literal["tapped", "bought", "dismissed"]


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as it was shown; `team` is whose it was in an interleaved list, empty otherwise.

    `propensity` is the probability that it was shown here, 1 where nothing was left to chance.
    """

    gtin: str
    score: float
    reason: str = ""
    propensity: float = 1.0
    team: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: `answer` is random (32 hexadecimal digits) and travels with it.

    `shopper` is the pseudonym of one who agreed, None otherwise; `session` what the kiosk calls
    this visit. `query` and `found` (how many there were) are a search's. `arms` are by experiment.
    """

    answer: str
    surface: Surface
    at: datetime
    release: int
    items: tuple[Shown, ...]
    session: str | None = None
    shopper: str | None = None
    query: str | None = None
    found: int | None = None
    arms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What was done with an item of an answer."""

    answer: str
    gtin: str
    what: Did
    at: datetime


class AnswerLog(Protocol):
    """Remembers answers. `note` never waits and never fails: a second of them may be lost.

    When there is no room the oldest are forgotten, first those that nobody did anything with.
    """

    def note(self, answer: Answer) -> None: ...


class NotedAnswers(Protocol):
    """Answers that were noted and are not on the disk yet.

    `keep` puts them there, the oldest first, and returns how many; raises StorageError when the
    disk refuses, and then they wait for the next time.
    """

    async def keep(self) -> int: ...


class FeedbackBook(Protocol):
    """Takes what was done with answers; the same told twice is kept once.

    Returns how many were new. Feedback on an answer that is not known (yet) is kept as well; when
    there is too much, the oldest goes. Raises StoreUnwritableError, and then nothing was kept.
    """

    async def take(self, feedback: Sequence[Feedback]) -> int: ...
