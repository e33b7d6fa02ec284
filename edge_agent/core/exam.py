"""Two models on the store's own past: what each would have said, against what then happened.

A forecast of days that are over, made from the sales before them, is the forecast that would have
been made then: so nothing need be kept, and a candidate can be judged on its first minute. One
trained at the centre may have seen those days; so may the champion have. Runs no model.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from edge_agent.core.demand import Forecast
from edge_agent.core.scoring import Sold
from edge_agent.core.trial import Truths, truths_of
from endcap.models.demand.panel import IN_STOCK

TOP = 10
"""A hidden item is found when it is among the first so many recommendations."""
_NOTHING = Sold(0.0, 1.0)


def forecast_truths(
    candidate: Sequence[Forecast],
    champion: Sequence[Forecast],
    sold: Mapping[date, Mapping[str, Sold]],
) -> Truths:
    """Return how two makings of the same items and days fared; the error is in units a day.

    Days on which an item was missing tell nothing of its demand. An item counts once in the test.
    """
    items: dict[str, list[tuple[float, float]]] = {}
    for mine, its in zip(candidate, champion, strict=True):
        real = sold[mine.day].get(mine.gtin, _NOTHING)
        if real.in_stock >= IN_STOCK:
            errors = abs(mine.expected - real.units), abs(its.expected - real.units)
            items.setdefault(mine.gtin, []).append(errors)
    return truths_of(items.values())


def hide_one(basket: Sequence[str]) -> tuple[frozenset[str], str]:
    """Return a basket without one of its items, and that item: the middle one by GTIN.

    >>> hide_one(["c", "a", "b"])[1]
    'b'
    """
    items = sorted(set(basket))
    hidden = items[len(items) // 2]
    return frozenset(items) - {hidden}, hidden


def basket_truths(found: Iterable[tuple[bool, bool]]) -> Truths:
    """Return how two recommenders fared at baskets with one item hidden.

    Each pair says whether the candidate and the champion found it; the error is the share missed.
    """
    return truths_of([(float(not mine), float(not its))] for mine, its in found)
