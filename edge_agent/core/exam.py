"""Two models on the store's own past: what each would have said, against what then happened.

A forecast of days that are over, made from the sales before them, is the forecast that would have
been made then: so nothing need be kept, and a candidate can be judged on its first minute. One
trained at the centre may have seen those days; so may the champion have. Runs no model.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from edge_agent.core.demand import Forecast
from edge_agent.core.scoring import Sold
from edge_agent.core.trial import Truths, truths_of
from endcap.models.demand.panel import IN_STOCK

TOP = 10
"""A hidden item is found when it is among the first so many recommendations."""
_NOTHING = Sold(0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Making:
    """What a model forecast, item by item and day by day, and the levels of its quantiles."""

    levels: Sequence[float]
    forecasts: Sequence[Forecast]

    def losses(self, levels: Collection[float], sold: Sequence[Sold]) -> list[float]:
        """Return the error of each forecast in units: twice the mean pinball loss at `levels`.

        That is what a model is promoted for at the centre, and it approaches the absolute error
        for a forecast that is one figure. The absolute error of the mean would not do: of items
        that mostly sell nothing it prefers whoever says too little.
        """
        places = [(at, level) for at, level in enumerate(self.levels) if level in levels]
        return [
            2
            * sum(_pinball(real.units - one.quantiles[at], level) for at, level in places)
            / len(places)
            for one, real in zip(self.forecasts, sold, strict=True)
        ]


def forecast_truths(
    candidate: Making, champion: Making, sold: Mapping[date, Mapping[str, Sold]]
) -> Truths:
    """Return how two makings of the same items and days fared; the error is in units a day.

    Days on which an item was missing tell nothing of its demand. An item counts once in the test.
    Models that have no quantile in common cannot be compared.
    """
    levels = set(candidate.levels) & set(champion.levels)
    if not levels:
        return Truths()
    asked = candidate.forecasts
    real = [sold[one.day].get(one.gtin, _NOTHING) for one in asked]
    mine, its = candidate.losses(levels, real), champion.losses(levels, real)
    items: dict[str, list[tuple[float, float]]] = {}
    for one, happened, errors in zip(asked, real, zip(mine, its, strict=True), strict=True):
        if happened.in_stock >= IN_STOCK:
            items.setdefault(one.gtin, []).append(errors)
    return truths_of(items.values())


def _pinball(above: float, level: float) -> float:
    """Return the pinball loss of a quantile that the truth lies `above` units over."""
    return max(level * above, (level - 1) * above)


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
