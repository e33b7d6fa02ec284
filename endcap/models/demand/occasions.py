"""What holidays did to sales before: a feast day, and the days around it, by its past twins.

A day is told from others by its holiday marks of the week around it that are not usual for the
weekday, and by its place in the year; so a feast that moves finds its last year's twin. Sales of a
twin are compared with the same weekday of the weeks around it. Part of `features`, which names
the columns.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from endcap.models.demand.panel import Floats, Ints, Panel, window
from endcap.models.demand.recent import UNKNOWN, Recent, by_code, count_of, ratio

OCCASIONS = ("occasion", "occasion_group")
# what a mark three days before to three days after the target counts
_AROUND = np.array([4.0, 8.0, 16.0, 32.0, 16.0, 8.0, 4.0])
_NEAR = 2  # days from an unusual day that count as its eve or its morrow
_WEEKS = (-21, -14, -7, 7, 14, 21)
_YEAR = 365
_DRIFT = 3.0  # days off the same date of the year that count as much as one mark
_MOST_DRIFT = 4.0  # a feast that moves is still itself
_STRANGE = 8.0  # a best twin so far apart counts half
_DRAWN = 0.05  # how many twins' weight draws a group's lift to one, and an item's to its group's
_USUAL = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class _Marks:
    """Unusual marks of each group, M periods of memory and those ahead: [G, 3 + M + reach + 3]."""

    marks: Floats
    near: NDArray[np.bool_]
    past: int

    def at(self, place: Ints) -> Floats:
        """Return the marks of the week around each place: [G, P, 7]."""
        side = len(_AROUND) // 2
        return self.marks[:, place[:, None] + side + np.arange(-side, side + 1)]


def occasions(panel: Panel, cut: Recent, origin: int, ahead: Ints) -> dict[str, Floats]:
    """Return what the target day's twins sold over their usual sales: [S, H] each.

    1 on a plain day; UNKNOWN where the target has no twin, and where a period is a week.
    """
    shape = (panel.series, len(ahead))
    if panel.rhythm.season == 1:
        return dict.fromkeys(OCCASIONS, np.full(shape, UNKNOWN))
    found = {name: np.ones(shape) for name in OCCASIONS}
    marks = _marks(panel, origin, int(ahead.max()))
    there = marks.past - 1 + ahead
    if not marks.near[:, there].any():
        return found
    units = window(panel.units, origin - marks.past + 1, origin)
    plain = ~marks.near[:, : marks.past][panel.group]
    usual = _usual(units, plain)
    known = np.isfinite(units) & np.isfinite(usual)
    sold, usual = np.where(known, units, 0.0), np.where(known, usual, 0.0)
    for place in np.flatnonzero(marks.near[:, there].any(axis=0)):
        alike = _alike(marks, int(there[place]))
        group, item = _lifts(panel, cut, alike, sold, usual)
        on = marks.near[:, there[place]]
        found["occasion_group"][:, place] = np.where(on, group, 1.0)[panel.group]
        found["occasion"][:, place] = np.where(on[panel.group], item, 1.0)
    return found


def _marks(panel: Panel, origin: int, reach: int) -> _Marks:
    """Return what is unusual about the days known and the days ahead, group by group."""
    side, past = len(_AROUND) // 2, panel.rhythm.year + panel.rhythm.base
    groups = count_of(panel.group)
    first = origin - past + 1 - side
    days = window(panel.holiday, first, origin + reach + side, 0.0)
    size = np.maximum(np.bincount(panel.group, minlength=groups), 1)[:, None]
    share = by_code(days, panel.group, groups) / size
    weekday = (np.arange(days.shape[1]) - side - past + 1) % panel.rhythm.season
    begun = max(0, -first)  # the panel may begin later than the memory
    marks = np.zeros_like(share)
    for day in range(panel.rhythm.season):
        known = share[:, begun : side + past][:, weekday[begun : side + past] == day]
        habit = (known.mean(axis=1) > _USUAL) if known.shape[1] else np.zeros(groups)
        marks[:, weekday == day] = share[:, weekday == day] - habit[:, None]
    marks[:, :begun] = 0.0
    unusual = np.abs(marks) > _USUAL
    near = np.zeros((groups, past + reach), dtype=np.bool_)
    for step in range(-_NEAR, _NEAR + 1):
        near |= unusual[:, side + step : side + step + past + reach]
    return _Marks(marks, near, past)


def _usual(units: Floats, plain: NDArray[np.bool_]) -> Floats:
    """Return the mean of the same weekday on plain days of the weeks around: [S, M]."""
    fine = np.isfinite(units) & plain
    total, count = np.zeros(units.shape), np.zeros(units.shape)
    for step in _WEEKS:
        to, of = (
            (slice(step, None), slice(None, -step))
            if step > 0
            else (slice(None, step), slice(-step, None))
        )
        total[:, to] += np.where(fine[:, of], units[:, of], 0.0)
        count[:, to] += fine[:, of]
    return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)


def _alike(marks: _Marks, target: int) -> Floats:
    """Return how much each known day is a twin of the target: [G, M], 0 on plain days.

    The best twin leads, however far apart it is; a strange one counts less against the usual.
    """
    days = np.arange(marks.past)
    apart = np.abs(marks.at(days) - marks.at(np.array([target]))) @ _AROUND
    gap = target - days
    off = np.minimum(np.abs(gap - _YEAR * np.rint(gap / _YEAR)) / _DRIFT, _MOST_DRIFT)
    apart = np.where(marks.near[:, : marks.past], apart + off, np.inf)
    least = apart.min(axis=1, keepdims=True)
    least = np.where(np.isfinite(least), least, 0.0)
    alike: Floats = np.exp(least - apart) / (1.0 + least / _STRANGE)
    return alike


def _lifts(
    panel: Panel, cut: Recent, alike: Floats, sold: Floats, usual: Floats
) -> tuple[Floats, Floats]:
    """Return the lift of each group [G] and of each series [S] over the twins."""
    mine = alike[panel.group]
    did, would = (mine * sold).sum(axis=1), (mine * usual).sum(axis=1)
    level = _DRAWN * np.nan_to_num(cut.level)
    groups = count_of(panel.group)
    sums = (by_code(one[:, None], panel.group, groups)[:, 0] for one in (did, would, level))
    group_did, group_would, group_level = sums
    group = ratio(group_did + group_level, group_would + group_level)
    group = np.where(group_would > 0, group, UNKNOWN)
    drawn = np.where(group > 0, group, 1.0)[panel.group]
    item = ratio(did + level * drawn, would + level)
    return group, np.where((would > 0) & (level > 0), item, UNKNOWN)
