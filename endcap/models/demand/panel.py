"""Sales of many items over the same periods: a rectangle with what is known of each cell.

Holds values and cuts them; estimates nothing. One row of a panel is one item in one store.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

IN_STOCK = 0.999
"""A period counts as in stock from this share of its selling time on."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How time passes in a panel: the length of a season, of a year, and of the memory.

    All in periods. `means` are the windows of the moving averages, shortest first; `half_life`
    says how fast the level forgets; `recent` is the longest window any recent feature looks at;
    `base` is the window that a year-ago period is compared with; `least` is how much stocked
    selling time a level needs.
    """

    period: str
    season: int
    year: int
    means: tuple[int, ...]
    half_life: int
    recent: int
    base: int
    least: float

    @property
    def memory(self) -> int:
        """How many periods up to the last known one a forecast can use; older ones are ignored."""
        return self.year + self.base


DAILY = Rhythm(
    period="day",
    season=7,
    year=364,
    means=(3, 7, 14, 28, 56),
    half_life=14,
    recent=56,
    base=28,
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
    least=2.0,
)
RHYTHMS = {rhythm.period: rhythm for rhythm in (DAILY, WEEKLY)}


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

    @property
    def series(self) -> int:
        """How many rows the panel has."""
        return int(self.units.shape[0])

    @property
    def periods(self) -> int:
        """How many periods the panel covers, future ones included."""
        return int(self.units.shape[1])


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
