"""What recommending asks of the store: its items as figures, and what is known of one question."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

import numpy as np

from edge_agent.core.offers.catalogue import Ids
from edge_agent.core.offers.learning import Lessons, Seen, Tallied
from edge_agent.core.offers.store import Store
from endcap.models.shopper.habits import Past, no_past


def no_items() -> Ids:
    """Return no items."""
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known when a question is asked; items are GTINs as numbers.

    Attributes:
        gone: what stock lacks, or whose facings all stood empty when last seen.
        shopper: the pseudonym of a shopper who agreed, else None, and then there is no past.
        past: what that shopper bought here.
        diets: what must not be offered to that shopper, as words.
        dismissed: what was waved away in this session.
    """

    gone: Ids
    shopper: str | None = None
    past: Past = field(default_factory=no_past)
    diets: tuple[str, ...] = ()
    dismissed: Ids = field(default_factory=no_items)


class StoreFigures(Protocol):
    """The store's items as figures, some minutes old at most; the first to ask may wait for them.

    `refresh` makes them anew; raises StorageError when the disk does not answer, and then the old
    ones stay.
    """

    async def current(self, at: datetime) -> Store: ...

    async def refresh(self, at: datetime) -> None: ...


class OfferReads(Protocol):
    """What is known of a question at this moment: nothing of it is older than the question.

    The card of someone who did not agree is as good as none, and kept nowhere. Raises
    StoreUnreadableError when the store's disk does not answer.
    """

    async def known(self, card: str | None, session: str | None, at: datetime) -> Known: ...


class LessonBook(Protocol):
    """Keeps what was learned of answers, and tells the centre of them, each day once.

    `untaught` are days before `today` whose answers nothing was learned from yet, the oldest first;
    `seen` are a day's answers with what was done. `record` keeps what was learned and tells what is
    told in one write; a day that was recorded already is left as it is.
    """

    async def untaught(self, today: date) -> Sequence[tuple[date, Tallied]]: ...

    async def seen(self, day: date, surface: Tallied) -> Sequence[Seen]: ...

    async def lessons(self) -> Lessons: ...

    async def record(
        self, day: date, surface: Tallied, answers: Sequence[Seen], at: datetime
    ) -> None: ...
