"""Which sums over baskets the centre is told, period by period. A basket itself never leaves.

A period is an ISO week, told once it is over. The sums themselves are endcap.models.shopper's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from edge_agent.core.sales import digest_of
from endcap.models.shopper.sums import BasketSums, basket_sums, parts_of
from endcap.wire.events import MAX_ROWS, BasketsCounted

PERIOD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """A period's baskets, each a set of items; `changes` is how many changes are in it."""

    period: date
    baskets: tuple[tuple[str, ...], ...]
    changes: int


@dataclass(frozen=True, slots=True)
class PeriodSums:
    """What may be told of a period."""

    period: date
    sums: BasketSums
    changes: int

    @property
    def digest(self) -> str:
        """Return a digest of the sums: equal sums, equal digests."""
        sums = self.sums
        whole = (sums.baskets, sums.minimum_group, sums.suppressed)
        return digest_of((whole, sorted(sums.items.items()), sorted(sums.pairs.items())))


def period_of(day: date) -> date:
    """Return the first day of the period that holds `day`: its Monday."""
    return day - timedelta(days=day.weekday())


def closed_periods(days: Iterable[date], today: date) -> tuple[date, ...]:
    """Return the periods of `days` that are over by `today`, the oldest first."""
    periods = {period_of(day) for day in days}
    return tuple(sorted(period for period in periods if period + PERIOD <= today))


def count(facts: PeriodFacts, minimum_group: int) -> PeriodSums:
    """Return the sums over a period's baskets that stand for at least `minimum_group` of them."""
    sums = basket_sums(facts.baskets, minimum_group=minimum_group)
    return PeriodSums(facts.period, sums, facts.changes)


def basket_events(counted: PeriodSums, revision: int) -> tuple[BasketsCounted, ...]:
    """Return what the centre is told of a period, in parts of bounded size."""
    parts = parts_of(counted.sums, most=4 * MAX_ROWS)
    return tuple(
        BasketsCounted(
            period=counted.period,
            days=PERIOD.days,
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
