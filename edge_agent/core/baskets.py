"""Which sums over baskets the centre is told, period by period. A basket itself never leaves.

A period is a number of whole weeks. It is told once, when it is over and `wait` has passed for
files that come late: whatever came later still is not told, for telling a period twice would cost
twice. The sums are endcap.models.shopper's, and so is what noise costs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from endcap.models.shopper.private import Budget, epsilon_of, noise_source, periods_in_year
from endcap.models.shopper.sums import (
    CLIP,
    STEPS,
    BasketSums,
    Person,
    Telling,
    categories_of,
    count_persons,
    parts_of,
    tell,
)
from endcap.wire.body import MAX_ROWS
from endcap.wire.shopper_events import BasketsCounted

WEEK = timedelta(days=7)
BASKETS_SHARE = 0.6
"""The share of a year's budget that goes to sums of baskets; the rest is for the ranker's."""

BUDGET = Budget(8.0, 1e-6)


@dataclass(frozen=True, slots=True)
class BasketRule:
    """What may be told: groups of at least `minimum_group` persons, over whole weeks, with noise.

    A year's telling costs no more than `budget`. `secret` makes the noise and stays in the store.
    """

    minimum_group: int
    length: timedelta = WEEK
    budget: Budget = BUDGET
    clip: float = CLIP
    wait: timedelta = timedelta(0)
    secret: bytes = field(default=b"", repr=False)

    def telling(self, share: float = BASKETS_SHARE) -> Telling:
        """Return the terms of a single period that has this share of the budget."""
        each = share / periods_in_year(self.length.days)
        rho, delta = self.noise_budget.rho, self.budget.delta / 2
        return Telling(self.minimum_group, rho * each, delta * each, self.clip)

    @property
    def noise_budget(self) -> Budget:
        """What a year's noise may cost: half of delta is kept for small groups."""
        return Budget(self.budget.epsilon, self.budget.delta / 2)


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """A period's baskets by person, each a set of items; `changes` is how many changes are in it.

    A basket that nobody's card was shown for is a person of its own. `catalogue` gives the
    category of each item that has one.
    """

    period: date
    persons: tuple[Person, ...]
    changes: int
    length: timedelta = WEEK
    catalogue: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PeriodSums:
    """What may be told of a period, and on what terms."""

    period: date
    sums: BasketSums
    telling: Telling
    changes: int
    length: timedelta = WEEK


def period_of(day: date, length: timedelta = WEEK) -> date:
    """Return the first day, a Monday, of the period of `length` whole weeks that holds `day`."""
    weeks = max(1, length // WEEK)
    passed = (day.toordinal() - 1) // 7  # 0001-01-01 was a Monday
    return date.fromordinal(passed // weeks * weeks * 7 + 1)


def closed_periods(days: Iterable[date], today: date, length: timedelta = WEEK) -> tuple[date, ...]:
    """Return the periods of `days` that are over by `today`, the oldest first."""
    periods = {period_of(day, length) for day in days}
    return tuple(sorted(period for period in periods if period + length <= today))


def count(facts: PeriodFacts, rule: BasketRule) -> PeriodSums:
    """Return what may be told of a period; the same receipts always give the same."""
    categories, telling = categories_of(facts.catalogue), rule.telling()
    counted = count_persons(facts.persons, categories, rule.clip)
    chance = noise_source(rule.secret, facts.period, counted.parts())
    sums = tell(counted, categories, telling, chance)
    return PeriodSums(facts.period, sums, telling, facts.changes, facts.length)


def basket_events(counted: PeriodSums) -> tuple[BasketsCounted, ...]:
    """Return what the centre is told of a period, in parts of bounded size."""
    parts, telling = parts_of(counted.sums, most=4 * MAX_ROWS), counted.telling
    return tuple(
        BasketsCounted(
            period=counted.period,
            days=counted.length.days,
            revision=1,
            part=number,
            parts=len(parts),
            baskets=part.persons,
            minimum_group=telling.minimum_group,
            suppressed=0,
            items=tuple(part.items.items()),
            pairs=tuple((*pair, n) for pair, n in part.pairs.items()),
            steps=STEPS,
            noise=telling.noise,
            clip=telling.clip,
            epsilon=epsilon_of(telling.rho, telling.delta),
            delta=2 * telling.delta,
            categories=part.categories,
            kinds=part.kinds,
        )
        for number, part in enumerate(parts, 1)
    )
