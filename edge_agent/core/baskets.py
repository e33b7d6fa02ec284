"""Which sums over baskets the centre is told, period by period. A basket itself never leaves.

A period is a number of whole weeks, told once it is over: one in a busy store, a season where few
baskets hold the same items. The sums themselves are endcap.models.shopper's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from edge_agent.core.sales import digest_of
from endcap.models.shopper.sums import BasketSums, basket_sums, parts_of
from endcap.wire.events import MAX_ROWS, BasketsCounted

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class BasketRule:
    """What may be told: counts of at least `minimum_group` baskets, over whole weeks."""

    minimum_group: int
    length: timedelta = WEEK


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """A period's baskets, each a set of items; `changes` is how many changes are in it."""

    period: date
    baskets: tuple[tuple[str, ...], ...]
    changes: int
    length: timedelta = WEEK


@dataclass(frozen=True, slots=True)
class PeriodSums:
    """What may be told of a period."""

    period: date
    sums: BasketSums
    changes: int
    length: timedelta = WEEK

    @property
    def digest(self) -> str:
        """Return a digest of the sums: equal sums, equal digests."""
        sums = self.sums
        whole = (sums.baskets, sums.minimum_group, sums.suppressed)
        return digest_of((whole, sorted(sums.items.items()), sorted(sums.pairs.items())))


def period_of(day: date, length: timedelta = WEEK) -> date:
    """Return the first day, a Monday, of the period of `length` whole weeks that holds `day`."""
    weeks = max(1, length // WEEK)
    passed = (day.toordinal() - 1) // 7  # 0001-01-01 was a Monday
    return date.fromordinal(passed // weeks * weeks * 7 + 1)


def closed_periods(days: Iterable[date], today: date, length: timedelta = WEEK) -> tuple[date, ...]:
    """Return the periods of `days` that are over by `today`, the oldest first."""
    periods = {period_of(day, length) for day in days}
    return tuple(sorted(period for period in periods if period + length <= today))


def count(facts: PeriodFacts, minimum_group: int) -> PeriodSums:
    """Return the sums over a period's baskets that stand for at least `minimum_group` of them."""
    sums = basket_sums(facts.baskets, minimum_group=minimum_group)
    return PeriodSums(facts.period, sums, facts.changes, facts.length)


def basket_events(counted: PeriodSums, revision: int) -> tuple[BasketsCounted, ...]:
    """Return what the centre is told of a period, in parts of bounded size."""
    parts = parts_of(counted.sums, most=4 * MAX_ROWS)
    return tuple(
        BasketsCounted(
            period=counted.period,
            days=counted.length.days,
            revision=revision,
            part=number,
            parts=len(parts),
            baskets=part.baskets,
            minimum_group=part.minimum_group,
            suppressed=part.suppressed,
            items=tuple(part.items.items()),
            pairs=tuple((*pair, n) for pair, n in part.pairs.items()),
        )
        for number, part in enumerate(parts, 1)
    )
