"""Ways of choosing: as stores do, and the peers.

All see the same places at the same prices, and none sees the future. A store's way knows, of times
to come, only the rhythm of weeks past.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from central_sync.trainers.media.market import Market
from central_sync.trainers.media.replay import Place
from endcap.models.media.arrivals import expected, pace
from endcap.models.media.auction import Floats, gains, open_prices
from endcap.models.media.pacing import shadow_prices

SAMPLE = 500
"""How many of the last places a store keeps to solve over, as the store's own setting is."""
_LATELY = timedelta(days=14)
_LEAST_PLACES = 0.5


def _best(scores: Floats) -> int:
    """Return the campaign with the best score above 0, or -1."""
    one = int(scores.argmax())
    return one if scores[one] > 0 else -1


class Unpaced:
    """Plays whatever is worth most, until the money is gone."""

    def choose(self, place: Place) -> int:
        """Return the most valuable campaign that can pay."""
        return _best(place.values)


@dataclass(slots=True)
class Throttled:
    """Probabilistic throttling: a campaign takes part at random, less often when it is ahead."""

    market: Market
    rng: np.random.Generator
    rates: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.rates = np.ones(len(self.market.budgets))

    def choose(self, place: Place) -> int:
        """Return the most valuable of those that take part."""
        if place.number and place.number % 50 == 0:
            due = self.market.budgets * place.number / len(self.market.at)
            ahead = self.market.budgets - place.rests > due
            self.rates = np.clip(self.rates * np.where(ahead, 0.9, 1.1), 0.02, 1.0)
        takes_part = self.rng.random(len(self.rates)) < self.rates
        return _best(np.where(takes_part, place.values, 0.0))


@dataclass(slots=True)
class DualPaced:
    """Dual pacing (Balseiro, Lu and Mirrokni 2020): a shadow price a campaign, moved by each place.

    It rises by what was spent and falls by what may be spent for each place.
    """

    market: Market
    step: float
    shadows: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.shadows = np.zeros(len(self.market.budgets))

    def choose(self, place: Place) -> int:
        """Return the campaign with the most gain, and move the prices."""
        one = _best(gains(place.values, place.prices, self.shadows))
        rates = self.market.budgets / len(self.market.at)
        spent = np.zeros_like(rates)
        if one >= 0:
            spent[one] = place.prices[one]
        self.shadows = np.clip(self.shadows + self.step * (spent - rates) / rates.mean(), 0.0, 50.0)
        return one


@dataclass(slots=True)
class _Pacer:
    """What one purse knows: its rhythm, the places of late, and the shadow prices."""

    rhythm: Floats
    shadows: Floats
    sample: deque[Floats] = field(default_factory=lambda: deque(maxlen=SAMPLE))
    seen: deque[datetime] = field(default_factory=deque)
    solved: datetime | None = None


@dataclass(slots=True)
class AsStoresDo:
    """Shadow prices by solving over the places of late for what is left, at most so often.

    `rhythms` are what each purse expects, [purses, 168]; `ends` is when the money must be spent.
    """

    rhythms: Floats
    campaigns: int
    ends: datetime
    every: timedelta
    begun: datetime
    pacers: list[_Pacer] = field(init=False)

    def __post_init__(self) -> None:
        self.pacers = [_Pacer(one, np.zeros(self.campaigns)) for one in self.rhythms]

    def choose(self, place: Place) -> int:
        """Return the campaign with the most gain, solving anew when it is time."""
        pacer = self.pacers[place.store if len(self.pacers) > 1 else 0]
        if pacer.solved is None or place.at >= pacer.solved + self.every:
            self._solve(pacer, place)
        pacer.sample.append(place.worth)
        pacer.seen.append(place.at)
        return _best(gains(place.values, place.prices, pacer.shadows))

    def _solve(self, pacer: _Pacer, place: Place) -> None:
        since = max(self.begun, place.at - _LATELY)
        while pacer.seen and pacer.seen[0] < since:
            pacer.seen.popleft()
        foreseen = expected(pacer.rhythm, since, place.at)
        coming = expected(pacer.rhythm, place.at, self.ends) * pace(len(pacer.seen), foreseen)
        if pacer.sample:
            worth = np.stack(pacer.sample)
            values, prices = np.where(place.rests > 0, worth, 0.0), open_prices(worth, 0.0)
            rates = place.rests / max(coming, _LEAST_PLACES)
            pacer.shadows = shadow_prices(values, prices, rates, pacer.shadows, rounds=100)
        pacer.solved = place.at
