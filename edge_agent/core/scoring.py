"""How a forecast fared, once its day is over: on items that were there to be bought all day.

Sales of an item that was missing are not its demand, so it is left out. Makes no forecast.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from endcap.models.demand.panel import IN_STOCK
from endcap.wire.events import ForecastScored


@dataclass(frozen=True, slots=True)
class Expected:
    """What a model expected an item to sell on a day, in units."""

    gtin: str
    units: float
    release: int
    model: str


@dataclass(frozen=True, slots=True)
class Sold:
    """What an item sold, in units, and the share of the opening time it was there."""

    units: float
    in_stock: float


def score(
    day: date, expected: Sequence[Expected], sold: Mapping[str, Sold]
) -> ForecastScored | None:
    """Return the score of `day`, or None when nothing was expected of it.

    An item that is not in `sold` sold nothing though it was there. When several releases had a
    say, the one with the most items is scored, on its items.
    """
    if not expected:
        return None
    [((release, model), _)] = Counter((one.release, one.model) for one in expected).most_common(1)
    pairs = [
        (one.units, sold.get(one.gtin, Sold(0.0, 1.0)))
        for one in expected
        if (one.release, one.model) == (release, model)
    ]
    there = [(units, real.units) for units, real in pairs if real.in_stock >= IN_STOCK]
    return ForecastScored(
        day=day,
        release=release,
        model=model,
        items=len(there),
        units=round(sum(real for _, real in there), 3),
        absolute_error=round(sum(abs(units - real) for units, real in there), 3),
        error=round(sum(units - real for units, real in there), 3),
    )
