"""What is said of days and prices, by whom, and who is believed where two say something else.

People of the store are believed before its files, those before the centre, and the centre before a
provider elsewhere. Each source keeps its own word, so that when one takes a word back the next
one's counts. Keeping them is the adapter's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from endcap.wire.commands import (
    CalendarDay,
    Feed,
    LocalEvent,
    PriceChange,
    Promotion,
    Weather,
)

WEATHER_LASTS = timedelta(days=3)
"""A weather forecast that was not told again for so long is worth nothing for the days to come."""


class Source(Enum):
    """Who says something; those before are believed first."""

    STORE = "store"  # its people, at the kiosk or the command line
    FILE = "file"  # rows of a file in the feed folder
    DOCUMENT = "document"  # a JSON feed in that folder
    CENTRE = "centre"
    PROVIDER = "provider"  # what the store asks over HTTP

    @property
    def rank(self) -> int:
        """Return its place; the lowest is believed first."""
        return tuple(Source).index(self)


class Subject(Enum):
    """What something is said of; the name of its table."""

    PRICES = "prices"
    PROMOTIONS = "promotions"
    WEATHER = "weather"
    LOCAL_EVENTS = "local_events"
    CALENDAR = "calendar_days"


@dataclass(frozen=True, slots=True)
class Saying:
    """What is said under `key`: the values that follow, or None to take it back.

    `until` is when it is over, as text that sorts: a day, or for a price the moment from which it
    counts, for it stays as history then.
    """

    subject: Subject
    key: tuple[str, ...]
    values: tuple[str | float | None, ...] | None
    until: str


def sayings(feed: Feed) -> Iterator[Saying]:
    """Yield all that a feed says; of two with the same key the later counts."""
    for price in feed.prices:
        yield price_saying(price)
    for promotion in feed.promotions:
        yield promotion_saying(promotion)
    for weather in feed.weather:
        yield weather_saying(weather)
    for event in feed.local_events:
        yield event_saying(event)
    for one in feed.calendar:
        yield calendar_saying(one)


def price_saying(price: PriceChange) -> Saying:
    """Return what is said of a price."""
    since = price.since.isoformat()
    return Saying(Subject.PRICES, (price.gtin, since), (price.price,), since)


def promotion_saying(one: Promotion) -> Saying:
    """Return what is said of a promotion."""
    first, last = one.first.isoformat(), one.last.isoformat()
    return Saying(Subject.PROMOTIONS, (one.gtin, first), (last, one.discount), last)


def weather_saying(one: Weather) -> Saying:
    """Return what is said of a day's weather."""
    day = one.day.isoformat()
    return Saying(Subject.WEATHER, (day,), (one.temperature, one.rain), day)


def event_saying(event: LocalEvent) -> Saying:
    """Return what is said of an event."""
    day = event.day.isoformat()
    return Saying(Subject.LOCAL_EVENTS, (day, event.name), (event.effect,), day)


def calendar_saying(one: CalendarDay) -> Saying:
    """Return what is said of a day of the calendar."""
    day = one.day.isoformat()
    return Saying(Subject.CALENDAR, (day, one.kind), (one.name,), day)


def still_ahead(subject: Subject, at: datetime, today: date) -> str:
    """Return from which `until` on a saying is about what is to come."""
    return at.isoformat() if subject is Subject.PRICES else today.isoformat()


def one_name(name: str) -> str:
    """Return an event's name as it is kept: events of one name are one kind.

    >>> one_name("  Football   match ")
    'Football match'
    """
    return " ".join(name.split())
