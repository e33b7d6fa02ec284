"""What a store tells the centre: every kind of event, with its version in its name.

A kind never changes its meaning: a new meaning is a new kind (`.v2`). Fields may be added; readers
keep those they do not know. How events travel is envelope.py's; when they are sent, the store's.
"""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from endcap.wire.body import MAX_ROWS, MAX_TEXT, Body, Priority
from endcap.wire.identifiers import (
    MAX_SEQ,
    Epoch,
    Finite,
    Gtin,
    Name,
    ReleaseVersion,
    Seq,
    Sha256,
    Share,
    StoreId,
    Version,
)
from endcap.wire.review_events import FacingAnswered, FacingQuestioned
from endcap.wire.shopper_events import (
    BasketsCounted,
    ExperimentTallied,
    FeaturesSummed,
    LeaseClosed,
    MediaAnswered,
    MediaPlayed,
    OffersTallied,
    SearchesTallied,
)
from endcap.wire.values import Instant, Value

Seer = Literal["camera", "person", "planogram"]
"""Who says so: what was seen over time, a person in the store, or a planogram that changed."""


class GapOpened(Body):
    """A facing stands empty since `since`; `frames` pictures agreed, `probability` on average.

    `picture` is the SHA-256 of the last of them as the camera gave it; it stays in the store.
    """

    kind: ClassVar[str] = "endcap.shelf.gap-opened.v1"
    priority: ClassVar[Priority] = Priority.HIGH
    camera: Name
    facing: Name
    gtin: Gtin | None = None
    since: Instant
    probability: Share
    frames: int = Field(ge=1)
    picture: Sha256 | None = None
    by: Seer = "camera"


class GapClosed(Body):
    """A facing that was empty since `opened` is no gap any more since `since`.

    `restocked` says that it was seen to be stocked; None where that was not told. `lost_units` is
    what the gap has probably cost, by the forecast and only while it was seen; None where there
    was none.
    """

    kind: ClassVar[str] = "endcap.shelf.gap-closed.v1"
    priority: ClassVar[Priority] = Priority.HIGH
    camera: Name
    facing: Name
    gtin: Gtin | None = None
    opened: Instant
    since: Instant
    restocked: bool | None = None
    lost_units: Finite | None = None
    picture: Sha256 | None = None
    by: Seer = "camera"


class FacingUnknown(Body):
    """What stands in a facing is not known since `since`; a gap that stood open there stays open.

    `reason` is hidden (nothing was seen of it for long), camera (its camera is not to be believed),
    together (half of its camera's facings turned empty at once: rather the camera or the light) or
    replanned (it is another facing now, or none).
    """

    kind: ClassVar[str] = "endcap.shelf.facing-unknown.v1"
    camera: Name
    facing: Name
    gtin: Gtin | None = None
    since: Instant
    reason: Literal["hidden", "camera", "together", "replanned"]


class FacingSeen(Body):
    """A facing is full or low since `since`, or a gap that was out of sight still stands."""

    kind: ClassVar[str] = "endcap.shelf.facing-seen.v1"
    camera: Name
    facing: Name
    gtin: Gtin | None = None
    state: Literal["full", "low", "gap"]
    since: Instant
    picture: Sha256 | None = None
    by: Seer = "camera"


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
        FacingUnknown,
        FacingSeen,
        CameraChanged,
        FacingQuestioned,
        FacingAnswered,
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
