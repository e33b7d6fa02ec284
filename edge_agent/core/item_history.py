"""An item's days as a person looks at them: what sold, what was expected, what stood between.

Decides what a day without a row means, which interval is shown, and how wrong the forecasts of
days that are over were. What is not known is None, never a zero. Reads nothing, forecasts nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import numpy as np

from edge_agent.core.stock_outs import StockOut
from endcap.models.demand.censoring import level_of, recovered
from endcap.models.demand.panel import DAILY, IN_STOCK

_DAY = timedelta(days=1)
_INNER = 0.25  # the narrower interval that is shown ends at the levels nearest to this and 1 - this


@dataclass(frozen=True, slots=True)
class Sold:
    """An item's tally of a day: units, share of the day in stock, price, promotion."""

    units: float
    in_stock: float
    price: float | None
    promotion: bool


@dataclass(frozen=True, slots=True)
class Foretold:
    """The forecast that stood, or stands, for a day; quantiles by level.

    `basis` is "history", or what else it leans on; `reasons` are lines for people.
    """

    expected: float
    quantiles: Mapping[float, float]
    made_at: datetime
    release: int
    basis: str = "history"
    at_least_one: float | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A promotion: from its first to its last day, with its share off the price."""

    first: date
    last: date
    discount: float


@dataclass(frozen=True, slots=True)
class DayMark:
    """What makes a day unlike others: a kind (holiday, school, special, closed, event), a name."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class ErrorSums:
    """Forecasts of days that are over, of items in stock all day, added up.

    Attributes:
        rows: items times days.
        sold: units.
        error: expected minus sold.
        absolute: the same without its sign, row by row.
        covered: rows whose sales lay between the lowest and the highest quantile.
    """

    rows: int = 0
    sold: float = 0.0
    error: float = 0.0
    absolute: float = 0.0
    covered: int = 0


@dataclass(frozen=True, slots=True)
class Fared:
    """How forecasts fared: relative to what sold; None where nothing did.

    Attributes:
        rows: items times days that were judged.
        wape: the sum of absolute errors over the sum of sales.
        bias: the sum of errors over the sum of sales; above zero, too much was expected.
        covered: the share of rows whose sales lay in the interval.
    """

    rows: int
    wape: float | None
    bias: float | None
    covered: float


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What the store wrote down of an item.

    Attributes:
        sold: its tally by day.
        begun: the first day on which it ever sold.
        told: the days on which the store sold anything at all.
        stock_outs: when it was missing, and who says so.
        foretold: the forecast of each day.
        prices: what its price was said to be, from which day on; the oldest first.
        offers: its promotions.
        marks: what makes days unlike others.
        own: how its forecasts fared.
        category: how those of its category fared.
    """

    sold: Mapping[date, Sold] = field(default_factory=dict)
    begun: date | None = None
    told: frozenset[date] = frozenset()
    stock_outs: tuple[StockOut, ...] = ()
    foretold: Mapping[date, Foretold] = field(default_factory=dict)
    prices: tuple[tuple[date, float], ...] = ()
    offers: tuple[Offer, ...] = ()
    marks: Mapping[date, tuple[DayMark, ...]] = field(default_factory=dict)
    own: ErrorSums = ErrorSums()
    category: ErrorSums = ErrorSums()


@dataclass(frozen=True, slots=True)
class ShownDay:
    """A day of an item. None where it is not known, or is yet to come.

    Attributes:
        day: the store's own day.
        units: what sold.
        in_stock: the share of the day it was there.
        estimate: the demand behind the sales of a day on which it was missing for a while.
        price: what a unit cost, or will.
        promotion: whether it was promoted, or will be.
        marks: what makes the day unlike others.
        stock_outs: when it was missing, and who says so.
        expected: the forecast that stood before the day began.
        low: its lowest quantile.
        high: its highest.
        inner_low: the lower end of a narrower interval.
        inner_high: its upper end.
        at_least_one: the probability that it sells at all.
        basis: "history", or what else the forecast leans on.
        reasons: what moved the forecast of the whole day, as lines for people.
    """

    day: date
    units: float | None
    in_stock: float | None
    estimate: float | None
    price: float | None
    promotion: bool | None
    marks: tuple[DayMark, ...]
    stock_outs: tuple[StockOut, ...]
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    inner_low: float | None = None
    inner_high: float | None = None
    at_least_one: float | None = None
    basis: str | None = None
    reasons: tuple[str, ...] = ()


def shown_days(facts: ItemFacts, first: date, last: date, today: date) -> tuple[ShownDay, ...]:
    """Return the days from `first` to `last`; those from `today` on are yet to come.

    A day without a tally on which the store sold something else sold none of the item, unless it
    was not sold yet at all; on a day on which the store sold nothing, nothing is known.
    """
    days = [first + n * _DAY for n in range((last - first).days + 1)]
    begun = facts.begun or today
    tallies = {
        day: facts.sold.get(day, Sold(0.0, 1.0, None, promotion=False))
        for day in days
        if day < today and (day in facts.sold or (day in facts.told and day > begun))
    }
    estimates = _estimates(tallies)
    return tuple(_shown(facts, day, tallies.get(day), estimates.get(day)) for day in days)


def levels_shown(levels: Sequence[float]) -> tuple[float, float, float, float] | None:
    """Return the levels of the wide and the narrower interval: low, high, inner low, inner high.

    None where there are too few quantiles to make an interval.
    """
    rising = sorted(levels)
    if len(rising) < 2:  # noqa: PLR2004 - two ends
        return None
    low = min(rising, key=lambda level: abs(level - _INNER))
    high = min(rising, key=lambda level: abs(level - (1.0 - low)))
    return rising[0], rising[-1], low, high


def fared(sums: ErrorSums) -> Fared | None:
    """Return how forecasts fared; None where none is over yet."""
    if not sums.rows:
        return None
    relative = sums.sold > 0
    return Fared(
        rows=sums.rows,
        wape=round(sums.absolute / sums.sold, 4) if relative else None,
        bias=round(sums.error / sums.sold, 4) if relative else None,
        covered=round(sums.covered / sums.rows, 4),
    )


def _estimates(tallies: Mapping[date, Sold]) -> dict[date, float]:
    """Return the demand behind the sales of the days on which the item was missing for a while."""
    units = np.array([[one.units for one in tallies.values()]])
    there = np.array([[one.in_stock for one in tallies.values()]])
    usual = level_of(units, there, np.ones(len(tallies)), DAILY.least)
    demand = recovered(np.maximum(units, 0.0), there, usual)[0]
    return {
        day: round(float(found), 2)
        for (day, one), found in zip(tallies.items(), demand, strict=True)
        if one.in_stock < IN_STOCK and np.isfinite(usual[0])
    }


def _shown(facts: ItemFacts, day: date, tally: Sold | None, estimate: float | None) -> ShownDay:
    offered = any(one.first <= day <= one.last for one in facts.offers)
    shown = ShownDay(
        day=day,
        units=tally.units if tally else None,
        in_stock=tally.in_stock if tally else None,
        estimate=estimate,
        price=tally.price if tally and tally.price is not None else _price_on(facts.prices, day),
        promotion=offered or (tally.promotion if tally and day in facts.sold else None),
        marks=facts.marks.get(day, ()),
        stock_outs=tuple(one for one in facts.stock_outs if one.day == day),
    )
    return _with(shown, facts.foretold.get(day))


def _with(shown: ShownDay, foretold: Foretold | None) -> ShownDay:
    """Return a day with the forecast that stood for it."""
    if foretold is None:
        return shown
    at = foretold.quantiles
    levels = levels_shown(tuple(at))
    low, high, inner_low, inner_high = [at[one] for one in levels] if levels else [None] * 4
    return replace(
        shown,
        expected=foretold.expected,
        low=low,
        high=high,
        inner_low=inner_low,
        inner_high=inner_high,
        at_least_one=foretold.at_least_one,
        basis=foretold.basis,
        reasons=foretold.reasons,
    )


def _price_on(prices: Sequence[tuple[date, float]], day: date) -> float | None:
    """Return the price that was, or will be, asked on a day."""
    return next((price for since, price in reversed(prices) if since <= day), None)
