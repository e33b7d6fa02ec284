"""What in-store media needs at the centre: a book of leases, and our own words heard again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from central_sync.core.media.accounts import Account
from central_sync.core.media.life import Event, State
from central_sync.core.media.plan import Plan
from central_sync.core.media.records import FlaggedPlay, Kept, LedgerTotals
from central_sync.core.media.reports import By as Across
from central_sync.core.media.reports import Line
from central_sync.core.media.telling import News, Spoken
from central_sync.ports.identity import By
from endcap.wire.orders import MediaOrder


@dataclass(frozen=True, slots=True)
class WantedMedia:
    """What a store should know, and the last word to it; `news_count` is of the news in it."""

    spoken: Spoken
    news: News
    news_count: int


@dataclass(frozen=True, slots=True)
class SignedMedia:
    """A signed word of media, and what it was made of."""

    order: MediaOrder
    envelope: bytes
    wanted: WantedMedia


class LeaseBook(Protocol):
    """Keeps leases and words; what a method wrote survives a power cut when it returns.

    `grant` makes the leases that are due and returns how many; never more than is free. `recall`
    takes in the leases of our own orders that the book has forgotten. `to_say` returns what may be
    news, was not told, or ends within `margin` of `at`; all that was ever told for `everything`.
    `keep` keeps signed words before they are said, `nothing_new` that there was no news, `told` by
    store and counter that the broker has them.
    """

    async def grant(self, at: datetime) -> int: ...

    async def recall(self, orders: Sequence[MediaOrder], at: datetime) -> int: ...

    async def to_say(
        self, at: datetime, margin: timedelta, *, everything: bool
    ) -> tuple[WantedMedia, ...]: ...

    async def keep(self, signed: Sequence[SignedMedia]) -> None: ...

    async def nothing_new(self, known: Sequence[WantedMedia]) -> None: ...

    async def told(self, said: Sequence[tuple[str, int]], at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is asked of: one campaign, one store, days from and to; None is all."""

    campaign: str | None = None
    store: str | None = None
    first: date | None = None
    last: date | None = None


class CampaignBook(Protocol):
    """Keeps campaigns; each change is an entry of the audit log.

    Raises MediaRefusedError of central_sync.core.media.life for what cannot be.
    """

    async def make(self, plan: Plan, by: By) -> None: ...

    async def order(self, campaign: str, event: Event, reason: str, by: By) -> State: ...

    async def set_budget(self, campaign: str, budget: int, reason: str, by: By) -> None: ...


class MediaReads(Protocol):
    """What is shown of media: campaigns newest first, leases that are not settled, the ledger.

    Raises CentreUnreadableError of central_sync.ports.reads when the disk does not answer.
    """

    async def campaigns(self, name: str | None = None) -> tuple[Kept, ...]: ...

    async def media_report(self, across: Across, asked: Asked) -> tuple[Line, ...]: ...

    async def unsettled_leases(self, asked: Asked, limit: int) -> tuple[Account, ...]: ...

    async def media_ledger(self, at: datetime) -> LedgerTotals: ...

    async def flagged_plays(self, limit: int) -> tuple[FlaggedPlay, ...]: ...


class CampaignEnds(Protocol):
    """Ends the campaigns whose time is over, and returns their names."""

    async def end_what_is_over(self, at: datetime) -> tuple[str, ...]: ...


class OwnWords(Protocol):
    """Our own retained orders as the broker still has them, of every store, once it is there.

    What was not signed by the control keys at hand is left out.
    """

    async def heard(self) -> Sequence[MediaOrder]: ...
