"""What the store expects to sell, what it then sold, and the books of both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from edge_agent.core.calibration.lessons import Draft
from edge_agent.core.calibration.local_events import Event
from edge_agent.core.demand import Forecast, Plan
from edge_agent.core.hours import HourLesson, HourSums
from edge_agent.core.knowledge import Heard
from edge_agent.core.learning import DayOver, Experience
from edge_agent.core.scoring import Expected, Sold
from edge_agent.core.stock_outs import StockOut
from edge_agent.core.store_panel import Ahead, SaleRow
from endcap.wire.commands import ChainSignals
from endcap.wire.events import ForecastScored


@dataclass(frozen=True, slots=True)
class ScoreFacts:
    """A day's forecast, made before it began, and its tally; `changes` as in DayFacts."""

    day: date
    expected: tuple[Expected, ...]
    sold: Mapping[str, Sold]
    changes: int


class ScoreBook(Protocol):
    """The tallied days whose forecast is not scored, or not as the day is known now.

    `record` keeps a score with its event if it is new; None when there was nothing to score.
    """

    async def unscored_days(self) -> tuple[date, ...]: ...

    async def facts_of(self, day: date) -> ScoreFacts: ...

    async def record(
        self, facts: ScoreFacts, scored: ForecastScored | None, at: datetime
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Basis:
    """What forecasts are made from: other material, or another model, makes other ones."""

    last_closed: date
    last_tallied: date | None
    release: int
    feed: int
    chain: date | None = None

    def __str__(self) -> str:
        """Return it as it is written down."""
        told = f"{self.last_closed} {self.last_tallied} r{self.release} f{self.feed}"
        return told if self.chain is None else f"{told} c{self.chain}"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the standing forecasts were made from, and what there is to make new ones from.

    `pending` is True while days before the day asked about wait to be tallied. `chain` is the
    origin of the chain's figures that are known whole.
    """

    basis: str | None
    last_tallied: date | None
    pending: bool
    feed: int
    chain: date | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """What a forecast is made from: sales, what is known of the days to come, what was learned."""

    sales: tuple[SaleRow, ...]
    ahead: Ahead
    experience: Experience = field(default_factory=Experience)
    events: Mapping[date, tuple[Event, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """Forecasts of one making; `levels` name their quantiles, `drafts` are kept to learn from.

    `planned` is what the model was asked, and `events` by what each day was then multiplied.
    """

    basis: Basis
    model: str
    levels: tuple[float, ...]
    forecasts: tuple[Forecast, ...]
    drafts: tuple[Draft, ...] = ()
    planned: Plan | None = None
    events: tuple[float, ...] = ()


class ForecastBook(Protocol):
    """The store's forecasts. `record` puts new ones in place of all for days after the last closed.

    Forecasts of days that are over stay, to be scored.
    """

    async def standing(self, before: date) -> Standing: ...

    async def material(self, last_closed: date, horizon: int) -> Material: ...

    async def record(self, made: Made, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class LessonFacts:
    """A day that is over, what was known before it, and when its items sold and were missing."""

    over: DayOver
    experience: Experience
    sold_at: tuple[tuple[str, datetime, float], ...]
    missing: tuple[tuple[str, datetime, datetime], ...]


class LessonBook(Protocol):
    """The days that are tallied and not learned from, oldest first.

    `record` keeps what a day taught, once: a day that was learned from, or one before it, is not
    among `unlearned_days` again.
    """

    async def unlearned_days(self, before: date) -> tuple[date, ...]: ...

    async def facts_of(self, day: date) -> LessonFacts: ...

    async def record(self, day: date, after: Experience, hours: HourLesson) -> None: ...


class ChainBook(Protocol):
    """Keeps what the chain sold, part by part; parts of an origin older than a whole one go."""

    async def take(self, told: ChainSignals) -> None: ...


class HourReads(Protocol):
    """When items sell, on days of one kind: 0 Monday to Friday, 1 the weekend."""

    async def hour_sums(self, weekend: int) -> HourSums: ...


class KnowledgeReads(Protocol):
    """When the feed of the days to come was last heard, and up to which day the chain was told."""

    async def heard(self) -> Heard: ...


class StockOutReads(Protocol):
    """Why days count as censored: every stock-out of an item from `first` to `last`, or of a day.

    A day that is not tallied yet has none.
    """

    async def of_item(self, gtin: str, first: date, last: date) -> tuple[StockOut, ...]: ...

    async def of_day(self, day: date) -> tuple[StockOut, ...]: ...
