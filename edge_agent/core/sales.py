"""Tallies a closed day: what each item sold, and how long it was there to be bought.

Knows nothing of files and of forecasts, and never names who bought. When to tally is the loop's
to say; the same facts always give the same tally, so that a late row is noticed by its digest.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pydantic_core import to_json

from edge_agent.core.facing import Opening
from endcap.wire.events import MAX_ROWS, ItemTally, SalesTallied

Span = tuple[datetime, datetime]
"""A beginning and an end, in UTC."""


@dataclass(frozen=True, slots=True)
class ItemTotal:
    """An item's lines of a day, added up; `gross` is what the sold units cost before returns."""

    gtin: str
    sold: float
    returned: float
    gross: float
    refunded: float
    promotion: bool


@dataclass(frozen=True, slots=True)
class Absence:
    """A facing of an item stood empty; `until` is None while it still does."""

    facing: str
    gtin: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What the store wrote down of a day. `facings` counts an item's places on the shelves."""

    day: date
    totals: tuple[ItemTotal, ...]
    absences: tuple[Absence, ...]
    facings: Mapping[str, int]
    changes: int


@dataclass(frozen=True, slots=True)
class Told:
    """The last revision of a day, or of a period, that the centre was told, and its digest."""

    revision: int
    digest: str


@dataclass(frozen=True, slots=True)
class DayTally:
    """A tallied day. `changes` is how many changes of the day it has seen."""

    day: date
    items: tuple[ItemTally, ...]
    changes: int

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
    shares = stocked_shares(facts, open_span(facts.day, opening))
    by_item = {total.gtin: total for total in facts.totals}
    items = tuple(
        _item(gtin, by_item.get(gtin), shares.get(gtin, 1.0))
        for gtin in sorted(by_item.keys() | shares.keys())
    )
    return DayTally(facts.day, items, facts.changes)


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


def stocked_shares(facts: DayFacts, span: Span) -> dict[str, float]:
    """Return the share of `span` in which an item was seen on the shelf, where that is below 1.

    An item is missing while all of its facings are empty at once.
    """
    by_item: dict[str, list[Absence]] = defaultdict(list)
    for absence in facts.absences:
        by_item[absence.gtin].append(absence)
    shares: dict[str, float] = {}
    for gtin, absences in by_item.items():
        places = max(facts.facings.get(gtin, 0), len({one.facing for one in absences}))
        share = 1.0 - _missing(absences, places, span) / (span[1] - span[0])
        if share < 1.0:
            shares[gtin] = round(max(0.0, share), 4)
    return shares


def _missing(absences: Sequence[Absence], places: int, span: Span) -> timedelta:
    """Return for how long of `span` all `places` were empty at once."""
    changes = sorted(
        change
        for facing in {one.facing for one in absences}
        for begin, end in _joined((one for one in absences if one.facing == facing), span)
        for change in ((begin, 1), (end, -1))
    )
    empty, missing, before = 0, timedelta(0), span[0]
    for moment, change in changes:
        if empty == places:
            missing += moment - before
        empty, before = empty + change, moment
    return missing


def _joined(absences: Iterable[Absence], span: Span) -> list[Span]:
    """Return one facing's absences inside `span`, those that overlap joined."""
    joined: list[Span] = []
    for one in sorted(absences, key=lambda one: one.since):
        begin, end = max(one.since, span[0]), min(one.until or span[1], span[1])
        if begin >= end:
            continue
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return joined


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
