"""How a day's sales spread over its hours: what is still to come today, and what an hour is worth.

A profile is 24 shares of a day, by local hour, that add up to 1.
"""

from datetime import datetime

from edge_agent.core.facing import Opening

Profile = tuple[float, ...]
_HOURS = 24


def flat_profile(opening: Opening) -> Profile:
    """Return the profile of a shop that sells evenly while it is open."""
    begin = opening.opens.hour + opening.opens.minute / 60
    end = opening.closes.hour + opening.closes.minute / 60
    if end <= begin:
        end += _HOURS
    open_in = [0.0] * _HOURS
    for hour in range(2 * _HOURS):
        overlap = min(end, hour + 1) - max(begin, hour)
        open_in[hour % _HOURS] += max(overlap, 0.0)
    return tuple(part / (end - begin) for part in open_in)


def still_to_come(profile: Profile, now: datetime) -> float:
    """Return the share of the day's sales that comes after `now`, local time."""
    passed = (now.minute * 60 + now.second) / 3600
    return min(1.0, sum(profile[now.hour + 1 :]) + (1.0 - passed) * profile[now.hour])


def in_the_next_hour(profile: Profile, now: datetime) -> float:
    """Return the share of the day's sales that comes in the hour after `now`, local time."""
    passed = (now.minute * 60 + now.second) / 3600
    after = profile[now.hour + 1] if now.hour + 1 < _HOURS else 0.0
    return (1.0 - passed) * profile[now.hour] + passed * after
