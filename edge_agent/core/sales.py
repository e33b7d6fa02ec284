"""Tallies a closed day: what each item sold, and how long it was there to be bought.

Knows nothing of files and of forecasts, and never names who bought. When to tally is the loop's
to say; the same facts always give the same tally, so that a late row is noticed by its digest.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pydantic_core import to_json

from edge_agent.core.facing import Opening
from edge_agent.core.hours import HourSums, Profiles, day_clock, weight_of
from edge_agent.core.stock_outs import Span, StockOut, Witnesses, stock_outs, stocked_shares
from endcap.wire.body import MAX_ROWS
from endcap.wire.events import ItemTally, SalesTallied


@dataclass(frozen=True, slots=True)
class ItemTotal:
    """An item's lines of a day, added up; `gross` is what the sold units cost before returns."""

    gtin: str
    sold: float
    returned: float
    gross: float
    refunded: float
    promotion: bool


@dataclass(frozen=True, slots=True, eq=False)
class DayFacts:
    """What the store wrote down of a day: its sales, who was missing, when things sell."""

    day: date
    totals: tuple[ItemTotal, ...]
    heard: Witnesses
    hours: HourSums
    changes: int


@dataclass(frozen=True, slots=True)
class Told:
    """The last revision of a day, or of a period, that the centre was told, and its digest."""

    revision: int
    digest: str


@dataclass(frozen=True, slots=True)
class DayTally:
    """A tallied day. `changes` is how many changes of the day it has seen.

    `stock_outs` say why items count as missing; the centre is told the share only.
    """

    day: date
    items: tuple[ItemTally, ...]
    changes: int
    stock_outs: tuple[StockOut, ...] = ()

    @property
    def digest(self) -> str:
        """Return a digest of the items: equal tallies, equal digests."""
        return digest_of(self.items)


def digest_of(told: object) -> str:
    """Return a SHA-256 over what is told, as JSON, in hexadecimal."""
    return hashlib.sha256(to_json(told)).hexdigest()


def open_span(day: date, opening: Opening) -> Span:
    """Return when the store opened and closed on its own `day`; past midnight is the next day's.

    A day of 23 or 25 hours comes out right: both ends are local times.
    """
    opens = datetime.combine(day, opening.opens, opening.zone)
    last = day if opening.closes > opening.opens else day + timedelta(days=1)
    closes = datetime.combine(last, opening.closes, opening.zone)
    return opens.astimezone(UTC), closes.astimezone(UTC)


def tally(facts: DayFacts, opening: Opening) -> DayTally:
    """Return the tally of a day: every item that sold, came back, or was missing for a while."""
    clock = day_clock(open_span(facts.day, opening), opening.zone)
    profiles = Profiles(facts.hours, opening, weight_of(facts.day))
    missing = stock_outs(facts.day, facts.heard, clock, profiles)
    shares = stocked_shares(missing, clock, profiles)
    by_item = {total.gtin: total for total in facts.totals}
    items = tuple(
        _item(gtin, by_item.get(gtin), shares.get(gtin, 1.0))
        for gtin in sorted(by_item.keys() | shares.keys())
    )
    return DayTally(facts.day, items, facts.changes, missing)


def _item(gtin: str, total: ItemTotal | None, in_stock: float) -> ItemTally:
    """Return an item's tally; figures are rounded so that the order of adding does not show."""
    if total is None:
        return ItemTally(gtin=gtin, units=0.0, revenue=0.0, in_stock=in_stock)
    return ItemTally(
        gtin=gtin,
        units=round(total.sold - total.returned, 3),
        returns=round(total.returned, 3),
        revenue=round(total.gross - total.refunded, 2),
        price=round(total.gross / total.sold, 4) if total.sold > 0 else None,
        promotion=total.promotion,
        in_stock=in_stock,
    )


def next_revision(told: Told | None, digest: str) -> int | None:
    """Return the revision to tell now, or None when this was told already."""
    if told is None:
        return 1
    return None if told.digest == digest else told.revision + 1


def tally_events(tallied: DayTally, revision: int) -> tuple[SalesTallied, ...]:
    """Return what the centre is told of a day, in parts of bounded size."""
    starts = range(0, max(1, len(tallied.items)), MAX_ROWS)
    return tuple(
        SalesTallied(
            day=tallied.day,
            revision=revision,
            part=part,
            parts=len(starts),
            items=tallied.items[start : start + MAX_ROWS],
        )
        for part, start in enumerate(starts, 1)
    )
