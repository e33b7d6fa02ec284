"""What a store tells the centre: every kind of event, with its version in its name.

A kind never changes its meaning: a new meaning is a new kind (`.v2`). Fields may be added; readers
keep those they do not know. How events travel is envelope.py's; when they are sent, the store's.
"""

from datetime import date
from enum import IntEnum
from typing import ClassVar, Literal

from pydantic import Field

from endcap.wire.identifiers import (
    MAX_SEQ,
    Epoch,
    Finite,
    Gtin,
    Name,
    ReleaseVersion,
    Seq,
    Share,
    StoreId,
    Version,
)
from endcap.wire.media import Micros, Outcome, Play
from endcap.wire.values import Instant, Value

MAX_ROWS = 500
MAX_TEXT = 300


class Priority(IntEnum):
    """Which events go first when the link comes back; the lower the sooner."""

    CRITICAL = 0  # what was lost, what was refused: never shed
    HIGH = 1  # what a person may act on now
    NORMAL = 2
    LOW = 3  # the first to be shed when the disk is full


class Body(Value):
    """What an event says. Each kind is one subclass, with its name and its priority."""

    kind: ClassVar[str]
    priority: ClassVar[Priority] = Priority.NORMAL


class GapOpened(Body):
    """A facing stands empty since `since`; `frames` pictures in a row agreed."""

    kind: ClassVar[str] = "endcap.shelf.gap-opened.v1"
    priority: ClassVar[Priority] = Priority.HIGH
    camera: Name
    facing: Name
    gtin: Gtin | None = None
    since: Instant
    probability: Share
    frames: int = Field(ge=1)


class GapClosed(Body):
    """A facing that was empty since `opened` is stocked again since `since`."""

    kind: ClassVar[str] = "endcap.shelf.gap-closed.v1"
    priority: ClassVar[Priority] = Priority.HIGH
    camera: Name
    facing: Name
    gtin: Gtin | None = None
    opened: Instant
    since: Instant


CameraCondition = Literal[
    "ok", "missing", "dark", "covered", "frozen", "blurred", "moved", "damaged"
]


class CameraChanged(Body):
    """What a camera is worth since `since`; its facings are unknown unless it is ok."""

    kind: ClassVar[str] = "endcap.shelf.camera-changed.v1"
    priority: ClassVar[Priority] = Priority.HIGH
    camera: Name
    condition: CameraCondition
    since: Instant
    detail: str = Field(default="", max_length=MAX_TEXT)


class ItemTally(Value):
    """One item's day: units net of returns, revenue in the store's currency.

    `in_stock` is the share of the opening time in which the cameras saw the item on the shelf, 1
    when nothing is known to the contrary: sales below 1 are censored demand.
    """

    gtin: Gtin
    units: Finite
    returns: Finite = 0.0
    revenue: Finite
    price: Finite | None = None
    promotion: bool = False
    in_stock: Share = 1.0


class SalesTallied(Body):
    """The sales of a closed day, in `parts` parts. A higher revision replaces a lower one."""

    kind: ClassVar[str] = "endcap.sales.tallied.v1"
    day: date
    revision: int = Field(ge=1)
    part: int = Field(ge=1)
    parts: int = Field(ge=1)
    items: tuple[ItemTally, ...] = Field(max_length=MAX_ROWS)


class BasketsCounted(Body):
    """How often items, and pairs of items, were bought together: sums, never a basket.

    A count behind which fewer than `minimum_group` stand was not sent; `suppressed` tells how many
    there were. With `noise` counts are of persons (a card, or a basket without one) in steps of
    1 / `steps`, and `suppressed` is 0: `noise` is the standard deviation, in persons, of what was
    added to each, `clip` how long (L2) one person's share may be, and (`epsilon`, `delta`) what
    the period costs. `kinds` counts the pairs of items by their `categories`, all of them, so that
    some counts are below 0.
    """

    kind: ClassVar[str] = "endcap.baskets.counted.v1"
    period: date
    days: int = Field(ge=1, le=366)
    revision: int = Field(ge=1)
    part: int = Field(ge=1)
    parts: int = Field(ge=1)
    baskets: int = Field(ge=0)
    minimum_group: int = Field(ge=1)
    suppressed: int = Field(ge=0)
    items: tuple[tuple[Gtin, int], ...] = Field(default=(), max_length=4 * MAX_ROWS)
    pairs: tuple[tuple[Gtin, Gtin, int], ...] = Field(default=(), max_length=4 * MAX_ROWS)
    steps: int = Field(default=1, ge=1)
    noise: Finite | None = Field(default=None, ge=0)
    clip: Finite | None = Field(default=None, gt=0)
    epsilon: Finite | None = Field(default=None, gt=0)
    delta: Finite | None = Field(default=None, gt=0)
    categories: tuple[str, ...] = Field(default=(), max_length=MAX_ROWS)
    kinds: tuple[tuple[int, int, int], ...] = Field(default=(), max_length=4 * MAX_ROWS)


class FeaturesSummed(Body):
    """Sums from which a ranker can be fitted: never a question, a candidate or a person.

    In steps of 1 / `steps`, from `start` on: the upper triangle, row by row, of the products of the
    `width` columns of `basis`, then what set the answers apart; `weight` counts questions. Noise,
    clip and cost are as in BasketsCounted. `item_model` is what proposed the candidates.
    """

    kind: ClassVar[str] = "endcap.shopper.features-summed.v1"
    period: date
    days: int = Field(ge=1, le=366)
    revision: int = Field(ge=1)
    part: int = Field(ge=1)
    parts: int = Field(ge=1)
    basis: Name
    item_model: Version
    width: int = Field(ge=1, le=1000)
    weight: int
    steps: int = Field(ge=1)
    noise: Finite = Field(gt=0)
    clip: Finite = Field(gt=0)
    epsilon: Finite = Field(gt=0)
    delta: Finite = Field(gt=0)
    start: int = Field(ge=0)
    values: tuple[int, ...] = Field(max_length=20 * MAX_ROWS)


class RefusedRow(Value):
    """A row of a feed that was not taken in, and why."""

    line: int = Field(ge=1)
    reason: str = Field(max_length=MAX_TEXT)


class FeedRead(Body):
    """A file of the point of sale was read: how much of it was taken in, and what was not."""

    kind: ClassVar[str] = "endcap.sales.feed-read.v1"
    file: str = Field(max_length=MAX_TEXT)
    accepted: int = Field(ge=0)
    refused: int = Field(ge=0)
    first_refusals: tuple[RefusedRow, ...] = Field(default=(), max_length=20)


class GroupScore(Value):
    """How a group of items (a category) fared, in units; `covered` items lay in the interval."""

    group: str = Field(max_length=100)
    items: int = Field(ge=0)
    covered: int = Field(ge=0)
    units: Finite
    absolute_error: Finite
    error: Finite


class ForecastScored(Body):
    """How yesterday's forecast fared on in-stock items, in units.

    `error` is expected minus sold. `covered` counts the items whose sales lay inside the 90 %
    interval; None where that is not known.
    """

    kind: ClassVar[str] = "endcap.demand.forecast-scored.v1"
    day: date
    release: int = Field(ge=0, le=MAX_SEQ)
    model: Version
    items: int = Field(ge=0)
    units: Finite
    absolute_error: Finite
    error: Finite
    covered: int | None = Field(default=None, ge=0)
    groups: tuple[GroupScore, ...] = Field(default=(), max_length=500)


class ItemFacts(Value):
    """An item as the store's catalogue has it."""

    gtin: Gtin
    name: str = Field(max_length=200)
    department: str = Field(default="", max_length=100)
    category: str = Field(default="", max_length=100)


class ItemsDescribed(Body):
    """What the store's items are called, told when the catalogue changed; it replaces the last."""

    kind: ClassVar[str] = "endcap.catalogue.items-described.v1"
    revision: int = Field(ge=1)
    part: int = Field(ge=1)
    parts: int = Field(ge=1)
    items: tuple[ItemFacts, ...] = Field(max_length=MAX_ROWS)


class ProposalDecided(Body):
    """What a person made of what the store proposed: an order, a refill, a markdown.

    `proposed` and `decided` are units, or a price for a markdown; `decided` is None when the
    proposal was rejected, and equal to `proposed` when it was accepted as it stood.
    """

    kind: ClassVar[str] = "endcap.stock.proposal-decided.v1"
    proposal: str = Field(max_length=120)
    what: Literal["order", "refill", "markdown", "overstock"]
    gtin: Gtin
    day: date
    proposed: Finite
    decided: Finite | None
    reason: str = Field(default="", max_length=MAX_TEXT)


class MediaPlayed(Body):
    """What was played at the store's places, each play once and with what it cost."""

    kind: ClassVar[str] = "endcap.media.played.v1"
    priority: ClassVar[Priority] = Priority.CRITICAL  # money
    plays: tuple[Play, ...] = Field(min_length=1, max_length=MAX_ROWS)


class MediaAnswered(Body):
    """What came of plays: taps and purchases, each once."""

    kind: ClassVar[str] = "endcap.media.answered.v1"
    outcomes: tuple[Outcome, ...] = Field(min_length=1, max_length=MAX_ROWS)


class LeaseClosed(Body):
    """A lease is over: all its plays were told, and they cost `spent`. The rest goes back."""

    kind: ClassVar[str] = "endcap.media.lease-closed.v1"
    priority: ClassVar[Priority] = Priority.CRITICAL  # money
    lease: Name
    campaign: Name
    amount: Micros
    spent: Micros
    plays: int = Field(ge=0)


class OfferTally(Value):
    """How often an item was shown, tapped and then bought, by answers in a day."""

    gtin: Gtin
    shown: int = Field(ge=0)
    tapped: int = Field(ge=0)
    bought: int = Field(ge=0)


class OffersTallied(Body):
    """What became of a day's recommendations or search results: sums, never a person's.

    Of an item shown fewer than `minimum_group` times nothing is told; `suppressed` counts those.
    """

    kind: ClassVar[str] = "endcap.offers.tallied.v1"
    surface: Literal["recommendations", "search"]
    day: date
    revision: int = Field(ge=1)
    part: int = Field(ge=1)
    parts: int = Field(ge=1)
    answers: int = Field(ge=0)
    tapped: int = Field(ge=0)
    bought: int = Field(ge=0)
    minimum_group: int = Field(ge=1)
    suppressed: int = Field(ge=0)
    items: tuple[OfferTally, ...] = Field(default=(), max_length=MAX_ROWS)


class Miss(Value):
    """A question that found nothing, or nothing that was tapped: as it was typed, folded."""

    query: str = Field(min_length=1, max_length=80)
    searches: int = Field(ge=1)
    empty: bool


class SearchesTallied(Body):
    """A day's searches, and what people asked for in vain.

    A query is told only where at least `minimum_group` sessions asked it, and never one with a run
    of five or more digits that is no GTIN of the catalogue.
    """

    kind: ClassVar[str] = "endcap.search.tallied.v1"
    day: date
    revision: int = Field(ge=1)
    searches: int = Field(ge=0)
    empty: int = Field(ge=0)
    rescued: int = Field(ge=0)
    tapped: int = Field(ge=0)
    minimum_group: int = Field(ge=1)
    suppressed: int = Field(ge=0)
    misses: tuple[Miss, ...] = Field(default=(), max_length=MAX_ROWS)


class MetricSums(Value):
    """Sums over units: how many, of the figure, and of its square."""

    units: int = Field(ge=0)
    total: Finite
    squares: Finite = Field(ge=0)


class ArmTally(Value):
    """An arm's figures by metric, such as `tap_rate` or `spend`."""

    arm: Name
    metrics: dict[Name, MetricSums] = Field(max_length=50)


class ExperimentTallied(Body):
    """What an experiment's arms did in this store, from its first day to the end of `day`.

    A unit counts once, however often it came: so the last day that was told is the whole. A higher
    revision of a day replaces a lower.
    """

    kind: ClassVar[str] = "endcap.experiments.tallied.v1"
    experiment: Name
    day: date
    revision: int = Field(ge=1)
    arms: tuple[ArmTally, ...] = Field(max_length=8)


class UpdateAdvanced(Body):
    """An update of the store's release entered `state`; `reason` says why when it failed."""

    kind: ClassVar[str] = "endcap.models.update-advanced.v1"
    priority: ClassVar[Priority] = Priority.CRITICAL
    release: ReleaseVersion
    state: str = Field(pattern=r"^[a-z_]{2,30}$")
    reason: str = Field(default="", max_length=MAX_TEXT)


class ModelsSwapped(Body):
    """The store serves `release` now. Release 0 is what came with the program."""

    kind: ClassVar[str] = "endcap.models.swapped.v1"
    priority: ClassVar[Priority] = Priority.CRITICAL
    release: int = Field(ge=0, le=MAX_SEQ)
    previous: int = Field(ge=0, le=MAX_SEQ)
    models: dict[Name, Version]


class StoreStarted(Body):
    """The agent started: which program on which kind of device, for the how-manieth time."""

    kind: ClassVar[str] = "endcap.store.started.v1"
    priority: ClassVar[Priority] = Priority.HIGH
    agent: Version
    device: str = Field(max_length=60)
    starts: int = Field(ge=1)


class HealthChanged(Body):
    """A part of the agent began to fail, or recovered. Said once at each end."""

    kind: ClassVar[str] = "endcap.store.health-changed.v1"
    priority: ClassVar[Priority] = Priority.HIGH
    part: str = Field(pattern=r"^[a-z0-9_.-]{2,60}$")
    ok: bool
    code: str = Field(pattern=r"^[a-z0-9-]{2,40}$")
    detail: str = Field(default="", max_length=MAX_TEXT)


class EventsShed(Body):
    """The loss ledger: events a declared policy dropped, by sequence number. Never shed itself."""

    kind: ClassVar[str] = "endcap.store.events-shed.v1"
    priority: ClassVar[Priority] = Priority.CRITICAL
    lost_epoch: Epoch
    ranges: tuple[tuple[Seq, Seq], ...] = Field(min_length=1, max_length=MAX_ROWS)
    count: int = Field(ge=1)
    bytes: int = Field(ge=0)
    reason: str = Field(max_length=MAX_TEXT)


class Unknown(Body):
    """A kind this program does not know: kept as it came, for the one that will."""

    kind: ClassVar[str] = ""


KINDS: dict[str, type[Body]] = {
    body.kind: body
    for body in (
        GapOpened,
        GapClosed,
        CameraChanged,
        SalesTallied,
        BasketsCounted,
        FeaturesSummed,
        FeedRead,
        ForecastScored,
        ItemsDescribed,
        ProposalDecided,
        MediaPlayed,
        MediaAnswered,
        LeaseClosed,
        OffersTallied,
        SearchesTallied,
        ExperimentTallied,
        UpdateAdvanced,
        ModelsSwapped,
        StoreStarted,
        HealthChanged,
        EventsShed,
    )
}
"""Every kind of event there is, by its name on the wire."""


class Event(Value):
    """One fact of one store, in its place. The identity is (store, epoch, seq)."""

    store: StoreId
    epoch: Epoch
    seq: Seq
    kind: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{2,80}\.v[1-9][0-9]{0,3}$")
    priority: Priority
    time: Instant
    clock_ok: bool
    body: Body
