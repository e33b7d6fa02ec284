"""A line of a sale, as the point of sale hands it over.

    transaction_id,line,gtin,units,amount,sold_at[,shopper][,promotion]

`units` and `amount` are of the line as a whole; a return has both below zero. A line is known by
its transaction and its number: whoever reads it twice has it once. Sums are not made here.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime

from edge_agent.core.feed.fields import Span, Times, gtin, moment, number, present, text, whole, yes
from edge_agent.core.feed.rows import Fields, RowError, Shape

COLUMNS = ("transaction_id", "line", "gtin", "units", "amount", "sold_at")
FIRST_SALE = datetime(2000, 1, 1, tzinfo=UTC)

_LINE = Span(0, 1_000_000)
_UNITS = Span(-100_000, 100_000)
_AMOUNT = Span(-10_000_000, 10_000_000)


@dataclass(frozen=True, slots=True)
class SaleLine:
    """So much of one item, for so much money, at a moment; `day` is the store's own.

    `shopper` is what the till knew of a loyalty card, None without one.
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


def sales_shape(times: Times) -> Shape[SaleLine]:
    """Return how a row becomes a line of a sale."""

    def make(fields: Fields) -> SaleLine:
        units = number(fields, "units", _UNITS)
        amount = number(fields, "amount", _AMOUNT)
        if units * amount < 0:
            raise RowError(
                f"units {units:g} and amount {amount:g} contradict: a return has both below zero"
            )
        sold_at = moment(fields, "sold_at", times)
        return SaleLine(
            transaction_id=present(fields, "transaction_id", 80),
            line=whole(fields, "line", _LINE),
            gtin=gtin(fields),
            units=units,
            amount=amount,
            sold_at=sold_at,
            day=sold_at.astimezone(times.zone).date(),
            shopper=_shopper(fields),
            promotion=yes(fields, "promotion"),
        )

    return Shape(COLUMNS, make)


def _shopper(fields: Fields) -> str | None:
    """Return what the till knew of a loyalty card; a refusal must not repeat it."""
    try:
        return text(fields, "shopper", 80) or None
    except RowError:
        raise RowError("shopper: plain text of at most 80 characters is allowed") from None


def pseudonym(card: str, key: bytes) -> str:
    """Return what the store keeps of a loyalty card: the same each time, worthless elsewhere.

    A keyed BLAKE2b of 64 bits; `key` never leaves the store and has at most 64 bytes.
    """
    return hashlib.blake2b(card.encode(), key=key, digest_size=8).hexdigest()
