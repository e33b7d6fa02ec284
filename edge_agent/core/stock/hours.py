"""What is still to come of a day's sales, and what its next hour is worth.

A profile is 24 shares of a day, by local hour, that add up to 1: core/hours'.
"""

from datetime import datetime

Profile = tuple[float, ...]
_HOURS = 24


def still_to_come(profile: Profile, now: datetime) -> float:
    """Return the share of the day's sales that comes after `now`, local time."""
    passed = (now.minute * 60 + now.second) / 3600
    return min(1.0, sum(profile[now.hour + 1 :]) + (1.0 - passed) * profile[now.hour])


def in_the_next_hour(profile: Profile, now: datetime) -> float:
    """Return the share of the day's sales that comes in the hour after `now`, local time."""
    passed = (now.minute * 60 + now.second) / 3600
    after = profile[now.hour + 1] if now.hour + 1 < _HOURS else 0.0
    return (1.0 - passed) * profile[now.hour] + passed * after
