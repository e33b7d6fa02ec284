"""How a shop buys its items in, and what of them comes and goes off: a value a row.

supply      gtin[,case_pack][,lead_days][,shelf_life_days][,unit_cost][,minimum_units]
            [,delivery_days][,order_by]
deliveries  delivery,gtin,due,units[,received_at][,expires]
batches     gtin,expires,units[,counted_at]

What is ordered of them is core/stock's to decide.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime

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
    text,
    whole,
    yes,
)
from edge_agent.core.feed.item_codes import PLAIN, ItemCodes
from edge_agent.core.feed.rows import Fields, RowError, Shape

EVERY_DAY = "0123456"
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PACK = Span(0.001, 100_000)
_UNITS = Span(0, 1_000_000)
_COST = Span(0, 1_000_000)
_LEAD = Span(0, 365)
_LIFE = Span(1, 3650)
_ORDER_BY = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Supply:
    """How an item is bought in; `listed` is False when it is no more.

    Units are those of its sales. `delivery_days` are weekdays, 0 (Monday) to 6; an order that is
    in by `order_by`, local time, comes on the first of them that is `lead_days` or more away.
    """

    gtin: str
    case_pack: float = 1.0
    lead_days: int = 1
    shelf_life_days: int | None = None
    unit_cost: float | None = None
    minimum_units: float = 0.0
    delivery_days: str = EVERY_DAY
    order_by: str = "23:59"
    listed: bool = True


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """So much of one item is due on a day, or has come; `void` is one that will never."""

    delivery: str
    gtin: str
    due: date
    units: float
    received_at: datetime | None = None
    expires: date | None = None
    void: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """How much of an item someone counted that expires on a day."""

    gtin: str
    expires: date
    units: float
    counted_at: datetime


def supply_shape(codes: ItemCodes = PLAIN) -> Shape[Supply]:
    """Return how a row becomes an item's supply; an empty cell is the usual."""

    def make(fields: Fields) -> Supply:
        pack = optional_number(fields, "case_pack", _PACK)
        return Supply(
            gtin=gtin(fields, codes=codes),
            case_pack=1.0 if pack is None else pack,
            lead_days=_optional_whole(fields, "lead_days", _LEAD, 1) or 0,
            shelf_life_days=_optional_whole(fields, "shelf_life_days", _LIFE, None),
            unit_cost=optional_number(fields, "unit_cost", _COST),
            minimum_units=optional_number(fields, "minimum_units", _UNITS) or 0.0,
            delivery_days=_weekdays(fields, "delivery_days"),
            order_by=_order_by(fields, "order_by"),
            listed=not yes(fields, "void"),
        )

    return Shape(("gtin",), make, key=lambda one: one.gtin)


def deliveries_shape(times: Times, codes: ItemCodes = PLAIN) -> Shape[DeliveryLine]:
    """Return how a row becomes a line of a delivery."""

    def make(fields: Fields) -> DeliveryLine:
        return DeliveryLine(
            delivery=present(fields, "delivery", 80),
            gtin=gtin(fields, codes=codes),
            due=day(fields, "due", times),
            units=number(fields, "units", _UNITS),
            received_at=moment(fields, "received_at", times)
            if filled(fields, "received_at")
            else None,
            expires=day(fields, "expires", times) if filled(fields, "expires") else None,
            void=yes(fields, "void"),
        )

    columns = ("delivery", "gtin", "due", "units")
    return Shape(columns, make, key=lambda one: f"{one.delivery}/{one.gtin}")


def batches_shape(times: Times, at: datetime, codes: ItemCodes = PLAIN) -> Shape[Batch]:
    """Return how a row becomes a counted batch; one that does not say when was counted `at`."""

    def make(fields: Fields) -> Batch:
        when = moment(fields, "counted_at", times) if filled(fields, "counted_at") else at
        return Batch(
            gtin=gtin(fields, codes=codes),
            expires=day(fields, "expires", times),
            units=number(fields, "units", _UNITS),
            counted_at=when,
        )

    return Shape(("gtin", "expires", "units"), make, key=lambda one: f"{one.gtin}/{one.expires}")


def added_to_stock(
    before: DeliveryLine | None, now: DeliveryLine | None, counted_at: datetime
) -> float:
    """Return what a line of a delivery adds to the stock that was counted at `counted_at`.

    `before` is what was known of the line: a delivery adds once, and one that is corrected adds
    the difference. What came before the count is in the count.
    """
    return _came_after(now, counted_at) - _came_after(before, counted_at)


def _came_after(line: DeliveryLine | None, counted_at: datetime) -> float:
    if line is None or line.void or line.received_at is None or line.received_at <= counted_at:
        return 0.0
    return line.units


def _optional_whole(fields: Fields, name: str, span: Span, otherwise: int | None) -> int | None:
    """Return a whole number, or `otherwise` for an empty field."""
    return whole(fields, name, span) if filled(fields, name) else otherwise


def _weekdays(fields: Fields, name: str) -> str:
    """Return weekdays as sorted digits; 135 and `tue thu sat` are the same."""
    said = text(fields, name, 80).lower()
    if not said:
        return EVERY_DAY
    digits = re.sub(r"[\s,;/+]", "", said)
    if re.fullmatch("[0-6]+", digits):
        return "".join(sorted(set(digits)))
    words = [word[:3] for word in re.split(r"[\s,;/+]+", said) if word]
    if words and set(words) <= set(_WEEKDAYS):
        return "".join(sorted({str(_WEEKDAYS.index(word)) for word in words}))
    raise RowError(f"{name}: weekdays such as 024 (0 is Monday) or mon wed fri are allowed")


def _order_by(fields: Fields, name: str) -> str:
    """Return a time of the day as HH:MM."""
    said = text(fields, name, 20)
    if not said:
        return "23:59"
    found = _ORDER_BY.fullmatch(said)
    if not found:
        raise RowError(f"{name}: a time such as 14:30 is allowed, not {said!r}")
    return f"{int(found[1]):02}:{found[2]}"
