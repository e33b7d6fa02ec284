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
    """The profiles of one kind of day; worked out when the first is asked for."""

    def __init__(self, sums: HourSums, opening: Opening, newest: float = 1.0) -> None:
        """Take the sums; `newest` is the weight of a day of now, in whose units they are read."""
        self._sums = sums
        self._open = open_hours(opening)
        self._scale = 1.0 / newest
        self._place = {gtin: at for at, gtin in enumerate(sums.units)}
        self._found: Floats | None = None
        self._like: dict[str, Floats] = {}

    def of(self, gtin: str) -> Floats:
        """Return the share of a day's sales in each local hour, [24], adding up to 1."""
        if self._found is None:
            self._found = self._all()
        if gtin in self._place:
            own: Floats = self._found[self._place[gtin]]
            return own
        return self._like.get(self._sums.category.get(gtin, ""), self._like[""])

    def _all(self) -> Floats:
        """Return the profile of every item that ever sold, and note those of the categories."""
        sums = self._sums
        filled = self._filled()
        self._like[""] = _drawn(filled.sum(axis=0), self._open, _STORE_UNITS)
        names = [sums.category.get(gtin, "") for gtin in sums.units]
        for name in sorted(set(names) - {""}):
            these = np.array([one == name for one in names])
            self._like[name] = _drawn(filled[these].sum(axis=0), self._like[""], _CATEGORY_UNITS)
        prior = np.array([self._like[name] for name in names]).reshape(-1, HOURS)
        return _drawn(filled, prior, _ITEM_UNITS)

    def _filled(self) -> Floats:
        """Return each item's units by hour, [N, 24], had it been there throughout."""
        sums = self._sums
        nothing = np.zeros(HOURS)
        units = np.array(list(sums.units.values())).reshape(-1, HOURS) * self._scale
        gone = np.array([sums.missing.get(gtin, nothing) for gtin in sums.units])
        there = 1.0 - gone.reshape(-1, HOURS) / np.maximum(sums.days, 1e-12)
        usable = (there >= _LEAST_THERE) & (self._open > 0)
        filled = np.where(usable, units / np.where(usable, there, 1.0), 0.0)
        count = np.maximum(usable.sum(axis=1), 1)
        mean = filled.sum(axis=1) / count
        return np.where(usable | (self._open <= 0), filled, mean[:, None])


def open_hours(opening: Opening) -> Floats:
    """Return the share of the opening time in each local hour, [24]."""
    opens = opening.opens.hour * 60 + opening.opens.minute
    closes = opening.closes.hour * 60 + opening.closes.minute
    length = (closes - opens) % (24 * 60) or 24 * 60
    minutes = (np.arange(opens, opens + length) // 60) % HOURS
    return np.bincount(minutes, minlength=HOURS) / length


def _drawn(units: Floats, prior: Floats, weight: float) -> Floats:
    """Return the shares of `units` [..., 24], drawn to `prior` by the weight of so many units."""
    total: Floats = (units + weight * prior) / (units.sum(axis=-1, keepdims=True) + weight)
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
    full: Floats = np.where(open_hours(opening) > 0, weight, 0.0).astype(np.float64)
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
        weights: Floats = profile[np.asarray(self.hours)] * self._portions()
        return weights

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
