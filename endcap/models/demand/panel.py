"""Sales of many items over the same periods: a rectangle with what is known of each cell.

Holds values and cuts them; estimates nothing. One row of a panel is one item in one store.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

IN_STOCK = 0.999
"""A period counts as in stock from this share of its selling time on."""

UNKNOWN_CODE = -1
"""The code of an item or a category that is not known."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How time passes in a panel: the length of a season, of a year, and of the memory.

    All in periods. `means` are the windows of the moving averages, shortest first; `half_life`
    says how fast the level forgets; `recent` is the longest window any recent feature looks at;
    `base` is the window that a year-ago period is compared with, `years` is how many years are
    looked at; `least` is how much stocked selling time a level needs.
    """

    period: str
    season: int
    year: int
    means: tuple[int, ...]
    half_life: int
    recent: int
    base: int
    years: int
    least: float

    @property
    def memory(self) -> int:
        """How many periods up to the last known one a forecast can use; older ones are ignored."""
        shape = self.years * self.year + self.recent + self.season // 2 + 1
        return max(self.year + self.base, shape)


DAILY = Rhythm(
    period="day",
    season=7,
    year=364,
    means=(3, 7, 14, 28, 56),
    half_life=14,
    recent=56,
    base=28,
    years=1,
    least=7.0,
)
WEEKLY = Rhythm(
    period="week",
    season=1,
    year=52,
    means=(1, 2, 4, 8, 26),
    half_life=4,
    recent=26,
    base=8,
    years=2,
    least=2.0,
)


_CELLS = (
    *("units", "in_stock", "price", "promotion", "holiday", "special", "temperature", "rain"),
)  # the fields of a panel that are [S, T]


def _no_codes() -> Ints:
    """Return the codes of nothing."""
    return np.empty(0, dtype=np.int64)


def _no_figures() -> Floats:
    """Return the figures of nothing."""
    return np.empty((0, 0))


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """S series over T periods, the last of which may lie in the future.

    Attributes:
        units: [S, T] units sold; NaN where nothing is known: before the item's first period, in
            the future, or on a closed day.
        in_stock: [S, T] share of the selling time, 0 to 1, in which the item could be bought.
        price: [S, T] shelf price in any unit; NaN where unknown. Known in advance.
        promotion: [S, T] 0 to 1. Known in advance.
        holiday: [S, T] 0 or 1. Known in advance.
        special: [S, T] any other mark of a day that is known in advance: school holidays, pay day.
        group: [S] a code for series that rise and fall together: those of one store.
        weekday: [T] 0 (Monday) to 6; all zero when a period is a week.
        rhythm: how time passes here.
        item: [S] a code for what is sold, the same in every store; UNKNOWN_CODE where not known.
        category: [S] a code for the kind of thing it is, likewise.
        temperature: [S, T] in any unit; NaN where unknown. Known in advance as a weather forecast.
        rain: [S, T] in any unit, likewise.
        month_day: [T] day of the month in the middle of the period, 1 to 31; 0 where not known.

    The last five may be left out: then nothing of the kind is known.
    """

    units: Floats
    in_stock: Floats
    price: Floats
    promotion: Floats
    holiday: Floats
    special: Floats
    group: Ints
    weekday: Ints
    rhythm: Rhythm
    item: Ints = field(default_factory=_no_codes)
    category: Ints = field(default_factory=_no_codes)
    temperature: Floats = field(default_factory=_no_figures)
    rain: Floats = field(default_factory=_no_figures)
    month_day: Ints = field(default_factory=_no_codes)

    def __post_init__(self) -> None:
        """Fill in what was left out.

        Raises:
            ValueError: codes or weather are given, but not for these series and periods.
        """
        for name, shape, empty in (
            ("item", (self.series,), UNKNOWN_CODE),
            ("category", (self.series,), UNKNOWN_CODE),
            ("temperature", self.units.shape, np.nan),
            ("rain", self.units.shape, np.nan),
            ("month_day", (self.periods,), 0),
        ):
            given = getattr(self, name)
            if given.size == 0:
                object.__setattr__(self, name, np.full(shape, empty, dtype=given.dtype))
            elif given.shape != shape:
                raise ValueError(f"the panel's {name} is {given.shape}, it must be {shape}")

    @property
    def series(self) -> int:
        """How many rows the panel has."""
        return int(self.units.shape[0])

    @property
    def periods(self) -> int:
        """How many periods the panel covers, future ones included."""
        return int(self.units.shape[1])

    def only(self, chosen: NDArray[np.generic]) -> "Panel":
        """Return the panel of the chosen series, by number or by mask; codes stay as they are."""
        cut = {name: getattr(self, name)[chosen] for name in (*_CELLS, "group", "item", "category")}
        return replace(self, **cut)

    def between(self, first: int, last: int) -> "Panel":
        """Return the panel of the periods `first` to `last`, both included."""
        there = slice(first, last + 1)
        cut = {name: getattr(self, name)[:, there] for name in _CELLS}
        return replace(self, **cut, weekday=self.weekday[there], month_day=self.month_day[there])


def window(values: Floats, first: int, last: int, empty: float = np.nan) -> Floats:
    """Return columns `first` to `last`, both included, with `empty` where there is no such column.

    The result always has `last - first + 1` columns, so that what is computed from it does not
    depend on how much history the caller happened to hold.
    """
    out = np.full((values.shape[0], last - first + 1), empty)
    begin, end = max(first, 0), min(last + 1, values.shape[1])
    if begin < end:
        out[:, begin - first : end - first] = values[:, begin:end]
    return out
