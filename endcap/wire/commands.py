"""What the centre tells a store, one model a channel, and the state a store retains.

Orders, which are signed, are endcap.wire.orders'. What a store may trust to run is decided by
signed release metadata alone.
"""

from datetime import date
from typing import Literal

from pydantic import Field

from endcap.wire.events import CameraCondition
from endcap.wire.identifiers import (
    MAX_SEQ,
    Epoch,
    Finite,
    Gtin,
    Name,
    Seq,
    Sha256,
    Share,
    StoreId,
    Version,
)
from endcap.wire.values import Instant, Value

MAX_RANGES = 1000
MAX_ROWS = 5000


class Ack(Value):
    """What the centre has committed of an epoch, after its own fsync.

    `centre` is random and made with the centre's database: another one, or fewer numbers than
    before, tells the store that the centre was restored, and to send again.
    """

    kind: Literal["endcap.ack.v1"] = "endcap.ack.v1"
    centre: Epoch
    epoch: Epoch
    committed: tuple[tuple[Seq, Seq], ...] = Field(max_length=MAX_RANGES)


class Credit(Value):
    """How fast the store may send now, in events a second."""

    kind: Literal["endcap.credit.v1"] = "endcap.credit.v1"
    events_per_second: int = Field(ge=1, le=1_000_000)


class PriceChange(Value):
    """An item's price from `since` on, in the store's currency."""

    gtin: Gtin
    price: Finite = Field(ge=0)
    since: Instant


class Promotion(Value):
    """An item on promotion from `first` to `last`, both inside, at `discount` off (0 to 1)."""

    gtin: Gtin
    first: date
    last: date
    discount: Share = 0.0


class Weather(Value):
    """The forecast of a day: mean temperature in degrees Celsius, rain in millimetres."""

    day: date
    temperature: Finite
    rain: Finite = Field(default=0.0, ge=0)


class LocalEvent(Value):
    """Something near the store that changes its day: a match, a closed road.

    Events of one `name` are one kind. `effect` is what it is expected to do to the day's sales,
    relatively (0.3: a third more); None leaves that to be learned from past days of that name.
    """

    day: date
    name: str = Field(max_length=120)
    effect: Finite | None = Field(default=None, ge=-1, le=10)


class CalendarDay(Value):
    """A day that is not like the others, for this store: its kind, and what people call it."""

    day: date
    kind: Literal["holiday", "school", "special", "closed"]
    name: str = Field(default="", max_length=120)


class Feed(Value):
    """What the centre knows of the days to come. A higher version replaces a lower one."""

    kind: Literal["endcap.feed.v1"] = "endcap.feed.v1"
    version: int = Field(ge=1, le=MAX_SEQ)
    prices: tuple[PriceChange, ...] = Field(default=(), max_length=MAX_ROWS)
    promotions: tuple[Promotion, ...] = Field(default=(), max_length=MAX_ROWS)
    weather: tuple[Weather, ...] = Field(default=(), max_length=60)
    local_events: tuple[LocalEvent, ...] = Field(default=(), max_length=200)
    calendar: tuple[CalendarDay, ...] = Field(default=(), max_length=800)


class ChainItem(Value):
    """How an item sold in the whole chain of late: its mean of 3 and 7 days over that of 28.

    `level` is what a store that sells it sold a day, in units, over those 28; `lift` how much more
    of that sells per share of the price that is cut. -1 where the chain cannot tell.
    """

    gtin: Gtin
    trend_3: Finite
    trend_7: Finite
    level: Finite = -1.0
    lift: Finite = -1.0


class ChainCategory(Value):
    """The same of a category, and each weekday's share of its mean day, Monday first."""

    category: str = Field(max_length=100)
    trend_3: Finite
    trend_7: Finite
    season: tuple[Finite, Finite, Finite, Finite, Finite, Finite, Finite]
    lift: Finite = -1.0


class ChainSignals(Value):
    """What all stores together sold up to `origin`: sums, nobody's own. A later one replaces it.

    In `parts` parts; one is complete when all of its parts are there. They travel as one message,
    a compressed list, so that a broker can retain it. Nothing is told of what fewer than five
    stores sell, and a store is told of its own items only.
    """

    kind: Literal["endcap.chain.v1"] = "endcap.chain.v1"
    origin: date
    part: int = Field(ge=1)
    parts: int = Field(ge=1)
    items: tuple[ChainItem, ...] = Field(default=(), max_length=MAX_ROWS)
    categories: tuple[ChainCategory, ...] = Field(default=(), max_length=MAX_ROWS)


class RunningModel(Value):
    """A model as it serves now."""

    version: Version
    sha256: Sha256


class UpdateStanding(Value):
    """Where the store's update stands."""

    state: str = Field(pattern=r"^[a-z_]{2,30}$")
    release: int = Field(ge=0, le=MAX_SEQ)
    reason: str = Field(default="", max_length=300)


class KindTrial(Value):
    """How a candidate fared beside the champion, on the same questions.

    `agreement` is the mean likeness of their answers, 1 for the same. Latencies are the 95th
    percentile in milliseconds. Where the truth arrived, `truths` counts it, and the errors are the
    mean error of each over the same truths: pinball loss in units for a forecast, the share of
    hidden items that was missed for a recommender. `better` and `worse` count the things (items,
    baskets) at which the candidate erred less and more: where they are near each other, chance may
    have made the difference of the means.
    """

    runs: int = Field(ge=0)
    errors: int = Field(ge=0)
    agreement: Share | None = None
    latency_ms: Finite | None = Field(default=None, ge=0)
    champion_latency_ms: Finite | None = Field(default=None, ge=0)
    truths: int = Field(default=0, ge=0)
    error: Finite | None = Field(default=None, ge=0)
    champion_error: Finite | None = Field(default=None, ge=0)
    better: int = Field(default=0, ge=0)
    worse: int = Field(default=0, ge=0)


class Trial(Value):
    """What a store has seen of a release, in the shadow or on probation, by kind of model."""

    release: int = Field(ge=1, le=MAX_SEQ)
    stage: Literal["shadow", "probation"]
    kinds: dict[Name, KindTrial]


class StoreState(Value):
    """What runs in a store now; retained, so that the centre knows it at once after a restart.

    `region`, `device` and `size` are what kind of store it is, in the chain's own words. `trial` is
    the last release tried. `config` is the counter of the settings from afar that are in force,
    `config_problem` why those with the counter `config_refused` are not. `errand` is the counter
    of the last errand taken, `errand_state` where it stands, `errand_note` why.
    """

    kind: Literal["endcap.state.v1"] = "endcap.state.v1"
    store: StoreId
    epoch: Epoch
    at: Instant
    agent: Version
    release: int = Field(ge=0, le=MAX_SEQ)
    models: dict[Name, RunningModel]
    update: UpdateStanding
    cameras: dict[Name, CameraCondition]
    open_gaps: int = Field(ge=0)
    outbox_waiting: int = Field(ge=0)
    last_seq: int = Field(ge=0, le=MAX_SEQ)
    failing: tuple[str, ...] = Field(default=(), max_length=50)
    region: str = Field(default="", max_length=60)
    device: str = Field(default="", max_length=60)
    size: str = Field(default="", max_length=60)
    trial: Trial | None = None
    config: int = Field(default=0, ge=0, le=MAX_SEQ)
    config_refused: int = Field(default=0, ge=0, le=MAX_SEQ)
    config_problem: str = Field(default="", max_length=300)
    errand: int = Field(default=0, ge=0, le=MAX_SEQ)
    errand_state: str = Field(default="", max_length=30)
    errand_note: str = Field(default="", max_length=300)
