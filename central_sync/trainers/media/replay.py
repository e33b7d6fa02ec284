"""Plays a market, place by place, by any way of choosing, with a ledger of what was paid.

A place costs the second price among the campaigns, whoever can still pay. The last play of a
purse is charged what is left, and counts as worth that share of its value alone, so that no plan
gains by giving plays away. Who wins is a player's to say.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import numpy as np

from central_sync.trainers.media.market import Ints, Market
from endcap.models.media.auction import Floats, charged, open_prices

EARLY = 0.9
_ENDLESS = 2**62


@dataclass(frozen=True, slots=True)
class Place:
    """One place to give away: which, when, in which store, and what it is worth and costs.

    `values` are `worth`, but 0 where the campaign cannot pay; `rests` is what it has left here.
    """

    number: int
    at: datetime
    store: int
    worth: Floats
    values: Floats
    prices: Floats
    rests: Ints


class Player(Protocol):
    """Chooses who gets a place: a campaign's number, or -1 for none."""

    def choose(self, place: Place) -> int:
        """Return who gets `place`."""
        ...


@dataclass(frozen=True, slots=True)
class Paid:
    """A play: which place went to which campaign, and for how many micros."""

    place: int
    store: int
    campaign: int
    price: int


@dataclass(slots=True)
class Purses:
    """Money that may be spent, [stores, campaigns] in micros; one row is one purse for all.

    `refill` may move money between a purse and what is held back, before a place is given away.
    """

    rests: Ints
    refill: Callable[[datetime, Ints], None] = field(default=lambda _at, _rests: None)

    def row(self, store: int) -> int:
        """Return which purse a store spends from."""
        return store if len(self.rests) > 1 else 0


@dataclass(frozen=True, slots=True)
class Played:
    """What became of a flight: `welfare` in micros, the ledger, and when each campaign ran dry.

    `dry` is the share of the flight's places that had gone by then, 1 for those that never did;
    `above` counts plays that were charged more than their purse held.
    """

    welfare: float
    ledger: tuple[Paid, ...]
    spent: Ints
    dry: Floats
    above: int


def replay(market: Market, purses: Purses, player: Player) -> Played:
    """Give away every place of the flight in order of time."""
    number, campaigns = market.values.shape
    welfare, above, ledger = 0.0, 0, list[Paid]()
    spent, dry = np.zeros(campaigns, np.int64), np.ones(campaigns)
    for n in range(number):
        purses.refill(market.at[n], purses.rests)
        row = purses.row(int(market.store[n]))
        place = _place(market, n, purses.rests[row])
        one = player.choose(place)
        if one < 0:
            continue
        cost = float(place.prices[one])
        paid = charged(cost, _ENDLESS, int(place.rests[one]))
        above += paid > purses.rests[row, one]
        purses.rests[row, one] -= paid
        spent[one] += paid
        ledger.append(Paid(n, place.store, one, paid))
        welfare += float(place.values[one]) * (min(1.0, (paid + 1.0) / cost) if cost > 0 else 1.0)
        if spent[one] >= market.budgets[one] - 1:
            dry[one] = min(dry[one], n / number)
    return Played(welfare, tuple(ledger), spent, dry, above)


def _place(market: Market, n: int, rests: Ints) -> Place:
    """Return the n-th place as it is when these rests are left."""
    worth = market.values[n]
    values = np.where(rests > 0, worth, 0.0)
    store = int(market.store[n])
    return Place(n, market.at[n], store, worth, values, open_prices(worth, 0.0), rests.copy())


def figures(played: Played, market: Market, optimum: float) -> dict[str, float | int]:
    """Return the metrics of a flight, once the ledger was checked.

    Raises:
        AssertionError: the ledger does not add up; nothing may be said then.
    """
    budget = int(market.budgets.sum())
    by_campaign = np.zeros(len(market.budgets), np.int64)
    for one in played.ledger:
        by_campaign[one.campaign] += one.price
    if not np.array_equal(by_campaign, played.spent) or bool((by_campaign > market.budgets).any()):
        raise AssertionError("the ledger of plays does not add up to what was spent")
    if len({one.place for one in played.ledger}) != len(played.ledger):
        raise AssertionError("a place was played twice")
    return {
        "welfare": played.welfare / optimum,
        "spent": int(played.spent.sum()) / budget,
        "dry_early": float((played.dry < EARLY).mean()),
        "plays_above_lease": played.above,
        "plays": len(played.ledger),
    }
