"""How an item and its store sell just now, against their own last weeks.

Part of `features`, which names the columns. Looks at sales alone; prices and holidays are the
business of `likeness`.
"""

import numpy as np

from endcap.models.demand.censoring import level_of
from endcap.models.demand.panel import Floats, Panel, window
from endcap.models.demand.recent import Recent, by_code, count_of, ratio

_SEASONS = 4
_FAST = 2.0 / 7.0  # of the level's half-life
_LEAST = 1.0  # stocked periods that a fast level needs
_PEAK = 0.8


def pace(panel: Panel, cut: Recent, origin: int) -> dict[str, Floats]:
    """Return the item's late level and usual days, and its and its group's latest sales: [S]."""
    rhythm, level = panel.rhythm, cut.level
    total = by_code(cut.demand, panel.group, count_of(panel.group))
    found = {
        "level_fast": ratio(_fast(panel, cut, origin), level),
        "median_2": ratio(_quantile(cut.demand[:, -rhythm.means[2] :], 0.5), level),
        "median_4": ratio(_quantile(cut.demand[:, -rhythm.means[3] :], 0.5), level),
        "peak": ratio(_quantile(cut.demand[:, -rhythm.means[3] :], _PEAK), level),
        "group_pace_last": _pace(total, 1, rhythm.season)[panel.group],
        "group_pace": _pace(total, rhythm.season, rhythm.season)[panel.group],
    }
    sold, beside = np.nan_to_num(cut.demand), total[panel.group]
    usual = _part(sold, beside, rhythm.means[3])
    for name, length in (("last", 1), ("3", rhythm.means[0]), ("7", rhythm.means[1])):
        found[f"share_{name}"] = ratio(_part(sold, beside, length), usual)
    return found


def _fast(panel: Panel, cut: Recent, origin: int) -> Floats:
    """Return a level that forgets faster: [S]."""
    recent = panel.rhythm.recent
    units = window(panel.units, origin - recent + 1, origin)
    age = np.arange(recent - 1, -1, -1, dtype=np.float64)
    fading = 0.5 ** (age / (_FAST * panel.rhythm.half_life))
    return level_of(units, cut.in_stock, fading, _LEAST)


def _part(sold: Floats, beside: Floats, length: int) -> Floats:
    """Return an item's part of its group's latest sales; UNKNOWN where the group sold nothing."""
    return ratio(sold[:, -length:].sum(axis=1), beside[:, -length:].sum(axis=1))


def _pace(total: Floats, length: int, season: int) -> Floats:
    """Return the latest sum over the mean of the same weekdays' sums in the four weeks before."""
    end = total.shape[1]
    before = [
        total[:, end - length - season * back : end - season * back].sum(axis=1)
        for back in range(1, _SEASONS + 1)
    ]
    return ratio(total[:, -length:].sum(axis=1), np.mean(before, axis=0))


def _quantile(values: Floats, share: float) -> Floats:
    """Return the lower quantile of what is known along the last axis; NaN where nothing is."""
    ordered = np.sort(values, axis=1)  # unknown ones come last
    count = np.isfinite(values).sum(axis=1)
    place = np.maximum(np.ceil(share * count).astype(np.int64) - 1, 0)
    return np.take_along_axis(ordered, place[:, None], axis=1)[:, 0]
