"""What proposals are made from: the rules of a store, its items, and the moment.

Values only; what they come to is propose's.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from edge_agent.core.stock.elasticity import PastDay
from edge_agent.core.stock.hours import Profile
from edge_agent.core.stock.lots import Floats, Lot
from edge_agent.core.stock.markdowns import MarkdownRule
from edge_agent.core.stock.on_hand import Count
from edge_agent.core.stock.orders import Policy
from edge_agent.core.stock.refills import ShelfGap
from edge_agent.core.stock.scenarios import DemandDay
from edge_agent.core.stock.supply import Supply


@dataclass(frozen=True, slots=True)
class Rules:
    """How a store orders and marks down.

    Attributes:
        policy: order for a service level, or for the margin where price and cost are known.
        service: the level at which the shelf is to last until the next delivery.
        holding: what keeping a unit for a day costs, as a share of its cost.
        goodwill: what a missed sale costs beyond its margin, as a share of the price.
        count_age: an older count says nothing.
        expiry_days: days ahead in which expiring units are looked at.
        markdowns: the bounds of a markdown.
        overstock_days: days that stock of items that keep may last.
    """

    policy: Policy = "service"
    service: float = 0.95
    holding: float = 0.001
    goodwill: float = 0.0
    count_age: timedelta = timedelta(days=14)
    expiry_days: int = 2
    markdowns: MarkdownRule = field(default_factory=MarkdownRule)
    overstock_days: int = 60


@dataclass(frozen=True, slots=True)
class Item:
    """What is known of an item.

    Attributes:
        gtin: the item.
        supply: how it is bought in; without it only its gaps are looked at.
        count: its last count, and what happened since.
        lots: units that are here, by expiry, as far as known.
        otherwise: when units of no known lot expire, as far as can be said.
        on_order: units on their way.
        days: its forecast, today first.
        price: what it sells for now.
        gap: where it is missing from the shelf.
        past: days at past prices, where a markdown may come.
        changed_today: its price was changed today, or a promotion has lowered it.
        profile: how its day spreads over the hours; the store's where None.
    """

    gtin: str
    supply: Supply | None = None
    count: Count | None = None
    lots: tuple[Lot, ...] = ()
    otherwise: date | None = None
    on_order: tuple[Lot, ...] = ()
    days: tuple[DemandDay, ...] = ()
    price: float | None = None
    gap: ShelfGap | None = None
    past: tuple[PastDay, ...] = ()
    changed_today: bool = False
    profile: Profile | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """When and where proposals are made; `ranks` as `scenarios.even_ranks` returns them."""

    at: datetime
    zone: tzinfo
    closed: frozenset[date]
    profile: Profile
    ranks: Floats

    @property
    def now(self) -> datetime:
        """The store's local time."""
        return self.at.astimezone(self.zone)

    @property
    def tonight(self) -> datetime:
        """The end of the store's day, in UTC."""
        return self.local(self.now.date() + timedelta(days=1), time())

    def local(self, day: date, clock: time) -> datetime:
        """Return a moment of the store's own clock in UTC."""
        return datetime.combine(day, clock, self.zone).astimezone(UTC)
