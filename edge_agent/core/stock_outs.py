"""Decides when an item was missing from the store on a day, and on whose word.

Three witnesses: the cameras (all its facings stood empty), the stock records (counted at nothing,
until a delivery, another count or a sale) and the till (an item that sells many times a day did
not sell for improbably long while the store did). Each is kept apart, with the share of the item's
usual day it covers, so that a person can see why a day's sales count as less than the demand. A
silence of the whole store is a closed till and no stock-out. Estimates no demand.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal

from edge_agent.core.hours import DayClock, Profiles

Source = Literal["camera", "stock", "silence"]

Span = tuple[datetime, datetime]
"""A beginning and an end, in UTC."""

FAST = 12.0
"""An item that is bought less often in a day is never missed by its silence."""
LEAST_CHANCE = 1e-4
"""A silence that comes by chance more often than this, over all of an item's day, proves nothing.
"""
_EVENNESS = 12.0  # sales come in lumps: negative binomial with this shape, not Poisson
_LEAST_SHARE = 0.0005


@dataclass(frozen=True, slots=True)
class StockOut:
    """Why an item's sales of a day count as less than its demand.

    Attributes:
        gtin: the item.
        day: the store's own day.
        source: who says that it was missing.
        since: from when, in UTC, within the opening time.
        until: until when.
        share: the share of the item's usual sales of such a day that falls in between, 0 to 1.
        chance: the probability of such a silence had the item been there; None for the others.
        detail: the evidence, as a line for people.
    """

    gtin: str
    day: date
    source: Source
    since: datetime
    until: datetime
    share: float
    chance: float | None
    detail: str


@dataclass(frozen=True, slots=True)
class Absence:
    """A facing of an item stood empty, or was out of sight; `until` is None while it still is."""

    facing: str
    gtin: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment at which the books say whether an item was there: a count, a delivery, a sale."""

    gtin: str
    at: datetime
    there: bool


@dataclass(frozen=True, slots=True)
class Takings:
    """What the till wrote down of a day, for items whose silence may tell something.

    Attributes:
        expected: by item, how often it should have been bought, by the forecast of the day.
        usual: how often anything should have been bought.
        bought: by item, when it was, in order.
        all_bought: when anything was, in order.
    """

    expected: Mapping[str, float] = field(default_factory=dict)
    usual: float = 0.0
    bought: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    all_bought: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Witnesses:
    """All that is known of who was missing on a day. `facings` counts an item's places.

    `absences` are gaps while they were in sight, `unseen` facings while they were not: what is not
    seen proves neither that an item is missing nor that it is there.
    """

    absences: Sequence[Absence] = ()
    facings: Mapping[str, int] = field(default_factory=dict)
    marks: Sequence[Mark] = ()
    takings: Takings = field(default_factory=Takings)
    unseen: Sequence[Absence] = ()


def stock_outs(
    day: date, heard: Witnesses, clock: DayClock, profiles: Profiles
) -> tuple[StockOut, ...]:
    """Return every stock-out of a day, by item, witness and time."""
    span = (clock.edges[0], clock.edges[-1])
    found: list[StockOut] = []

    def add(gtin: str, source: Source, gone: Span, detail: str, chance: float | None) -> None:
        share = round(clock.share(profiles.of(gtin), *gone), 4)
        if share >= _LEAST_SHARE:
            found.append(StockOut(gtin, day, source, *gone, share, chance, detail))

    for gtin, gone in _by_camera(heard, span):
        add(gtin, "camera", gone, "every facing in sight stood empty", None)
    for gtin, gone in _by_stock(heard.marks, span):
        add(gtin, "stock", gone, "counted at nothing, and nothing told since", None)
    for gtin, gone, chance, detail in _by_silence(heard.takings, span):
        add(gtin, "silence", gone, detail, chance)
    return tuple(sorted(found, key=lambda one: (one.gtin, one.source, one.since)))


def missing_spans(told: Iterable[StockOut]) -> dict[str, list[Span]]:
    """Return when each item was missing, whoever said so; spans that overlap are joined."""
    by_item: dict[str, list[Span]] = defaultdict(list)
    for one in told:
        by_item[one.gtin].append((one.since, one.until))
    return {gtin: _joined(spans) for gtin, spans in by_item.items()}


def stocked_shares(
    told: Sequence[StockOut], clock: DayClock, profiles: Profiles
) -> dict[str, float]:
    """Return the share of its usual day in which an item was there, where that is below 1."""
    shares: dict[str, float] = {}
    for gtin, spans in missing_spans(told).items():
        profile = profiles.of(gtin)
        gone = sum(clock.share(profile, *span) for span in spans)
        shares[gtin] = round(min(1.0, max(0.0, 1.0 - gone)), 4)
    return shares


def _by_camera(heard: Witnesses, span: Span) -> Iterable[tuple[str, Span]]:
    """Yield when all facings of an item that were in sight, one at least, were empty at once."""
    by_item: dict[str, list[Absence]] = defaultdict(list)
    for absence in heard.absences:
        by_item[absence.gtin].append(absence)
    for gtin, absences in by_item.items():
        places = max(heard.facings.get(gtin, 0), len({one.facing for one in absences}))
        unseen = [one for one in heard.unseen if one.gtin == gtin]
        for gone in _all_empty(absences, unseen, places, span):
            yield gtin, gone


def _all_empty(
    absences: Sequence[Absence], unseen: Sequence[Absence], places: int, span: Span
) -> list[Span]:
    """Return the parts of `span` in which of all `places` those in sight were empty."""
    changes = sorted([*_changes(absences, span, (1, 0)), *_changes(unseen, span, (0, 1))])
    gone: list[Span] = []
    empty, hidden, before = 0, 0, span[0]
    for moment, seen, out in changes:
        if empty and empty + hidden >= places and before < moment:
            gone.append((before, moment))
        empty, hidden, before = empty + seen, hidden + out, moment
    return _joined(gone)


def _changes(
    absences: Sequence[Absence], span: Span, step: tuple[int, int]
) -> Iterable[tuple[datetime, int, int]]:
    """Yield when facings began and ceased to be so: one step up and one down for each."""
    for facing in {one.facing for one in absences}:
        for begin, end in _joined(
            (max(one.since, span[0]), min(one.until or span[1], span[1]))
            for one in absences
            if one.facing == facing
        ):
            yield begin, *step
            yield end, -step[0], -step[1]


def _by_stock(marks: Iterable[Mark], span: Span) -> Iterable[tuple[str, Span]]:
    """Yield when an item was counted at nothing, until something says that it is there."""
    by_item: dict[str, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_item[mark.gtin].append(mark)
    for gtin, of_item in by_item.items():
        gone: list[Span] = []
        since: datetime | None = None
        for mark in sorted(of_item, key=lambda one: (one.at, one.there)):
            if since is not None and mark.there:
                gone.append((since, mark.at))
            since = None if mark.there else since or mark.at
        if since is not None:
            gone.append((since, span[1]))
        cut = _joined((max(begin, span[0]), min(end, span[1])) for begin, end in gone)
        yield from ((gtin, one) for one in cut)


def _by_silence(takings: Takings, span: Span) -> Iterable[tuple[str, Span, float, str]]:
    """Yield when an item that sells often did not sell for improbably long.

    Time is measured in purchases of anything else: what did not sell while the till was closed, or
    while there were no customers, was not silent. Of a quieter day than expected less is asked.
    """
    for gtin, expected in takings.expected.items():
        if expected < FAST:
            continue
        moments = [one for one in takings.bought.get(gtin, ()) if span[0] <= one <= span[1]]
        edges = [span[0], *moments, span[1]]
        others = max(takings.usual - expected, float(len(takings.all_bought) - len(moments)), 1.0)
        for begin, end in pairwise(edges):
            lines = bisect_left(takings.all_bought, end) - bisect_right(takings.all_bought, begin)
            asked = expected * lines / others
            chance = min(1.0, len(edges) * (1.0 + asked / _EVENNESS) ** -_EVENNESS)
            if chance < LEAST_CHANCE:
                yield gtin, (begin, end), chance, _silence(expected, begin, end, span)


def _silence(expected: float, begin: datetime, end: datetime, span: Span) -> str:
    """Return a line for people."""
    every = (span[1] - span[0]) / timedelta(minutes=1) / expected
    silent = (end - begin) / timedelta(minutes=1)
    return f"bought every {every:.0f} minutes as a rule, not once in {silent:.0f}"


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, those that overlap joined, empty ones left out."""
    joined: list[Span] = []
    for begin, end in sorted(spans):
        if begin >= end:
            continue
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return joined
