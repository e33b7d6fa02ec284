"""Where sales come from, and the books in which a store adds them up."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from edge_agent.core.baskets import BasketRule, PeriodFacts, PeriodSums
from edge_agent.core.feed.kinds import Outcome
from edge_agent.core.sales import DayFacts, DayTally


class FeedUnreadableError(Exception):
    """A file, or the folder of files, cannot be read; the message says which one and why."""


@dataclass(frozen=True, slots=True)
class DroppedFile:
    """A file that is open: its name, the digest of its bytes, and its lines.

    The lines are read as they are asked for, and that blocks: iterate in a thread. `whole` returns
    all of it instead, or so many bytes at most; ask for one or the other.
    """

    name: str
    sha256: str
    lines: Iterator[bytes]
    whole: Callable[[int], bytes]


class FeedFolder(Protocol):
    """A folder in which others leave files.

    `ready` names only files that are whole; `put_away` is safe to repeat. Both, and entering what
    `open` returns, raise FeedUnreadableError.
    """

    async def ready(self) -> tuple[str, ...]: ...

    def open(self, name: str) -> AbstractAsyncContextManager[DroppedFile]: ...

    async def put_away(self, name: str, *, readable: bool) -> None: ...


class FeedIntake(Protocol):
    """Takes the rows of a file into the store, once however often it is told.

    `take` returns when all of it is on the disk, with the event that says so; killed in the middle
    it may be told again from the start. `outcome_of` is None for bytes never taken in whole.
    """

    async def outcome_of(self, sha256: str) -> Outcome | None: ...

    async def take(self, file: DroppedFile, at: datetime) -> Outcome: ...


class DayBook(Protocol):
    """The days whose sales changed since they were tallied.

    `record` writes tallies and their events as one; a day that changed meanwhile stays changed.
    """

    async def changed_days(self, before: date) -> tuple[date, ...]: ...

    async def facts_of(self, days: Sequence[date]) -> tuple[DayFacts, ...]: ...

    async def record(self, tallies: Sequence[DayTally], at: datetime) -> None: ...


class BasketBook(Protocol):
    """The days whose baskets changed since their period was settled.

    `record` tells of a period once, and never beyond the budget of a year; it settles the period
    either way, unless it changed meanwhile, and returns whether it was told. The events and what
    they cost are one write.
    """

    async def changed_days(self) -> tuple[date, ...]: ...

    async def facts_of(self, period: date, length: timedelta) -> PeriodFacts: ...

    async def record(self, counted: PeriodSums, rule: BasketRule, at: datetime) -> bool: ...
