"""What a store was told of its days, as trainings look back on it: the last word counts.

The same that the store itself remembers of the centre's word. A new word replaces all that was said
of today and later; a day that is over keeps what was said of it, and learns what is said
afterwards. Keeps nothing; local events are no mark of a day, here as in the store.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from endcap.wire.commands import Feed

WEATHER_LASTS = timedelta(days=3)
"""Weather told so long before its day, and not again, is none: a store lets go of it too."""

_MARKS = {"holiday": "holiday", "school": "special", "special": "special", "closed": "closed"}


@dataclass(frozen=True, slots=True)
class KnownDay:
    """What is known of a store's day: degrees Celsius, millimetres, and how it is marked."""

    temperature: float | None = None
    rain: float | None = None
    holiday: bool = False
    special: bool = False
    closed: bool = False


def known_days(before: Mapping[date, KnownDay], feed: Feed, today: date) -> dict[date, KnownDay]:
    """Return what is known, by day, once a store that knew `before` is told `feed` on `today`."""
    days = {day: one for day, one in before.items() if day < today}
    for weather in feed.weather:
        if weather.day - today < WEATHER_LASTS:
            known = days.get(weather.day, KnownDay())
            days[weather.day] = replace(known, temperature=weather.temperature, rain=weather.rain)
    for one in feed.calendar:
        known = days.get(one.day, KnownDay())
        days[one.day] = replace(known, **{_MARKS[one.kind]: True})
    return dict(sorted(days.items()))
