"""What an item is expected to sell that is too new for the model: from those that are like it.

Its level is a prior, from items of its category and about its price or from what the whole chain
sells of it, brought together with its own first days; its days rise and fall as its like do. The
answer is marked and its interval is wide: it holds what is not known of the level too. An item of
which nothing is known has no forecast. Runs no model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST_LIKE = 3
"""Fewer items than this in a category say nothing of another one."""
_APART = 0.35  # difference of log price at which an item counts half as like
_OWN = 0.5  # an own day counts as much as half a day that is independent of the others
_CHAIN_SPREAD = 0.8  # of log level around the chain's, where the store cannot say
_LEAST_SPREAD, _MOST_SPREAD = 0.3, 1.2
_FLAT_SPREAD = 0.5  # of log sales around the level, where no like item tells
_LEAST_LEVEL = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The N items that the model forecast.

    Attributes:
        category: [N] "" where not known.
        price: [N] NaN where not known.
        level: [N] units a day.
        chain: [N] what a store of the chain sells of it a day; NaN where not told.
        expected: [N, H] units.
        quantiles: [N, H, Q] units.
    """

    category: Sequence[str]
    price: Floats
    level: Floats
    chain: Floats
    expected: Floats
    quantiles: Floats


@dataclass(frozen=True, slots=True)
class Newcomer:
    """An item without a history: what it sold in so many days of being there; its price if known.

    `chain` is what a store of the chain sells of it a day; None where not told.
    """

    gtin: str
    category: str
    price: float | None
    sold: float
    days: float
    chain: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """What a newcomer is expected to sell: [H] and [H, Q] units, and what that leans on."""

    gtin: str
    level: float
    expected: Floats
    quantiles: Floats
    basis: str


def guesses(
    newcomers: Sequence[Newcomer],
    known: Known,
    levels: Sequence[float],
    seasons: Mapping[str, Floats],
) -> tuple[Guess, ...]:
    """Return what can be said of `newcomers`.

    Args:
        newcomers: the items.
        known: those that the model forecast.
        levels: the levels of the quantiles.
        seasons: by category, [H] each day to come over a mean one, as the chain has it; "" is that
            of no category.
    """
    scale = _store_over_chain(known)
    found = (_guess(one, known, scale, levels, seasons) for one in newcomers)
    return tuple(one for one in found if one is not None)


@dataclass(frozen=True, slots=True)
class _Prior:
    """A guess of a level: the mean of its logarithm and its spread."""

    centre: float
    spread: float
    basis: str


def _guess(
    one: Newcomer,
    known: Known,
    scale: _Prior,
    levels: Sequence[float],
    seasons: Mapping[str, Floats],
) -> Guess | None:
    alike = _likeness(one, known)
    prior = _prior(one, known, alike, scale)
    if prior is None:
        return None
    level, spread = _posterior(one, prior)
    wide = np.exp(np.array([NormalDist().inv_cdf(q) for q in levels]) * spread)
    if alike.sum() > 0:
        shape, edges = _shape(known, alike)
    else:
        shape = seasons.get(one.category, seasons[""])
        flat = np.exp(np.array([NormalDist().inv_cdf(q) for q in levels]) * _FLAT_SPREAD)
        edges = shape[:, None] * flat
    return Guess(one.gtin, level, level * shape, level * edges * wide, prior.basis)


def _likeness(one: Newcomer, known: Known) -> Floats:
    """Return how like each known item is, 0 to 1: same category, and about the same price."""
    same = np.array([one.category == other for other in known.category], dtype=np.float64)
    if not one.category or same.sum() < LEAST_LIKE:
        same = np.full(len(known.level), 0.1)
    if one.price is not None and one.price > 0:
        safe = np.where(known.price > 0, known.price, one.price)
        same = same / (1.0 + (np.log(safe / one.price) / _APART) ** 2)
    return np.where(known.level > 0, same, 0.0)


def _prior(one: Newcomer, known: Known, alike: Floats, scale: _Prior) -> _Prior | None:
    """Return what is known of a level before its own days: by the chain, else by its like."""
    if one.chain is not None and one.chain > 0:
        return _Prior(float(np.log(one.chain)) + scale.centre, scale.spread, "chain")
    if alike.sum() > 0:
        logs = np.log(np.maximum(known.level, _LEAST_LEVEL))
        centre = float(np.average(logs, weights=alike))
        spread = float(np.sqrt(np.average((logs - centre) ** 2, weights=alike)))
        return _Prior(centre, min(_MOST_SPREAD, max(_LEAST_SPREAD, spread)), "alike")
    if one.days >= 1 and one.sold > 0:
        return _Prior(float(np.log(one.sold / one.days)), _MOST_SPREAD, "alike")
    return None


def _store_over_chain(known: Known) -> _Prior:
    """Return how this store's levels relate to the chain's: the mean logarithm and its spread."""
    told = (known.chain > 0) & (known.level > 0)
    if told.sum() < LEAST_LIKE:
        return _Prior(0.0, _CHAIN_SPREAD, "chain")
    logs = np.log(known.level[told] / known.chain[told])
    spread = min(_MOST_SPREAD, max(_LEAST_SPREAD, float(np.std(logs))))
    return _Prior(float(np.median(logs)), spread, "chain")


def _posterior(one: Newcomer, prior: _Prior) -> tuple[float, float]:
    """Return the level once its own days are counted in, and the spread of its logarithm.

    A Gamma prior of the same mean and variation as the lognormal one, and Poisson sales.
    """
    variation = float(np.expm1(prior.spread**2))
    shape, mean = 1.0 / variation, float(np.exp(prior.centre + prior.spread**2 / 2))
    sold, days = shape + _OWN * max(one.sold, 0.0), shape / mean + _OWN * one.days
    return sold / days, float(np.sqrt(np.log1p(1.0 / sold)))


def _shape(known: Known, alike: Floats) -> tuple[Floats, Floats]:
    """Return the days and quantiles of the like, as multiples of their level: [H], [H, Q]."""
    there = alike > 0
    weights = alike[there] * known.level[there]  # the sums of units, not the mean of ratios
    total = float(weights.sum())
    share = (alike[there] / total)[:, None]
    days: Floats = (share * known.expected[there]).sum(axis=0)
    edges: Floats = (share[..., None] * known.quantiles[there]).sum(axis=0)
    return days, edges
