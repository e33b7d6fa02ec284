"""What a gap has probably cost: the sales expected of its item while it stood empty in sight.

A hint, not a measurement: shoppers take another item, or come back. What happens while a facing is
out of sight is not known, and not counted. Makes no forecast.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from edge_agent.core.facing import Opening
from edge_agent.core.hours import Floats, day_clock
from edge_agent.core.sales import open_span

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, eq=False)
class ExpectedDay:
    """What an item should sell on a day: units, and the share of each local hour, [24]."""

    expected: float
    profile: Floats


def lost_units(
    gone: Iterable[Span],
    days: Mapping[date, ExpectedDay],
    facings: int,
    opening: Opening,
) -> float | None:
    """Return how many units one empty facing has probably cost, None without any forecast.

    Only opening time costs. Each of the item's `facings` has an equal part of its sales, so that
    the gaps of an item add up to what its absence costs.
    """
    if not days:
        return None
    spans = tuple(gone)
    lost = 0.0
    for day, one in days.items():
        clock = day_clock(open_span(day, opening), opening.zone)
        share = sum(clock.share(one.profile, *span) for span in spans)
        lost += max(one.expected, 0.0) * share
    return lost / max(facings, 1)
