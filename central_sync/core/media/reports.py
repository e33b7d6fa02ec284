"""What a campaign brought: plays, spend, taps, buys, and how many of the buys it caused.

The units that are held out would have been shown it and were not: how much less often they buy is
what the plays are worth. Counting is the ledger's.
"""

from dataclasses import dataclass
from typing import Literal

from central_sync.core.media.intervals import Interval, difference, share

By = Literal["campaign", "store", "day", "slot"]
"""What a report has a line for."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Plays with what came of them; `spend` and `revenue` in micros.

    `tapped` and `bought` count plays, each once; `revenue` is what the purchases came to.
    """

    plays: int = 0
    spend: int = 0
    tapped: int = 0
    bought: int = 0
    revenue: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Return both together."""
        return Tally(
            self.plays + other.plays,
            self.spend + other.spend,
            self.tapped + other.tapped,
            self.bought + other.bought,
            self.revenue + other.revenue,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a report, with intervals of 95 %; an interval is None where nothing was counted.

    `lift` is by how much plays raise the share that buys, against the places held out; `caused` is
    that times the plays: purchases that would not have been.
    """

    key: str
    shown: Tally
    held_out: Tally
    tap_rate: Interval | None
    buy_rate: Interval | None
    held_out_buy_rate: Interval | None
    lift: Interval | None
    caused: Interval | None


def line(key: str, shown: Tally, held_out: Tally) -> Line:
    """Return a line of a report."""
    bought = share(shown.bought, shown.plays)
    without = share(held_out.bought, held_out.plays)
    lift = difference(bought, without)
    return Line(
        key=key,
        shown=shown,
        held_out=held_out,
        tap_rate=share(shown.tapped, shown.plays),
        buy_rate=bought,
        held_out_buy_rate=without,
        lift=lift,
        caused=_times(lift, shown.plays),
    )


def _times(one: Interval | None, factor: int) -> Interval | None:
    if one is None:
        return None
    return Interval(one.value * factor, one.low * factor, one.high * factor)
