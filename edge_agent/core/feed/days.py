"""What a shop says of days and prices in files, a saying a row.

prices      gtin,price,since                          (the store's currency; a moment or a day)
promotions  gtin,first,last[,discount]                (days, both inside; 0.2 or 20 %)
calendar    day,kind[,name]                           (holiday, school, special or closed)
weather     day,temperature[,rain]                    (mean in degrees Celsius, millimetres)
events      day,name[,effect]                         (0.3 or 30 %: a third more than usual)

A row whose `void` is 1 takes back what the same key said in an earlier file.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from edge_agent.core.feed.fields import (
    Span,
    Times,
    day,
    filled,
    gtin,
    moment,
    number,
    optional_number,
    present,
    share,
    text,
    yes,
)
from edge_agent.core.feed.item_codes import PLAIN, ItemCodes
from edge_agent.core.feed.rows import Fields, RowError, Shape
from edge_agent.core.feed.sayings import (
    Saying,
    calendar_saying,
    event_saying,
    one_name,
    price_saying,
    promotion_saying,
    weather_saying,
)
from endcap.wire.commands import CalendarDay, LocalEvent, PriceChange, Promotion, Weather

_PRICE = Span(0, 1_000_000)
_SHARE = Span(0, 1)
_CELSIUS = Span(-90, 60)
_MILLIMETRES = Span(0, 2_000)
EFFECT = Span(-1, 10)
_NAME = 120
_KINDS = ("holiday", "school", "special", "closed")


def prices_shape(times: Times, codes: ItemCodes = PLAIN) -> Shape[Saying]:
    """Return how a row becomes a price from a moment on."""

    def make(fields: Fields) -> Saying:
        price = 0.0 if yes(fields, "void") else number(fields, "price", _PRICE)
        since = moment(fields, "since", times)
        item = gtin(fields, codes=codes)
        return price_saying(PriceChange(gtin=item, price=price, since=since))

    return _shape(("gtin", "price", "since"), make)


def promotions_shape(times: Times, codes: ItemCodes = PLAIN) -> Shape[Saying]:
    """Return how a row becomes a promotion of an item."""

    def make(fields: Fields) -> Saying:
        first = day(fields, "first", times)
        last = first if yes(fields, "void") else day(fields, "last", times)
        if last < first:
            raise RowError(f"last: {last} is before first, {first}; both days are inside")
        discount = share(fields, "discount", _SHARE) if filled(fields, "discount") else 0.0
        item = gtin(fields, codes=codes)
        return promotion_saying(Promotion(gtin=item, first=first, last=last, discount=discount))

    return _shape(("gtin", "first", "last"), make)


def calendar_shape(times: Times) -> Shape[Saying]:
    """Return how a row becomes a day of the calendar."""

    def make(fields: Fields) -> Saying:
        kind = present(fields, "kind", 20).lower()
        if kind not in _KINDS:
            raise RowError(f"kind: {', '.join(_KINDS)} are allowed, not {kind!r}")
        name, its = text(fields, "name", _NAME), day(fields, "day", times)
        return calendar_saying(CalendarDay.model_validate({"day": its, "kind": kind, "name": name}))

    return _shape(("day", "kind"), make)


def weather_shape(times: Times) -> Shape[Saying]:
    """Return how a row becomes the weather of a day."""

    def make(fields: Fields) -> Saying:
        void = yes(fields, "void")
        temperature = 0.0 if void else number(fields, "temperature", _CELSIUS)
        rain = optional_number(fields, "rain", _MILLIMETRES) or 0.0
        its = day(fields, "day", times)
        return weather_saying(Weather(day=its, temperature=temperature, rain=rain))

    return _shape(("day", "temperature"), make)


def events_shape(times: Times) -> Shape[Saying]:
    """Return how a row becomes a local event."""
    return _shape(("day", "name"), lambda fields: event_saying(local_event(fields, times)))


def local_event(fields: Fields, times: Times) -> LocalEvent:
    """Return the event that a row tells of."""
    name, its = one_name(present(fields, "name", _NAME)), day(fields, "day", times)
    effect = share(fields, "effect", EFFECT) if filled(fields, "effect") else None
    return LocalEvent(day=its, name=name, effect=effect)


def _shape(required: tuple[str, ...], make: Callable[[Fields], Saying]) -> Shape[Saying]:
    """Return the shape of rows that may also take back what was said."""
    return Shape(required, partial(_or_taken_back, make), key=lambda one: " ".join(one.key))


def _or_taken_back(make: Callable[[Fields], Saying], fields: Fields) -> Saying:
    said = make(fields)
    return replace(said, values=None) if yes(fields, "void") else said
