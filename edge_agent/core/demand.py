"""What the store will sell: from its own sales rows to the model's input, and from its output back.

Decides which items can be forecast and how far the store's own errors correct the model; an item
with too little history is named as unknown, never forecast as zero. Runs no model, reads no
database, and scores nothing (`scoring` does).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from endcap.models.demand.features import FEATURES, Features, features_at
from endcap.models.demand.ledger import SalesRows, assemble
from endcap.models.demand.outlook import Reading, outlook_of
from endcap.models.demand.panel import DAILY, Floats, Panel

MEMORY = timedelta(days=DAILY.memory)
"""How far back sales rows matter to a forecast; older ones need not be read."""

SaleRow = tuple[str, str, float, float | None, int, float]
"""gtin, day (ISO 8601), units, price or None, promotion 0 or 1, in_stock 0 to 1: a row of the
store's daily sales, at most one per item and day."""

_EPOCH = date(1970, 1, 1)
_STEADYING = 1.0  # this many times over, the scored days count as having sold as expected
_LARGEST_CORRECTION = 1.25


@dataclass(frozen=True, slots=True)
class Promised:
    """What is known in advance of an item on a day to come: its price, and whether it is promoted.

    None keeps what the item's latest sales row says.
    """

    price: float | None = None
    promotion: bool | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days that sell otherwise, past and to come: public holidays, and any other special ones."""

    holidays: frozenset[date] = frozenset()
    special: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Ahead:
    """What to forecast: the days after the last closed one, and what is known of them."""

    last_closed: date
    horizon: int
    calendar: Calendar = field(default_factory=Calendar)
    promised: Mapping[tuple[str, date], Promised] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The model's input for every item that can be forecast.

    Attributes:
        gtins: the items, in the order of the rows.
        days: the days to come.
        rows: [items * days, F] float32, item by item.
        level: [items] units a day; the model's answers are multiples of it.
        unknown: items with sales, but too few days of them to say anything.
    """

    gtins: tuple[str, ...]
    days: tuple[date, ...]
    rows: Features
    level: Floats
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What an item is expected to sell on a day, in units; quantiles rise with their levels."""

    gtin: str
    day: date
    expected: float
    quantiles: tuple[float, ...]


def plan(sales: Iterable[SaleRow], ahead: Ahead) -> Plan:
    """Return the model's input for the days after `ahead.last_closed`.

    Rows of later days, and ones older than MEMORY, are left out of account. An item that sold
    nothing on a day on which the store sold anything needs no row.
    """
    days = tuple(ahead.last_closed + timedelta(days=n) for n in range(1, ahead.horizon + 1))
    gtins, panel = _panel(sales, ahead)
    prepared = features_at(panel, panel.periods - ahead.horizon - 1, range(1, ahead.horizon + 1))
    known = np.isfinite(prepared.level)
    return Plan(
        gtins=tuple(gtin for gtin, fine in zip(gtins, known, strict=True) if fine),
        days=days,
        rows=prepared.rows[known].reshape(-1, len(FEATURES)),
        level=prepared.level[known],
        unknown=tuple(gtin for gtin, fine in zip(gtins, known, strict=True) if not fine),
    )


def forecasts(
    planned: Plan,
    quantiles: NDArray[np.float32],
    mean: NDArray[np.float32],
    reading: Reading,
    *,
    correction: float = 1.0,
) -> tuple[Forecast, ...]:
    """Return the forecasts from the model's answer to `planned.rows`, item by item, day by day.

    Args:
        planned: what the model was asked.
        quantiles: [items * days, Q], multiples of the level.
        mean: [items * days], likewise.
        reading: how the model's manifest says to read it.
        correction: what every figure is multiplied by; see `correction_from`.
    """
    outlook = outlook_of(quantiles, mean, planned.level * correction, reading)
    expected, spread = outlook.expected.round(3).tolist(), outlook.quantiles.round(3).tolist()
    return tuple(
        Forecast(gtin, day, expected[item][ahead], tuple(spread[item][ahead]))
        for item, gtin in enumerate(planned.gtins)
        for ahead, day in enumerate(planned.days)
    )


def correction_from(units: float, error: float) -> float:
    """Return what to multiply forecasts by, from the store's own score of the last days.

    Half of the relative error is taken to be the model's and to last, the rest to be the week's;
    it never moves a forecast by more than a quarter.

    Args:
        units: what sold on the scored days, in units.
        error: the sum of expected minus sold of the same items and days.
    """
    expected = units + error
    if units <= 0 or expected <= 0:
        return 1.0
    found = units * (1.0 + _STEADYING) / (expected + _STEADYING * units)
    return min(max(found, 1.0 / _LARGEST_CORRECTION), _LARGEST_CORRECTION)


def _panel(sales: Iterable[SaleRow], ahead: Ahead) -> tuple[list[str], Panel]:
    """Return the items, sorted, and their panel: all days that matter, and those ahead."""
    first = ahead.last_closed - MEMORY + timedelta(days=1)
    since, until = first.isoformat(), ahead.last_closed.isoformat()
    kept = [row for row in sales if since <= row[1] <= until]
    gtins = sorted({row[0] for row in kept})
    panel = assemble(
        _rows(kept, gtins, first),
        group=np.zeros(len(gtins), dtype=np.int64),
        first_day=(first - _EPOCH).days,
        known=MEMORY.days,
        ahead=ahead.horizon,
    )
    _mark(panel.holiday, ahead.calendar.holidays, first)
    _mark(panel.special, ahead.calendar.special, first)
    _promise(panel, gtins, ahead, first)
    return gtins, panel


def _rows(kept: Sequence[SaleRow], gtins: Sequence[str], first: date) -> SalesRows:
    """Return the rows as arrays: series in the order of `gtins`, days from `first` on."""
    place = {gtin: number for number, gtin in enumerate(gtins)}
    days = np.array([row[1] for row in kept], dtype="datetime64[D]")
    return SalesRows(
        series=np.array([place[row[0]] for row in kept], dtype=np.int64),
        day=(days - np.datetime64(first)).astype(np.int64),
        units=_floats(row[2] for row in kept),
        price=_floats(np.nan if row[3] is None else row[3] for row in kept),
        promotion=_floats(row[4] for row in kept),
        in_stock=_floats(row[5] for row in kept),
    )


def _floats(values: Iterable[float]) -> Floats:
    """Return values as an array."""
    return np.fromiter(values, dtype=np.float64)


def _mark(values: Floats, days: Iterable[date], first: date) -> None:
    """Set the columns of `days` to one, for all series."""
    columns = [(day - first).days for day in days]
    values[:, [column for column in columns if 0 <= column < values.shape[1]]] = 1.0


def _promise(panel: Panel, gtins: Sequence[str], ahead: Ahead, first: date) -> None:
    """Write what is known in advance of the days to come into the panel."""
    place = {gtin: number for number, gtin in enumerate(gtins)}
    for (gtin, day), promised in ahead.promised.items():
        column = (day - first).days
        if gtin not in place or not MEMORY.days <= column < panel.periods:
            continue
        if promised.price is not None:
            panel.price[place[gtin], column] = promised.price
        if promised.promotion is not None:
            panel.promotion[place[gtin], column] = float(promised.promotion)
