"""How often drift is seen where there is none, and how soon where there is: by simulation.

    python -m benchmarks.drift [YEARS]

Stores of 320 items in 8 groups sell Poisson counts whose rates share a mood from day to day; their
forecasts are right on average, until they are a fifth too high or too low, everywhere or in one
group alone. Printed are the alarms in a store-year without cause (all tests of a store and its
groups together), and the share of drifts that are found within 14 days. Seeds are fixed.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from central_sync.core.drift import LEARNING, Score, Watch, watched

GROUPS, ITEMS = 8, 40
SHIFTED = 100
WITHIN = 14
FIRST = date(2026, 1, 1)
_LIKENESS = 0.2  # of a day's mood with the day's before
_MOOD_OF_STORE, _MOOD_OF_GROUP = 0.05, 0.06
_RUNS = 60

Day = tuple[Score, ...]
"""The whole store's score, and each group's behind it."""


def simulated(
    rng: np.random.Generator, days: int, *, factor: float = 1.0, groups: Sequence[int] = ()
) -> Iterator[Day]:
    """Yield a store's days; from SHIFTED on the forecasts of `groups` are `factor` times right."""
    rate = rng.lognormal(0.5, 1.0, (GROUPS, ITEMS))
    mood, moods = 0.0, np.zeros(GROUPS)
    left = np.sqrt(1.0 - _LIKENESS**2)
    for day in range(days):
        mood = _LIKENESS * mood + left * _MOOD_OF_STORE * rng.standard_normal()
        moods = _LIKENESS * moods + left * _MOOD_OF_GROUP * rng.standard_normal(GROUPS)
        sold = rng.poisson(rate * np.exp(mood + moods)[:, None] * rng.gamma(4.0, 0.25, rate.shape))
        expected = rate.copy()
        if day >= SHIFTED:
            expected[list(groups)] *= factor
        error, covered = expected - sold, rng.random(rate.shape) < 0.9  # noqa: PLR2004 - as nominal
        when = FIRST + timedelta(day)
        each = [slice(None), *range(GROUPS)]
        yield tuple(
            Score(
                when,
                covered[at].size,
                int(covered[at].sum()),
                float(sold[at].sum()),
                float(np.abs(error[at]).sum()),
                float(error[at].sum()),
            )
            for at in each
        )


def alarms(days: Sequence[Day]) -> list[date]:
    """Return the days on which alarms opened, of the store and of its groups."""
    found = []
    for place, scores in enumerate(zip(*days, strict=True)):
        _, changes = watched(Watch(), scores, GROUPS if place else 1)
        found += [one.day for one in changes if one.opened]
    return sorted(found)


def main() -> None:
    """Print the figures."""
    years = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    rng = np.random.default_rng(1)
    count = sum(len(alarms(list(simulated(rng, 365 + LEARNING)))) for _ in range(years))
    print(f"alarms without cause: {count / years:.2f} in a store-year ({years} store-years)")
    for what, groups in (("everywhere", range(GROUPS)), ("in one group", [2])):
        for factor in (1.2, 0.8):
            delays = []
            for _ in range(_RUNS):
                days = list(simulated(rng, SHIFTED + 60, factor=factor, groups=groups))
                since = FIRST + timedelta(SHIFTED)
                late = [(day - since).days + 1 for day in alarms(days) if day >= since]
                delays.append(late[0] if late else 999)
            share = np.mean(np.array(delays) <= WITHIN)
            print(
                f"forecasts {factor - 1:+.0%} {what}: {share:.0%} found within {WITHIN} days,"
                f" half of them within {np.median(delays):.0f}"
            )


if __name__ == "__main__":
    main()
