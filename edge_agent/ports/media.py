"""In-store media: what a place is asked for, what is played there, and what the centre is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from endcap.wire.media import Campaign, Policy
from endcap.wire.orders import MediaOrder


@dataclass(frozen=True, slots=True)
class PlaceAsk:
    """A page that has places to fill, and what is known of who looks at it.

    `shopper` is the pseudonym of one who agreed. `about` are the categories of the page. `scores`
    are the recommender's by item, and `house` the store's own offers, best first; both are empty
    where it did not answer. `diets` are what must not be offered, `dismissed` the items that were
    waved away. `arms` are by experiment.
    """

    slot: str
    limit: int = 1
    session: str | None = None
    shopper: str | None = None
    basket: Sequence[str] = ()
    about: Sequence[str] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    house: Sequence[str] = ()
    diets: Sequence[str] = ()
    dismissed: Sequence[str] = ()
    model: str | None = None
    arms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Placed:
    """What is played at a place; `campaign` is None for the store's own offer.

    `play` names it in feedback; None where nothing was recorded.
    """

    gtin: str
    policy: Policy
    play: str | None = None
    campaign: Campaign | None = None


class MediaDesk(Protocol):
    """Gives places away. What it returned is on the disk, and paid for, once.

    Raises StoreUnwritableError, and then nothing was played nor paid.
    """

    async def place(self, ask: PlaceAsk, at: datetime) -> tuple[Placed, ...]: ...


@dataclass(frozen=True, slots=True)
class LeaseStanding:
    """A lease: what was leased and spent, in micros; `closed_at` is when the centre was told."""

    lease: str
    campaign: str
    amount: int
    spent: int
    plays: int
    first: datetime
    until: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class CampaignStanding:
    """A campaign as it stands here: its plays, what they cost in micros, and what came of them.

    `left` is what may still be spent, `shadow` how dear that is; `held_out` are plays withheld.
    """

    campaign: str
    advertiser: str
    running: bool
    plays: int
    spent: int
    left: int
    tapped: int
    bought: int
    held_out: int
    shadow: float


@dataclass(frozen=True, slots=True)
class MediaStanding:
    """All of in-store media as it stands here; `untold` are plays that the outbox has not yet."""

    campaigns: tuple[CampaignStanding, ...]
    leases: tuple[LeaseStanding, ...]
    house: int
    untold: int


class MediaReads(Protocol):
    """How in-store media stands."""

    async def media(self, at: datetime) -> MediaStanding: ...


class MediaOrders(Protocol):
    """Obeys orders of media; the last one again changes nothing."""

    async def obey(self, order: MediaOrder) -> None: ...


class MediaReports(Protocol):
    """Tells the centre, each step in one write with what it tells; returns how much it told.

    `plays` tells plays that were not told, `outcomes` what came of told ones, and `leases` those
    that are over and have no play untold. Each does a bounded part; 0 means that all is told.
    """

    async def plays(self, at: datetime) -> int: ...

    async def outcomes(self, at: datetime) -> int: ...

    async def leases(self, at: datetime) -> int: ...


class MediaLessons(Protocol):
    """What stores learn of plays.

    `match` finds what came of them; `pace` solves how dear each campaign's money is; `learn` adds
    up what was answered; `forget` deletes what is older than anyone looks.
    """

    async def match(self, at: datetime) -> int: ...

    async def pace(self, at: datetime) -> None: ...

    async def learn(self, at: datetime) -> None: ...

    async def forget(self, before: datetime) -> int: ...
