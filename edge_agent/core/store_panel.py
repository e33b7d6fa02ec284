"""The store's own sales as a panel, with all that is known of its days, past and to come.

The same panel that training makes of the same rows, so that the features are equal to the bit.
Decides which rows and days matter; estimates nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from edge_agent.core.chain import ChainTold
from endcap.models.demand.ledger import SalesRows, assemble
from endcap.models.demand.panel import DAILY, UNKNOWN_CODE, Floats, Ints, Panel

MEMORY = timedelta(days=DAILY.memory)
"""How far back sales rows matter to a forecast; older ones need not be read."""

SaleRow = tuple[str, str, float, float | None, int, float]
"""gtin, day (ISO 8601), units, price or None, promotion 0 or 1, in_stock 0 to 1: a row of the
store's daily sales, at most one per item and day."""

_EPOCH = date(1970, 1, 1)
_COLUMNS = 6  # of a SaleRow


@dataclass(frozen=True, slots=True)
class Promised:
    """What is known in advance of an item on a day to come: its price, and whether it is promoted.

    None keeps what the item's latest sales row says.
    """

    price: float | None = None
    promotion: bool | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days that sell otherwise, past and to come.

    `special` are school holidays and any others that are no public holiday; on `closed` days
    nothing is sold, whatever its rows say. `weather` is temperature and rain by day.
    """

    holidays: frozenset[date] = frozenset()
    special: frozenset[date] = frozenset()
    closed: frozenset[date] = frozenset()
    weather: Mapping[date, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Carried:
    """An item that is in the store though it may never have sold: since when that is known."""

    gtin: str
    since: date


@dataclass(frozen=True, slots=True)
class Ahead:
    """What to forecast: the days after the last closed one, and what is known of them.

    `category` and `price` are the catalogue's, by item; `chain` is what all stores sold, None
    where that is not known or too old; `carried` are items in the store without a history.
    """

    last_closed: date
    horizon: int
    calendar: Calendar = field(default_factory=Calendar)
    promised: Mapping[tuple[str, date], Promised] = field(default_factory=dict)
    category: Mapping[str, str] = field(default_factory=dict)
    price: Mapping[str, float] = field(default_factory=dict)
    chain: ChainTold | None = None
    carried: tuple[Carried, ...] = ()

    @property
    def days(self) -> tuple[date, ...]:
        """The days to come."""
        return tuple(self.last_closed + timedelta(days=n) for n in range(1, self.horizon + 1))


@dataclass(frozen=True, slots=True, eq=False)
class StorePanel:
    """A store's panel: its items in order, its categories by their codes, its first day."""

    gtins: tuple[str, ...]
    categories: tuple[str, ...]
    first: date
    panel: Panel


def store_panel(sales: Iterable[SaleRow], ahead: Ahead) -> StorePanel:
    """Return the items, sorted, and their panel: all days that matter, and those ahead."""
    first = ahead.last_closed - MEMORY + timedelta(days=1)
    since, until = first.isoformat(), ahead.last_closed.isoformat()
    kept = [row for row in sales if since <= row[1] <= until]
    gtins = tuple(sorted({row[0] for row in kept}))
    categories = tuple(sorted({ahead.category.get(gtin, "") for gtin in gtins} - {""}))
    panel = assemble(
        _rows(kept, gtins, first),
        group=np.zeros(len(gtins), dtype=np.int64),
        first_day=(first - _EPOCH).days,
        known=MEMORY.days,
        ahead=ahead.horizon,
    )
    _mark(panel.holiday, ahead.calendar.holidays, first, 1.0)
    _mark(panel.special, ahead.calendar.special, first, 1.0)
    _mark(panel.units, ahead.calendar.closed, first, np.nan)
    _promise(panel, gtins, ahead, first)
    warm, rain = _weather(panel, ahead.calendar, first)
    panel = replace(
        panel,
        item=np.arange(len(gtins), dtype=np.int64),
        category=_codes([ahead.category.get(gtin, "") for gtin in gtins], categories),
        temperature=warm,
        rain=rain,
    )
    return StorePanel(gtins, categories, first, panel)


def _codes(names: Sequence[str], known: Sequence[str]) -> Ints:
    """Return the place of each name among those that are known."""
    place = {name: at for at, name in enumerate(known)}
    return np.array([place.get(name, UNKNOWN_CODE) for name in names], dtype=np.int64)


def _rows(kept: Sequence[SaleRow], gtins: Sequence[str], first: date) -> SalesRows:
    """Return the rows as arrays: series in the order of `gtins`, days from `first` on."""
    place = {gtin: number for number, gtin in enumerate(gtins)}
    column = {day.isoformat(): n for n, day in enumerate(_days(first, MEMORY.days))}
    items, days, *figures = zip(*kept, strict=True) if kept else ((),) * _COLUMNS
    units, price, promotion, in_stock = (np.array(one, dtype=np.float64) for one in figures)
    return SalesRows(
        series=np.array([place[one] for one in items], dtype=np.int64),
        day=np.array([column[one] for one in days], dtype=np.int64),
        units=units,
        price=price,
        promotion=promotion,
        in_stock=in_stock,
    )


def _days(first: date, count: int) -> list[date]:
    """Return so many days from `first` on."""
    return [first + timedelta(days=n) for n in range(count)]


def _mark(values: Floats, days: Iterable[date], first: date, mark: float) -> None:
    """Set the columns of `days` to `mark`, for all series."""
    columns = [(day - first).days for day in days]
    values[:, [column for column in columns if 0 <= column < values.shape[1]]] = mark


def _weather(panel: Panel, calendar: Calendar, first: date) -> tuple[Floats, Floats]:
    """Return the temperature and the rain of each series and day, NaN where not known."""
    known = np.full((2, panel.periods), np.nan)
    for day, figures in calendar.weather.items():
        column = (day - first).days
        if 0 <= column < panel.periods:
            known[:, column] = figures
    shape = (panel.series, panel.periods)
    return np.broadcast_to(known[0], shape).copy(), np.broadcast_to(known[1], shape).copy()


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
