"""When an order of now would come, and until which delivery it must last.

Decides days; how much to order is orders'.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

EVERY_DAY = frozenset(range(7))
LOOK_AHEAD = 60
"""Days ahead in which a delivery is looked for; a lorry that comes later comes never."""


@dataclass(frozen=True, slots=True)
class Supply:
    """How an item is bought in.

    Attributes:
        gtin: the item.
        case_pack: units in a case, above 0; whole cases are ordered.
        lead_days: days from an order to the earliest delivery of it.
        shelf_life_days: days on which a delivered unit may be sold, the delivery's own included.
        unit_cost: what a unit costs the store.
        minimum_units: the least that is delivered at all.
        delivery_days: weekdays on which the lorry comes, 0 (Monday) to 6.
        order_by: until when an order counts as today's, in the store's local time.
    """

    gtin: str
    case_pack: float = 1.0
    lead_days: int = 1
    shelf_life_days: int | None = None
    unit_cost: float | None = None
    minimum_units: float = 0.0
    delivery_days: frozenset[int] = EVERY_DAY
    order_by: time = time(23, 59)

    def last_day(self, delivered: date) -> date | None:
        """Return the last day on which a unit delivered then may be sold; None when it keeps."""
        if self.shelf_life_days is None:
            return None
        return delivered + timedelta(days=max(self.shelf_life_days, 1) - 1)


@dataclass(frozen=True, slots=True)
class Coverage:
    """An order of `ordered` comes on `arrives`, before the shop opens; the next one on `until`."""

    ordered: date
    arrives: date
    until: date


def coverage(supply: Supply, now: datetime, closed: Collection[date]) -> Coverage | None:
    """Return what an order would cover, or None when no lorry comes within LOOK_AHEAD days.

    Args:
        supply: how the item is bought in.
        now: the store's local time; past `order_by`, the order is tomorrow's.
        closed: days on which the store takes nothing in.
    """
    late = now.timetz().replace(tzinfo=None) > supply.order_by
    ordered = now.date() + timedelta(days=int(late))
    coming = _deliveries(supply, ordered + timedelta(days=supply.lead_days), closed)
    arrives, until = next(coming, None), next(coming, None)
    if arrives is None or until is None:
        return None
    return Coverage(ordered, arrives, until)


def _deliveries(supply: Supply, first: date, closed: Collection[date]) -> Iterator[date]:
    """Yield the days on which the lorry comes and somebody is in, from `first` on."""
    for ahead in range(LOOK_AHEAD):
        day = first + timedelta(days=ahead)
        if day.weekday() in supply.delivery_days and day not in closed:
            yield day
