"""What telling stores of the days to come needs: a book of what was said, and told."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from central_sync.core.feeds import StoreFeed, Word
from endcap.wire.commands import Feed


class FeedBook(Protocol):
    """Keeps what is to be said; what a method wrote survives a power cut when it returns.

    `revisions` counts the changes of each audience's part, `part` returns one, with the events that
    people added to it. `stores` are those that were ever heard, each with the last word to it.
    `keep` keeps words before they are said, and `told` that the broker has them.
    """

    async def revisions(self) -> Mapping[str, int]: ...

    async def part(self, audience: str) -> Feed: ...

    async def stores(self) -> Sequence[StoreFeed]: ...

    async def keep(self, words: Sequence[Word]) -> None: ...

    async def told(self, words: Sequence[Word], at: datetime) -> None: ...


class DayBook(Protocol):
    """Keeps what stores were told of their days after these are over, for trainings.

    `note` takes in what a store is told on `today`; of the same feed twice it learns nothing.
    """

    async def note(self, store: str, feed: Feed, today: date) -> None: ...
