"""When in a day an item sells: its profile over the hours, from sums that each day adds to.

Only hours in which the item was there teach; a thin item leans on its category, and that on the
store. Older days count less. Keeps no sums and reads no sale; the store's own hours are local.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

from edge_agent.core.facing import Opening

Floats = NDArray[np.float64]

HOURS = 24
HALF_LIFE = 28.0
"""Days after which a day counts half."""

_ORIGIN = date(2026, 1, 1)
_ITEM_UNITS = 30.0  # an item's own profile counts half after so many units
_CATEGORY_UNITS = 200.0
_STORE_UNITS = 50.0
_LEAST_THERE = 0.25  # an hour in which an item was rarer there than this teaches nothing


def weight_of(day: date) -> float:
    """Return what a day counts in the sums, for ever: twice as much as one HALF_LIFE before it.

    Forward decay: G. Cormode et al., "Forward decay: a practical time decay model for streaming
    systems", ICDE 2009. Sums need never be aged; only their relations mean anything.
    """
    weight: float = 2.0 ** ((day - _ORIGIN).days / HALF_LIFE)
    return weight


def is_weekend(day: date) -> int:
    """Return 1 for Saturday and Sunday, 0 for any other day."""
    return int(day.weekday() >= 5)  # noqa: PLR2004 - Monday is 0


@dataclass(frozen=True, slots=True, eq=False)
class HourSums:
    """What days of one kind added up to, each day by its weight.

    Attributes:
        days: [24] the weights of the days on which the hour was open.
        units: by item, [24] units sold in each hour.
        missing: by item, [24] for how much of those days' hours it was missing.
        category: of each item, "" where not known.
    """

    days: Floats
    units: Mapping[str, Floats] = field(default_factory=dict)
    missing: Mapping[str, Floats] = field(default_factory=dict)
    category: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class HourLesson:
    """What one day adds: as HourSums, weighted."""

    weekend: int
    days: Floats
    units: Mapping[str, Floats]
    missing: Mapping[str, Floats]


class Profiles:
    """The profiles of one kind of day; an item's is worked out when it is asked for."""

    def __init__(self, sums: HourSums, opening: Opening, newest: float = 1.0) -> None:
        """Take the sums; `newest` is the weight of a day of now, in whose units they are read."""
        self._sums = sums
        self._open = open_hours(opening)
        self._scale = 1.0 / newest
        self._found: dict[str, Floats] = {}
        categories: dict[str, Floats] = {}
        whole = np.zeros(HOURS)
        for gtin in sums.units:
            filled = self._filled(gtin)
            whole += filled
            named = sums.category.get(gtin, "")
            categories[named] = categories.get(named, 0.0) + filled
        self._store = _drawn(whole, self._open, _STORE_UNITS)
        self._categories = {
            name: _drawn(total, self._store, _CATEGORY_UNITS) for name, total in categories.items()
        }

    def of(self, gtin: str) -> Floats:
        """Return the share of a day's sales in each local hour, [24], adding up to 1."""
        if gtin not in self._found:
            category = self._sums.category.get(gtin, "")
            prior = self._categories.get(category, self._store)
            known = gtin in self._sums.units
            own = self._filled(gtin) if known else np.zeros(HOURS)
            self._found[gtin] = _drawn(own, prior, _ITEM_UNITS)
        return self._found[gtin]

    def _filled(self, gtin: str) -> Floats:
        """Return an item's units by hour, had it been there throughout."""
        units = self._sums.units[gtin] * self._scale
        days = np.maximum(self._sums.days, 1e-12)
        there = 1.0 - self._sums.missing.get(gtin, np.zeros(HOURS)) / days
        usable = there >= _LEAST_THERE
        filled = np.where(usable, units / np.where(usable, there, 1.0), 0.0) * (self._open > 0)
        if usable.all() or not usable.any():
            return filled
        return filled + np.where(usable, 0.0, filled[usable].sum() / usable.sum())


def open_hours(opening: Opening) -> Floats:
    """Return the share of the opening time in each local hour, [24]."""
    opens = opening.opens.hour * 60 + opening.opens.minute
    closes = opening.closes.hour * 60 + opening.closes.minute
    length = (closes - opens) % (24 * 60) or 24 * 60
    minutes = (np.arange(opens, opens + length) // 60) % HOURS
    return np.bincount(minutes, minlength=HOURS) / length


def _drawn(units: Floats, prior: Floats, weight: float) -> Floats:
    """Return the shares of `units`, drawn to `prior` by the weight of so many units."""
    total: Floats = (units + weight * prior) / (units.sum() + weight)
    return total


def lesson_of(
    day: date,
    sold: Iterable[tuple[str, datetime, float]],
    absent: Iterable[tuple[str, datetime, datetime]],
    opening: Opening,
) -> HourLesson:
    """Return what a day teaches: its sales (item, moment, units), and when items were missing."""
    weight = weight_of(day)
    units: dict[str, Floats] = {}
    for gtin, moment, count in sold:
        place = moment.astimezone(opening.zone).hour
        units.setdefault(gtin, np.zeros(HOURS))[place] += weight * max(count, 0.0)
    missing: dict[str, Floats] = {}
    for gtin, since, until in absent:
        gone = missing.setdefault(gtin, np.zeros(HOURS))
        gone += weight * _hours_between(since, until, opening.zone)
    full = weight * (open_hours(opening) > 0)
    return HourLesson(
        weekend=is_weekend(day),
        days=full,
        units=units,
        missing={gtin: np.minimum(gone, full) for gtin, gone in missing.items()},
    )


def _hours_between(since: datetime, until: datetime, zone: tzinfo) -> Floats:
    """Return for how much of each local hour of day a span lasts, [24]."""
    found = np.zeros(HOURS)
    moment = since
    while moment < until:
        begin = moment.replace(minute=0, second=0, microsecond=0)
        end = min(begin + timedelta(hours=1), until)
        found[moment.astimezone(zone).hour] += (end - moment).total_seconds() / 3600.0
        moment = end
    return found


@dataclass(frozen=True, slots=True, eq=False)
class DayClock:
    """A day's opening time, hour by local hour: when each begins, and which hour of day it is."""

    edges: tuple[datetime, ...]
    hours: tuple[int, ...]

    def share(self, profile: Floats, since: datetime, until: datetime) -> float:
        """Return the share of the day's usual sales that falls between two moments."""
        weights = self._weights(profile)
        whole = float(weights.sum())
        if whole <= 0 or until <= since:
            return 0.0
        reached = np.concatenate([[0.0], np.cumsum(weights)])
        begin, end = (
            float(np.interp(self._at(one), self._seconds(), reached)) for one in (since, until)
        )
        return (end - begin) / whole

    def curve(self, profile: Floats) -> tuple[tuple[datetime, datetime, float], ...]:
        """Return each hour's beginning, end and share of the day."""
        weights = self._weights(profile)
        shares = (weights / weights.sum()).tolist()
        return tuple(zip(self.edges[:-1], self.edges[1:], shares, strict=True))

    def _weights(self, profile: Floats) -> Floats:
        return profile[np.asarray(self.hours)] * self._portions()

    def _portions(self) -> Floats:
        """Return how much of the hour of day each slot is; an hour that comes twice is halved."""
        lasts = np.diff(self._seconds()) / 3600.0
        total = np.bincount(self.hours, lasts, minlength=HOURS)
        portions: Floats = lasts / total[np.asarray(self.hours)]
        return portions

    def _seconds(self) -> Floats:
        return np.array([self._at(edge) for edge in self.edges])

    def _at(self, moment: datetime) -> float:
        return (moment - self.edges[0]).total_seconds()


def day_clock(span: tuple[datetime, datetime], zone: tzinfo) -> DayClock:
    """Return the clock of an opening time, in UTC; a day of 23 or 25 hours comes out right."""
    edges: Sequence[datetime] = [span[0]]
    while edges[-1] < span[1]:
        begin = edges[-1].replace(minute=0, second=0, microsecond=0)
        edges = [*edges, min(begin + timedelta(hours=1), span[1])]
    return DayClock(tuple(edges), tuple(edge.astimezone(zone).hour for edge in edges[:-1]))
