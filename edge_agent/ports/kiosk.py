"""What the kiosk asks of the store: values to show, and protocols that promise them.

Everything answers from this device alone. What is not known is None, never a guess. Each method
raises StoreUnreadableError when the store's disk does not answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from edge_agent.core.facing import FacingState, Shelf
from edge_agent.core.feed.rows import Accepted, Refused
from edge_agent.core.feed.sales import SaleLine, VoidLine
from edge_agent.core.feed.shelf import StockCount
from edge_agent.core.searches import Listing
from edge_agent.ports.demand import HourReads, KnowledgeReads
from edge_agent.ports.feeds import FeedAge
from edge_agent.ports.models import Site


class StoreUnreadableError(Exception):
    """The store's database did not answer; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Facing:
    """A place on a shelf. `x`, `y`, `w`, `h` are shares of its camera's picture, from top left.

    `state` is unknown, whatever was seen last, while its camera is not to be believed; `reason`
    says why it is.
    """

    camera: str
    facing: str
    gtin: str | None
    name: str | None
    x: float
    y: float
    w: float
    h: float
    state: FacingState
    since: datetime | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """What an item is expected to sell on a day: units, and quantiles by level ("0.5": 3.0).

    All of `expected` to `model` are None where no forecast was made. `basis` is "history", or
    "alike" or "chain" for an item too new to have one; `at_least_one` is the probability that it
    sells at all, None for what is sold by weight; `reasons` say what moved the whole day.
    """

    gtin: str
    name: str | None
    day: date
    expected: float | None = None
    quantiles: Mapping[str, float] | None = None
    made_at: datetime | None = None
    release: int | None = None
    model: str | None = None
    basis: str | None = None
    at_least_one: float | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the catalogue as the store knows it on a day."""

    gtin: str
    name: str
    brand: str
    department: str
    category: str
    size: str
    price: float | None
    discount: float | None
    promotion_until: date | None
    shelf: Shelf
    facings: int
    on_hand: float | None
    counted_at: datetime | None


@dataclass(frozen=True, slots=True)
class CameraStanding:
    """What a camera is worth, since when; `since` is None for one that was never heard of."""

    camera: str
    condition: str
    since: datetime | None
    detail: str


@dataclass(frozen=True, slots=True)
class Degradation:
    """A part of the store that does not work now: a stable code, and since when."""

    part: str
    code: str
    detail: str
    since: datetime


@dataclass(frozen=True, slots=True)
class UpdateStanding:
    """Where the last update of the models stands."""

    release: int
    state: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file of which rows were refused, and the first of them."""

    file: str
    accepted: int
    refused: int
    line: int
    reason: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How the store stands as a whole; `refused_files` are those among the last that were read.

    `feeds` are what each source said of the days to come.
    """

    epoch: str | None
    items: int
    facings: int
    open_gaps: int
    outbox_waiting: int
    outbox_oldest: datetime | None
    centre_heard: datetime | None
    cameras: tuple[CameraStanding, ...]
    degraded: tuple[Degradation, ...]
    update: UpdateStanding | None
    refused_files: tuple[RefusedFile, ...] = ()
    feeds: tuple[FeedAge, ...] = ()
    low_facings: int = 0
    unknown_facings: int = 0


class ShelfReads(Protocol):
    """What the cameras know of the shelves."""

    async def facings(self) -> tuple[Facing, ...]: ...


class ItemReads(Protocol):
    """What the store knows of its items; an unknown GTIN is absent from the answer."""

    async def items(
        self, gtins: Sequence[str], at: datetime, today: date
    ) -> Mapping[str, Item]: ...


class ForecastReads(Protocol):
    """What is expected to sell: a day's items, best sellers first, or an item's known days.

    A day's items without a forecast stand at the end.
    """

    async def forecasts_of_day(self, day: date, limit: int) -> tuple[ForecastRow, ...]: ...

    async def forecasts_of_item(self, gtin: str, first: date) -> tuple[ForecastRow, ...]: ...


class StandingReads(Protocol):
    """How the store stands."""

    async def standing(self) -> Standing: ...


class OutlookReads(ForecastReads, HourReads, KnowledgeReads, Protocol):
    """What is expected to sell, when in the day, and how old what that rests on is."""


class StatusReads(StandingReads, KnowledgeReads, Protocol):
    """How the store stands, and how old its knowledge is."""


class Reads(ShelfReads, ItemReads, OutlookReads, StandingReads, Protocol):
    """Everything the kiosk shows."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An item that the shopper may be typing the name of."""

    gtin: str
    name: str


@dataclass(frozen=True, slots=True)
class Finds:
    """Items a question found, best first, with their scores, of `total` that match at all.

    `corrected` maps what was typed to what was understood; `rescued` says that nothing was found
    but by its looks.
    """

    items: tuple[tuple[Listing, float], ...]
    total: int
    corrected: tuple[tuple[str, str], ...] = ()
    rescued: bool = False


class Catalogue(Protocol):
    """Finds items by words, best first. Answers also while the catalogue changes.

    `site` says what counts in a search.
    """

    async def search(self, words: str, limit: int, site: Site) -> Finds: ...

    async def suggest(self, start: str, limit: int) -> tuple[Suggestion, ...]: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of rows: how many were new, and those that contradict what was told before."""

    new: int
    contradictions: tuple[Refused, ...] = ()


class Desk(Protocol):
    """Takes in what the till and the clerk say. What it returned for survives a power cut.

    A line or a count that is told twice is kept once. Raises StoreUnwritableError, and then
    nothing was kept.
    """

    async def sell(self, rows: Sequence[Accepted[SaleLine | VoidLine]]) -> Kept: ...

    async def count(self, rows: Sequence[Accepted[StockCount]]) -> Kept: ...


class StoreUnwritableError(Exception):
    """The store's disk refused a write: it is full, broken or read-only."""


class ShopperReads(Protocol):
    """What sells in the store, and what is gone.

    `bestsellers` are the units sold of the items that sold most in the last week of sales; they
    may be a minute old. `unavailable` are the items that stock lacks, or whose facings all stood
    empty when last seen.
    """

    async def bestsellers(self, limit: int) -> Mapping[str, float]: ...

    async def unavailable(self) -> frozenset[str]: ...
