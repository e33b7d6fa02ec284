"""What the store expects to sell, what it then sold, and the books of both."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from edge_agent.core.demand import Ahead, Forecast, SaleRow
from edge_agent.core.scoring import Expected, Sold
from edge_agent.core.stock_outs import StockOut
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

    def __str__(self) -> str:
        """Return it as it is written down."""
        return f"{self.last_closed} {self.last_tallied} r{self.release} f{self.feed}"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the standing forecasts were made from, and what there is to make new ones from.

    `pending` is True while days before the day asked about wait to be tallied.
    """

    basis: str | None
    last_tallied: date | None
    pending: bool
    feed: int


@dataclass(frozen=True, slots=True)
class Material:
    """What a forecast is made from, and how the last ones of the same release fared, in units."""

    sales: tuple[SaleRow, ...]
    ahead: Ahead
    units: float
    error: float


@dataclass(frozen=True, slots=True)
class Made:
    """Forecasts of one making; `levels` name their quantiles."""

    basis: Basis
    model: str
    levels: tuple[float, ...]
    forecasts: tuple[Forecast, ...]


class ForecastBook(Protocol):
    """The store's forecasts. `record` puts new ones in place of all for days after the last closed.

    Forecasts of days that are over stay, to be scored.
    """

    async def standing(self, before: date) -> Standing: ...

    async def material(self, last_closed: date, horizon: int, release: int) -> Material: ...

    async def record(self, made: Made, at: datetime) -> None: ...


class StockOutReads(Protocol):
    """Why days count as censored: every stock-out of an item from `first` to `last`, or of a day.

    A day that is not tallied yet has none.
    """

    async def of_item(self, gtin: str, first: date, last: date) -> tuple[StockOut, ...]: ...

    async def of_day(self, day: date) -> tuple[StockOut, ...]: ...


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an item is expected to sell on a day.

    Attributes:
        gtin: the item.
        day: the store's own day.
        expected: units.
        levels: the levels of the quantiles, rising.
        quantiles: units, rising with their levels; whole for an item that sells whole units.
        at_least_one: the probability that it sells at all; None where not known.
        basis: "history", or "alike" or "chain" for an item too new to have one.
        reasons: what moved the whole day, as lines for people.
    """

    gtin: str
    day: date
    expected: float
    levels: tuple[float, ...]
    quantiles: tuple[float, ...]
    at_least_one: float | None = None
    basis: str = "history"
    reasons: tuple[str, ...] = ()


class ExpectationReads(Protocol):
    """The standing forecasts of the days `first` to `last`, of `gtins` or of all items.

    Keyed by item and day; what is not known is absent.
    """

    async def expectations(
        self, first: date, last: date, gtins: Collection[str] | None = None
    ) -> Mapping[tuple[str, date], Expectation]: ...
