"""Gives a place away: deals first, then the auction, else to the store's own offer.

Each choice comes with the probability with which it was made, given what stood on the page before.
What the campaigns are worth here and whether they fit was judged before; nothing is written.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from edge_agent.core.media.purses import Purse
from endcap.models.media.auction import chances, charged, drawn, gains, open_prices
from endcap.wire.media import Campaign, Policy

Draw = Callable[[], float]
"""Draws a number from [0, 1), each time another."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A campaign that fits: the item that stands for it, what it is worth, and how it may pay.

    `value` is relevance times bid, in micros. `purse` is None when no money is left. `shadow` is
    the shadow price of its money, `deal_chance` how often it takes a place as a deal.
    """

    campaign: Campaign
    gtin: str
    relevance: float
    purse: Purse | None
    shadow: float = 0.0
    deal_chance: float = 1.0

    @property
    def value(self) -> float:
        """What a play is worth, in micros."""
        return self.relevance * self.campaign.bid


@dataclass(frozen=True, slots=True)
class Award:
    """Who got a place, how, with which probability, and for how many micros.

    `candidate` is None for the store's own offer.
    """

    candidate: Candidate | None
    policy: Policy
    propensity: float
    price: int = 0


def awards(
    candidates: Sequence[Candidate],
    floor: int,
    explore: float,
    held_out: Collection[str],
    draw: Draw,
) -> tuple[Award, ...]:
    """Return who gets a place, last, after those who won it and are held out, in order.

    Who is held out pays nothing, and the place is given away again as if they were not there.

    Args:
        candidates: the campaigns that fit.
        floor: the least price of the place, in micros.
        explore: with which probability any campaign may win, each alike.
        held_out: the campaigns that this unit is never shown.
        draw: chance.
    """
    ghosts: list[Award] = []
    while True:
        one = _given(candidates, floor, explore, draw)
        winner = one.candidate
        if winner is None or winner.campaign.campaign not in held_out:
            return (*ghosts, one)
        ghosts.append(replace(one, policy="holdout", price=0))
        candidates = [other for other in candidates if other is not winner]


def _given(candidates: Sequence[Candidate], floor: int, explore: float, draw: Draw) -> Award:
    """Return who gets a place: a deal, a campaign of the auction, or nobody."""
    share = 1.0
    for one in _deals(candidates, floor):
        if draw() < one.deal_chance:
            return _award(one, "deal", share * one.deal_chance, float(floor))
        share *= 1.0 - one.deal_chance
    bidders = [one for one in candidates if not one.campaign.priority]
    return _auctioned(bidders, floor, explore, share, draw())


def _deals(candidates: Sequence[Candidate], floor: int) -> list[Candidate]:
    """Return the deals that can pay, the highest priority first."""
    able = [
        one
        for one in candidates
        if one.campaign.priority and one.purse is not None and one.campaign.bid >= floor
    ]
    return sorted(able, key=lambda one: (-one.campaign.priority, -one.value, one.campaign.campaign))


def _auctioned(
    bidders: Sequence[Candidate], floor: int, explore: float, share: float, uniform: float
) -> Award:
    """Return who wins the auction at a second price; what nobody buys is the store's own."""
    values = np.array([one.value for one in bidders])
    prices = open_prices(values, float(floor))
    able = [
        i for i, one in enumerate(bidders) if one.purse is not None and one.value >= max(floor, 1)
    ]
    shadows = np.array([bidders[i].shadow for i in able])
    gain = gains(values[able], prices[able], shadows)
    probabilities = chances(gain, explore)
    place = drawn(probabilities, uniform)
    propensity = share * float(probabilities[place])
    if place == len(able):
        return Award(None, "house", propensity)
    best = gain[place] > 0 and place == int(gain.argmax())
    policy: Policy = "auction" if best else "explore"
    return _award(bidders[able[place]], policy, propensity, float(prices[able[place]]))


def _award(one: Candidate, policy: Policy, propensity: float, price: float) -> Award:
    """Return that a campaign that can pay gets the place."""
    rest = one.purse.rest if one.purse else 0
    return Award(one, policy, propensity, charged(price, one.campaign.bid, rest))
