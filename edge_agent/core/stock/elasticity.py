"""How much more of an item sells when it costs less, from the store's own past prices.

Days at a lowered price are held against ordinary days of the same weekday around them. What a few
such days say is drawn to what is usual in the trade, the more the fewer units they sold. Sales of
days on which the item was missing for a while do not count. Sets no price.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import log, sqrt

from endcap.models.demand.panel import IN_STOCK

USUAL = -2.0
"""The usual elasticity: between the means of Tellis (1988), -1.76 over 367 of them, and of
Bijmolt, van Heerde and Pieters (2005), -2.62 over 1,851."""

USUAL_SPREAD = 0.8
"""How far items lie from the usual, as a standard deviation."""

LEAST, MOST = -4.0, -0.5
_LOWERED = 0.95  # a price below this share of the usual one is a lowered one
_AROUND = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class PastDay:
    """What an item sold on a day that is over, and for how much."""

    day: date
    units: float
    price: float
    in_stock: float


@dataclass(frozen=True, slots=True)
class Elasticity:
    """The relative change of sales for a relative change of price: -2 is 2 % more for 1 % less.

    `lowered` counts the past days at a lowered price that it was learned from.
    """

    value: float
    lowered: int


def elasticity(past: Sequence[PastDay]) -> Elasticity:
    """Return the elasticity of an item, between LEAST and MOST.

    The estimate is the logarithm of units over expected units at lowered prices, over that of the
    price; its variance is that of two Poisson sums. It and the usual are weighed by their
    variances.
    """
    days = [one for one in past if one.in_stock >= IN_STOCK and one.price > 0]
    if not days:
        return Elasticity(USUAL, 0)
    prices = sorted(one.price for one in days)
    usual = prices[(3 * len(prices)) // 4]  # most days are at the full price
    lowered = [one for one in days if one.price < _LOWERED * usual]
    ordinary = [one for one in days if one.price >= _LOWERED * usual]
    pairs = [(one, alike) for one in lowered if (alike := _alike(one, ordinary))]
    sold = sum(one.units for one, _ in pairs)
    expected = sum(_mean(alike) for _, alike in pairs)
    if sold <= 0 or expected <= 0:
        return Elasticity(USUAL, 0)
    cut = log(sum(one.price * _mean(alike) for one, alike in pairs) / expected / usual)
    found = log(sold / expected) / cut
    basis = sum({one.day: one.units for _, alike in pairs for one in alike}.values())
    doubt = sqrt(1.0 / sold + 1.0 / max(basis, 1.0)) / abs(cut)
    own, prior = 1.0 / doubt**2, 1.0 / USUAL_SPREAD**2
    value = (own * found + prior * USUAL) / (own + prior)
    return Elasticity(min(max(value, LEAST), MOST), len(pairs))


def _alike(lowered: PastDay, ordinary: Sequence[PastDay]) -> list[PastDay]:
    """Return the ordinary days of the same weekday around a lowered one."""
    return [
        one
        for one in ordinary
        if one.day.weekday() == lowered.day.weekday() and abs(one.day - lowered.day) <= _AROUND
    ]


def _mean(days: Sequence[PastDay]) -> float:
    return sum(one.units for one in days) / len(days)
