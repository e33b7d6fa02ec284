"""How a forecast fared, once its day is over: on items that were there to be bought all day.

Sales of an item that was missing are not its demand, so it is left out. Makes no forecast.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from endcap.models.demand.panel import IN_STOCK
from endcap.wire.events import ForecastScored, GroupScore

MOST_GROUPS = 500


@dataclass(frozen=True, slots=True)
class Expected:
    """What a model expected an item to sell on a day, in units.

    `low` and `high` are the ends of the 90 % interval, None where the model has no such levels.
    """

    gtin: str
    units: float
    release: int
    model: str
    low: float | None = None
    high: float | None = None
    category: str = ""


@dataclass(frozen=True, slots=True)
class Sold:
    """What an item sold, in units, and the share of the opening time it was there."""

    units: float
    in_stock: float


_Pair = tuple[Expected, float]


def score(
    day: date, expected: Sequence[Expected], sold: Mapping[str, Sold]
) -> ForecastScored | None:
    """Return the score of `day`, or None when nothing was expected of it.

    An item that is not in `sold` sold nothing though it was there. When several releases had a
    say, the one with the most items is scored, on its items. Of very many categories, those that
    sold most are told.
    """
    if not expected:
        return None
    [((release, model), _)] = Counter((one.release, one.model) for one in expected).most_common(1)
    pairs = [
        (one, sold.get(one.gtin, Sold(0.0, 1.0)))
        for one in expected
        if (one.release, one.model) == (release, model)
    ]
    there = [(one, real.units) for one, real in pairs if real.in_stock >= IN_STOCK]
    whole = _group("", there)
    known = all(one.low is not None for one, _ in there)
    return ForecastScored(
        day=day,
        release=release,
        model=model,
        items=whole.items,
        units=whole.units,
        absolute_error=whole.absolute_error,
        error=whole.error,
        covered=whole.covered if known else None,
        groups=_groups(there),
    )


def _groups(there: Sequence[_Pair]) -> tuple[GroupScore, ...]:
    """Return how each category fared; none where no category is known."""
    by_category: dict[str, list[_Pair]] = {}
    for one, units in there:
        by_category.setdefault(one.category[:100], []).append((one, units))
    if by_category.keys() <= {""}:
        return ()
    groups = [_group(name, pairs) for name, pairs in sorted(by_category.items())]
    return tuple(sorted(groups, key=lambda one: -one.units)[:MOST_GROUPS])


def _group(name: str, there: Sequence[_Pair]) -> GroupScore:
    """Return how some items fared together."""
    return GroupScore(
        group=name,
        items=len(there),
        covered=sum(_inside(one, units) for one, units in there),
        units=round(sum(units for _, units in there), 3),
        absolute_error=round(sum(abs(one.units - units) for one, units in there), 3),
        error=round(sum(one.units - units for one, units in there), 3),
    )


def _inside(one: Expected, units: float) -> bool:
    """Tell whether sales lay in the 90 % interval, its ends included."""
    return one.low is not None and one.high is not None and one.low <= units <= one.high
