"""What lies there for too long: more units than sell within the item's life, or a set time.

Warns of stock, not of a batch: what expires on a day is markdowns'. The rate of the days that are
forecast is taken to go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from edge_agent.core.stock.scenarios import DemandDay


@dataclass(frozen=True, slots=True)
class Overstock:
    """`units` more than sell within `limit` days; all of it would last `cover` days.

    `cover` is None where nothing is expected to sell.
    """

    units: float
    cover: float | None
    limit: int
    daily: float


def overstock(
    units: float, days: Sequence[DemandDay], limit: int, least: float
) -> Overstock | None:
    """Return by how much `units` exceed what `limit` days sell, None when by less than `least`.

    Args:
        units: what is there and on its way.
        days: what sells from today on.
        limit: days that stock may last: the item's shelf life, or a threshold.
        least: units that are worth a word.
    """
    if not days:
        return None
    span = (days[-1].day - days[0].day).days + 1
    daily = sum(one.expected for one in days) / span
    surplus = units - daily * limit
    if surplus < max(least, 1.0):
        return None
    return Overstock(surplus, units / daily if daily > 0 else None, limit, daily)
