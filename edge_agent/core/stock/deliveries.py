"""Which deliveries are still to come, of all that the store ordered or was announced.

An order of ours and the supplier's word of it are one delivery. What is overdue for more than a
day is not counted on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from edge_agent.core.stock.lots import Lot
from edge_agent.core.stock.supply import Supply

OWN = "order:"
"""What the deliveries begin with that this store ordered itself: they are named as proposals."""

_NEAR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Units of an item that are due, or came at `received_at`."""

    delivery: str
    gtin: str
    due: date
    units: float
    received_at: datetime | None = None
    expires: date | None = None

    @property
    def own(self) -> bool:
        """Tell whether it is an order of ours, as we made it."""
        return self.delivery.startswith(OWN)


def to_come(deliveries: Iterable[Delivery], supply: Supply | None, today: date) -> tuple[Lot, ...]:
    """Return what is on its way of one item.

    An order of ours is dropped where somebody else tells of a delivery of the item within a day
    of its due day, whether that has come or not.
    """
    known = tuple(deliveries)
    told = [one.due for one in known if not one.own]
    found: list[Lot] = []
    for one in known:
        echoed = one.own and any(abs(due - one.due) <= _NEAR for due in told)
        if one.received_at is None and not echoed and today - one.due <= _NEAR:
            day = max(one.due, today)
            last = one.expires or (supply.last_day(day) if supply else None)
            found.append(Lot(one.units, last, day))
    return tuple(found)


def came(deliveries: Iterable[Delivery], supply: Supply | None, since: datetime) -> tuple[Lot, ...]:
    """Return what came of one item after `since`."""
    return tuple(
        Lot(one.units, one.expires or (supply.last_day(one.due) if supply else None))
        for one in deliveries
        if one.received_at is not None and one.received_at > since
    )
