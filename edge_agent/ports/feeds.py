"""Where what is known of the days to come comes from, and the book in which it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from edge_agent.core.feed.document import Document
from edge_agent.core.feed.sayings import Source
from endcap.wire.commands import Feed, LocalEvent


@dataclass(frozen=True, slots=True)
class FeedAge:
    """What a source said last: its version, when it told that, and when that was last confirmed.

    `rows` count what of it is on record, by subject.
    """

    source: str
    version: int
    told_at: datetime
    heard_at: datetime
    rows: Mapping[str, int] = field(default_factory=dict)


class FeedBook(Protocol):
    """Keeps what is said of the days to come, each source's word apart.

    `take` keeps a feed that is newer than what its source said, and tells whether it is; `heard`
    notes that the last one still holds; `drop_stale` forgets weather too old to go by.
    """

    async def take(self, feed: Feed, at: datetime, source: Source) -> bool: ...

    async def version_of(self, source: Source) -> int: ...

    async def heard(self, source: Source, at: datetime) -> None: ...

    async def drop_stale(self, at: datetime) -> None: ...


class ProviderError(Exception):
    """A provider did not answer, or not as agreed; the message says what, in one line."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider said, and the mark by which it knows what it said last."""

    document: Document
    mark: str


class Provider(Protocol):
    """Somebody who knows of the days to come, and is asked.

    `ask` returns what is news since the answer with `mark` ("" for none), as of `version`; None
    when nothing is. It raises ProviderError.
    """

    async def ask(self, version: int, mark: str) -> Answer | None: ...


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """A local event, and who told of it."""

    day: date
    name: str
    effect: float | None
    source: str


class EventDesk(Protocol):
    """Takes in the events that the store's own people know of, and shows all of them.

    `add` puts one in the place of the same day's and name's; `remove` takes back one that was
    added here, and tells whether there was one. Raises StoreUnwritableError of ports/kiosk.
    """

    async def events(self, first: date) -> tuple[KnownEvent, ...]: ...

    async def add(self, event: LocalEvent, at: datetime) -> None: ...

    async def remove(self, day: date, name: str, at: datetime) -> bool: ...
