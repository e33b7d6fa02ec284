"""A shop to decide in: days that sell alike, and a store on a Monday noon."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from edge_agent.core.facing import Opening
from edge_agent.core.hours import open_hours
from edge_agent.core.stock.facts import Moment
from edge_agent.core.stock.scenarios import DemandDay, even_ranks
from tests.fakes.clock import NOON

TODAY = NOON.date()
DAY = timedelta(days=1)
MILK = "04006381333931"
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
OPENING = Opening(time(8), time(20), UTC)
EVENLY = tuple(open_hours(OPENING).tolist())
RANKS = even_ranks(np.random.default_rng(1), 28)


def after(days: int) -> date:
    """Return the day so many days after today."""
    return TODAY + days * DAY


def selling(mean: float, days: int = 14, *, first: date = TODAY) -> tuple[DemandDay, ...]:
    """Return days that sell half to one and a half of `mean`."""
    spread = (0.5, 0.75, 1.0, 1.25, 1.5)
    return tuple(
        DemandDay(first + n * DAY, mean, LEVELS, tuple(mean * one for one in spread))
        for n in range(days)
    )


def surely(mean: float, days: int = 14) -> tuple[DemandDay, ...]:
    """Return days that sell `mean`, whatever happens."""
    return tuple(
        DemandDay(TODAY + n * DAY, mean, LEVELS, (mean,) * len(LEVELS)) for n in range(days)
    )


def moment(at: datetime = NOON, closed: Iterable[date] = ()) -> Moment:
    """Return a moment in a shop that sells evenly from 8 to 20 o'clock, in UTC."""
    return Moment(at, UTC, frozenset(closed), EVENLY, RANKS)
