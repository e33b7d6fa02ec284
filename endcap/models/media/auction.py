"""Who wins a place among campaigns, with which probability, and what that costs.

A play is worth `value` to its campaign: relevance times bid, in micros. It costs what the place is
worth to the best of the other campaigns that fit it: a second price, which asks no one to bid
other than what a play is worth to them. That a campaign has no money left, or saves it, makes the
place no cheaper for the others, so nobody gains by draining a rival. How scarce a campaign's money
is (its shadow price, endcap.models.media.pacing) decides which places it is spent on, never what
they cost. Which campaigns fit is the caller's to say.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def open_prices(values: Floats, floor: float | Floats) -> Floats:
    """Return what a place costs each campaign: the best other value, within [floor, own value].

    Args:
        values: micros, [m] or, for many places at once, [n, m]; each at least 0.
        floor: the least price of the place in micros, or of each place, [n, 1]. A value below it
            cannot buy the place, and its price is then the value itself.
    """
    if not values.shape[-1]:
        return values.copy()
    first = values.argmax(axis=-1, keepdims=True)
    top = np.take_along_axis(values, first, axis=-1)
    others = values.copy()
    np.put_along_axis(others, first, 0.0, axis=-1)
    rival = np.broadcast_to(top, values.shape).copy()
    np.put_along_axis(rival, first, others.max(axis=-1, keepdims=True), axis=-1)
    return np.minimum(values, np.maximum(rival, floor))


def gains(values: Floats, prices: Floats, shadows: Floats) -> Floats:
    """Return what a play is worth beyond its money, where that is worth `shadows` a micro."""
    return values - shadows * prices


def chances(gain: Floats, explore: float) -> Floats:
    """Return the probability of each of m campaigns, and last that of none: [m + 1], sums to 1.

    The best gain above 0 wins, the first of equals; with probability `explore` any campaign does,
    each alike, so that every campaign that takes part has a known chance above 0.
    """
    number = len(gain)
    best = int(gain.argmax()) if number and gain.max() > 0 else number
    found = np.zeros(number + 1)
    if number:
        found[:number] = explore / number
    found[best] += 1.0 - (explore if number else 0.0)
    return found


def drawn(probabilities: Floats, uniform: float) -> int:
    """Return which of `probabilities` a number drawn from [0, 1) falls to; never one of 0."""
    reached = np.cumsum(probabilities)
    place = int(np.searchsorted(reached, uniform * reached[-1], side="right"))
    return min(place, int(np.flatnonzero(probabilities)[-1]))


def charged(price: float, bid: int, rest: int) -> int:
    """Return what a play is charged, in whole micros: never above the bid, nor what is left."""
    return max(0, min(int(price), bid, rest))
