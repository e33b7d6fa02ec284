"""How many places are still to come: the rhythm of a week, and how far off it is of late.

Hours are those of the store's own clock, 168 a week from Monday 0:00; an hour that a change of
clocks skips or repeats counts once.
"""

from datetime import datetime, timedelta

import numpy as np

from endcap.models.media.auction import Floats

WEEK = 168
_HOUR = timedelta(hours=1)
_PRIOR_WEEKS = 0.5


def hour_of_week(at: datetime) -> int:
    """Return the hour of its week that a moment of the store's clock lies in, 0 to 167."""
    return at.weekday() * 24 + at.hour


def rhythm(counts: Floats, weeks: float) -> Floats:
    """Return the places expected in each hour of a week, from those counted over `weeks`.

    Few weeks lean on the mean of all hours, by half a week's worth; without any, one an hour.
    """
    mean = counts.sum() / (WEEK * weeks) if weeks > 0 and counts.sum() > 0 else 1.0
    return (counts + _PRIOR_WEEKS * mean) / (weeks + _PRIOR_WEEKS)


def expected(week: Floats, since: datetime, until: datetime) -> float:
    """Return the places that `week` expects between two moments of the store's clock."""
    if until <= since:
        return 0.0
    whole, left = divmod(until - since, 7 * 24 * _HOUR)
    start = hour_of_week(since)
    offset = (since - since.replace(minute=0, second=0, microsecond=0)) / _HOUR
    ends = offset + left / _HOUR
    hours = np.arange(int(np.ceil(ends)))
    share = np.minimum(hours + 1.0, ends) - np.maximum(hours, offset)
    return float(whole * week.sum() + (week[(start + hours) % WEEK] * share).sum())


def pace(seen: float, foreseen: float, trust: float = 20.0) -> float:
    """Return by what the rhythm is to be multiplied, from what came and what was expected of late.

    `trust` is how many places' worth of belief the rhythm has, so that a quiet hour does not halve
    the day.
    """
    return (seen + trust) / (foreseen + trust)
