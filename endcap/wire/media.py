"""In-store media as the centre plans it and a store plays it: campaigns, leases, plays.

Money is in micros: millionths of the store's currency, whole numbers. A store spends of what was
leased to it and never more; a lease is known by its name, so one that comes twice counts once.
Who wins a place is decided in the store.
"""

from typing import Annotated, Literal

from pydantic import Field

from endcap.wire.identifiers import MAX_SEQ, Finite, Gtin, Name, Share, Version
from endcap.wire.values import Instant, Value

MAX_CAMPAIGNS = 200
Micros = Annotated[int, Field(ge=0, le=MAX_SEQ, strict=True)]
"""Money in millionths of the currency."""


class Campaign(Value):
    """What an advertiser wants shown: which items, in which words, for how much a play.

    `bid` is the most a play may cost. `priority` above 0 goes before the auction, the highest
    first, at the place's floor (a deal). Of two campaigns with one `rival_group` at most one is on
    a page. `categories` and `hours` (of the store's day, 0 to 23) narrow where it fits; empty is
    everywhere. `per_session` and `per_hour` are frequency caps: plays to one session, plays on one
    screen. A `holdout` share of the units is never shown it, to measure what it is worth.
    """

    campaign: Name
    advertiser: str = Field(max_length=120)
    gtins: tuple[Gtin, ...] = Field(min_length=1, max_length=50)
    headline: str = Field(max_length=80)
    text: str = Field(default="", max_length=200)
    bid: Micros
    first: Instant
    last: Instant
    priority: int = Field(default=0, ge=0, le=9)
    rival_group: str = Field(default="", max_length=60)
    categories: tuple[str, ...] = Field(default=(), max_length=50)
    hours: tuple[int, ...] = Field(default=(), max_length=24)
    per_session: int = Field(default=3, ge=1, le=1000)
    per_hour: int = Field(default=60, ge=1, le=100_000)
    holdout: Share = 0.0


class Lease(Value):
    """So much of a campaign's budget is this store's to spend, until a moment; never taken back.

    The store tells what it spent when the lease is over (LeaseClosed); until then the centre
    counts all of it as spent.
    """

    lease: Name
    campaign: Name
    amount: Micros
    first: Instant
    until: Instant


class SlotRule(Value):
    """What may be played at a place: the least price, and what is never shown beside what.

    `slot` names the place (`kiosk.home`, `endcap.3`); `blocked_categories` and
    `blocked_advertisers` are never shown there.
    """

    slot: Name
    floor: Micros = 0
    blocked_categories: tuple[str, ...] = Field(default=(), max_length=50)
    blocked_advertisers: tuple[str, ...] = Field(default=(), max_length=50)


Policy = Literal["auction", "deal", "explore", "house", "holdout"]
"""How a place was given away. `house` is the store's own offer, for nothing; `holdout` is a place
that a campaign won and was not shown in, in order to measure."""


class Play(Value):
    """One showing of one item at one place, with what it cost.

    `play` is random and made by the store; a play is one row, however often it is told.
    `propensity` is the probability with which this policy chose this campaign here, so that other
    policies can be judged by these plays. `relevance` is how well it was thought to fit.
    """

    play: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    campaign: Name | None = None
    lease: Name | None = None
    gtin: Gtin
    slot: Name
    at: Instant
    price: Micros = 0
    policy: Policy
    propensity: Annotated[float, Field(gt=0.0, le=1.0)]
    relevance: Finite = 0.0
    model: Version | None = None
    arms: dict[Name, Name] = Field(default_factory=dict, max_length=20)


class Outcome(Value):
    """What came of a play: the item was tapped, or bought within the window after it."""

    play: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    what: Literal["tapped", "bought"]
    at: Instant
    units: Finite = 0.0
    amount: Micros = 0
