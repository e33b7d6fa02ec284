"""Draws the stores of a fleet: what each is like, and what will go wrong in it.

All chance of a store's life that does not depend on what happens is drawn here, before it begins,
so that one seed is one fleet whatever the plan does with it.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from fleet_simulator.faults import Effect, Faults

ALWAYS = 1_000_000
"""So often that it does not end."""
_NIGHT_BEGINS, _NIGHT_ENDS = 22, 6
_DAY = 86_400.0
_SPREAD = 0.4  # of the logarithm of a line's speed: two thirds are within a factor of 1.5


@dataclass(frozen=True, slots=True)
class Character:
    """What a store is like.

    `away_until` counts seconds from the begin, `down` those after a power cut; `pace` is how long
    work takes, `traffic` how much is asked, 1 as usual. `damaged` downloads come damaged; the power
    fails `crashes` times in the state `crash_in` of an update.
    """

    store: str
    epoch: str
    region: str
    device: str
    size: str
    nightly: bool
    away_until: float
    bytes_per_second: float
    skew: timedelta
    pace: float
    traffic: float
    refuses: bool
    damaged: int
    crash_in: str | None
    crashes: int
    down: float

    def suffers(self, effect: Effect) -> bool:
        """Tell whether an effect of the release shows in this store."""
        return (
            (not effect.regions or self.region in effect.regions)
            and (not effect.devices or self.device in effect.devices)
            and (not effect.sizes or self.size in effect.sizes)
        )

    def presence(self, at: float, begin: datetime) -> tuple[bool, float | None]:
        """Return whether the store is connected `at` seconds after `begin`, and for how long yet.

        None is for ever.
        """
        if at < self.away_until:
            return False, self.away_until - at
        if not self.nightly:
            return True, None
        started = begin.hour * 3600 + begin.minute * 60 + begin.second
        of_day = (started + at) % _DAY
        if of_day >= _NIGHT_BEGINS * 3600:
            return True, _DAY - of_day + _NIGHT_ENDS * 3600
        if of_day < _NIGHT_ENDS * 3600:
            return True, _NIGHT_ENDS * 3600 - of_day
        return False, _NIGHT_BEGINS * 3600 - of_day


def draw_fleet(count: int, faults: Faults, rng: random.Random) -> tuple[Character, ...]:
    """Return the stores of a fleet."""
    return tuple(_draw(number, faults, rng) for number in range(1, count + 1))


def _draw(number: int, faults: Faults, rng: random.Random) -> Character:
    """Return one store."""
    offline, speed, crashes = faults.offline, faults.speed, faults.crashes
    line = speed.slow_kilobytes_per_second
    if not _hits(speed.slow, rng):
        line = speed.kilobytes_per_second * rng.lognormvariate(0.0, _SPREAD)
    size = _one_of(faults.fleet.sizes, rng)
    crashing = _hits(crashes.share, rng)
    return Character(
        store=f"s-{number:05d}",
        epoch=f"{rng.getrandbits(64):016x}",
        region=_one_of(faults.fleet.regions, rng),
        device=_one_of(faults.fleet.devices, rng),
        size=size,
        nightly=_hits(offline.nightly, rng),
        away_until=_hits(offline.away, rng)
        * rng.uniform(0.1, 1)
        * offline.away_for.total_seconds(),
        bytes_per_second=line * 1000,
        skew=_hits(faults.clocks.wrong, rng) * rng.uniform(-1, 1) * faults.clocks.by,
        pace=rng.uniform(0.7, 1.4),
        traffic=rng.lognormvariate(0.0, _SPREAD),
        refuses=_hits(faults.installs.failing, rng),
        damaged=_damaged(faults, rng),
        crash_in=rng.choice(crashes.states) if crashing else None,
        crashes=crashes.times if crashing else 0,
        down=rng.uniform(0.3, 1) * crashes.down.total_seconds(),
    )


def _damaged(faults: Faults, rng: random.Random) -> int:
    """Return how many of a store's downloads come damaged."""
    if _hits(faults.installs.always_damaged, rng):
        return ALWAYS
    return int(_hits(faults.installs.damaged, rng))


def _hits(portion: float, rng: random.Random) -> bool:
    """Tell whether a store is among the `portion` of them."""
    return rng.uniform(0, 1) < portion


def _one_of(weights: Mapping[str, float], rng: random.Random) -> str:
    """Return one of the names, by weight."""
    return rng.choices(list(weights), list(weights.values()))[0]
