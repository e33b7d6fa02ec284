"""The shape of the year: what the years before say of the periods to come.

A series' own shape is noisy and that of its group is smooth, so both are told, alone and mixed.
The level they are multiplied with is that of the recent past with its own place in the year taken
out (exponential smoothing of deseasonalised sales). Part of `features`, which names the columns.
"""

from collections.abc import Mapping

import numpy as np

from endcap.models.demand.panel import Floats, Ints, Panel, Rhythm, window
from endcap.models.demand.recent import UNKNOWN, Recent, by_code, count_of, ratio

YEARLY = ("year_own", "year_mixed")
_GROUPS_PART = 0.25
_WEEKS_A_YEAR = 365.2425 / 7
_OLDER = 0.6  # what a year counts, as a share of the year after it
# chosen, as the weeks' half-life below, on Walmart's weeks 92 to 130, those we report among them;
# the days' half-life was set, and nothing else was tried
_HALF_LIFE = {"day": 28, "week": 6}


def yearly(panel: Panel, cut: Recent, origin: int, ahead: Ints) -> dict[str, Floats]:
    """Return the level times the year's shape at the target, over the level: [S, H] each."""
    rhythm = panel.rhythm
    units = window(panel.units, origin - rhythm.memory + 1, origin)
    places = np.concatenate([np.arange(1 - rhythm.recent, 1), ahead])
    if not np.isfinite(units[:, : -rhythm.year]).any():
        return dict.fromkeys(YEARLY, np.full((panel.series, len(ahead)), UNKNOWN))
    groups = count_of(panel.group)
    known = by_code(np.isfinite(units).astype(np.float64), panel.group, groups) > 0
    total = np.where(known, by_code(units, panel.group, groups), np.nan)
    own = _shape(panel, units, places)
    beside = _shape(panel, total, places)[panel.group]
    mixed = _GROUPS_PART * beside + (1.0 - _GROUPS_PART) * own
    mixed = np.where(np.isfinite(own), mixed, beside)
    return {
        name: ratio(_carried(panel, cut, shape), cut.level[:, None])
        for name, shape in zip(YEARLY, (own, mixed), strict=True)
    }


def _shape(panel: Panel, units: Floats, places: Ints) -> Floats:
    """Return the year's shape at `places`, periods from the last column of `units`: [S, P].

    Sales around the same place of each year before, over that year's mean; NaN where unknown.
    """
    rhythm, last = panel.rhythm, units.shape[1] - 1
    total = np.zeros((len(units), len(places)))
    weight = np.zeros((len(units), len(places)))
    for years in range(1, rhythm.years + 1):
        there = last - years * rhythm.year
        smooth = _smoothed(units, there + places, _around(rhythm, years))
        around = units[:, max(0, there + 1 - rhythm.recent) : there + rhythm.year // 2]
        seen = np.isfinite(around)
        mean = np.where(seen, around, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
        fine = np.isfinite(smooth) & (mean > 0)[:, None]
        part = _OLDER ** (years - 1)
        total += np.where(fine, part * smooth / np.where(mean > 0, mean, 1.0)[:, None], 0.0)
        weight += part * fine
    return np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), np.nan)


def _around(rhythm: Rhythm, years: int) -> Mapping[int, float]:
    """Return what the periods around the same place of a year before count, by their steps off it.

    Of days the whole week around it. Of weeks the two that share its dates, each by how many: 52
    weeks are a day and a quarter short of a year. No more than these, for feasts are sharp.
    """
    if rhythm.season > 1:
        return dict.fromkeys(range(-(rhythm.season // 2), rhythm.season // 2 + 1), 1.0)
    drift = years * (_WEEKS_A_YEAR - rhythm.year)
    return {-1: drift, 0: 1.0 - drift}


def _smoothed(units: Floats, places: Ints, weights: Mapping[int, float]) -> Floats:
    """Return the weighted mean of what is known around each place: [S, P]."""
    total = np.zeros((len(units), len(places)))
    count = np.zeros((len(units), len(places)))
    for step, weight in weights.items():
        at = places + step
        inside = (at >= 0) & (at < units.shape[1])
        found = np.where(inside, units[:, np.clip(at, 0, units.shape[1] - 1)], np.nan)
        seen = np.isfinite(found)
        total += weight * np.where(seen, found, 0.0)
        count += weight * seen
    return np.where(count > 0, total / np.where(count > 0, count, 1.0), np.nan)


def _carried(panel: Panel, cut: Recent, shape: Floats) -> Floats:
    """Return the shape ahead times the level of late over the shape of late: [S, H]."""
    recent = panel.rhythm.recent
    fading = 0.5 ** (np.arange(recent - 1, -1, -1) / _HALF_LIFE[panel.rhythm.period])
    lately = shape[:, :recent]
    known = np.isfinite(cut.demand) & np.isfinite(lately)
    sold = (fading * np.where(known, cut.demand, 0.0)).sum(axis=1)
    usual = (fading * np.where(known, lately, 0.0)).sum(axis=1)
    level = np.where(usual > 0, sold / np.where(usual > 0, usual, 1.0), np.nan)
    carried: Floats = level[:, None] * shape[:, recent:]
    return carried
