"""A line of a sale, as the point of sale hands it over.

    transaction_id,line,gtin,units,amount,sold_at[,shopper][,promotion][,correction][,void]

`units` and `amount` are of the line as a whole; a return has both below zero. A line is known by
its transaction and its number: whoever reads it twice has it once. A row that says so corrects what
was told of its line, or voids it. Sums are not made here.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from edge_agent.core.feed.fields import (
    Span,
    Times,
    clock_note,
    moment,
    number,
    optional_number,
    present,
    scanned,
    text,
    whole,
    yes,
)
from edge_agent.core.feed.item_codes import PLAIN, ItemCodes, Scanned
from edge_agent.core.feed.rows import CARD, Fields, RowError, Shape

COLUMNS = ("transaction_id", "line", "gtin", "units", "amount", "sold_at")
FIRST_SALE = datetime(2000, 1, 1, tzinfo=UTC)

_LINE = Span(0, 1_000_000)
_UNITS = Span(-100_000, 100_000)
_AMOUNT = Span(-10_000_000, 10_000_000)


@dataclass(frozen=True, slots=True)
class SaleLine:
    """So much of one item, for so much money, at a moment; `day` is the store's own.

    `shopper` is what the till knew of a loyalty card, None without one. `correction` lets it take
    the place of what was told of its line before.
    """

    transaction_id: str
    line: int
    gtin: str
    units: float
    amount: float
    sold_at: datetime
    day: date
    shopper: str | None
    promotion: bool
    correction: bool = False


@dataclass(frozen=True, slots=True)
class VoidLine:
    """A line that was told before and is to count no more."""

    transaction_id: str
    line: int


def sales_shape(times: Times, codes: ItemCodes = PLAIN) -> Shape[SaleLine | VoidLine]:
    """Return how a row becomes a line of a sale; of one that voids, only its place is read."""

    def make(fields: Fields) -> SaleLine | VoidLine:
        transaction, line = present(fields, "transaction_id", 80), whole(fields, "line", _LINE)
        if yes(fields, "void"):
            return VoidLine(transaction, line)
        item = scanned(fields, codes)
        units, amount = _figures(fields, item)
        sold_at = moment(fields, "sold_at", times)
        return SaleLine(
            transaction_id=transaction,
            line=line,
            gtin=item.gtin,
            units=units,
            amount=amount,
            sold_at=sold_at,
            day=sold_at.astimezone(times.zone).date(),
            shopper=_shopper(fields),
            promotion=yes(fields, "promotion"),
            correction=yes(fields, "correction"),
        )

    def note(fields: Fields) -> str:
        return "" if yes(fields, "void") else clock_note(fields, "sold_at", times)

    return Shape(COLUMNS, make, note=note, personal=True)


def _figures(fields: Fields, item: Scanned) -> tuple[float, float]:
    """Return the units and the amount of a line.

    A weight in the code makes pieces into kilograms; a price in it is that of a piece, and is used
    where the row has no amount of its own.
    """
    units = number(fields, "units", _UNITS)
    told = optional_number(fields, "amount", _AMOUNT) if item.price is not None else None
    if item.price is not None and told is None:
        amount = round(units * item.price, 4)
    else:
        amount = number(fields, "amount", _AMOUNT)
    if item.weight is not None:
        units = round(units * item.weight, 6)
    if units * amount < 0:
        raise RowError(
            f"units {units:g} and amount {amount:g} contradict: a return has both below zero"
        )
    return units, amount


def _shopper(fields: Fields) -> str | None:
    """Return what the till knew of a loyalty card; a refusal must not repeat it."""
    try:
        return text(fields, CARD, 80) or None
    except RowError:
        raise RowError("shopper: plain text of at most 80 characters is allowed") from None
