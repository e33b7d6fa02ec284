"""What an item sold on past periods like the one to come: alike in price, promotion and holidays.

Kernel means over the recent window. Part of `features`, which names the columns.
"""

import numpy as np
from numpy.typing import NDArray

from endcap.models.demand.panel import Floats, Ints, Panel, window
from endcap.models.demand.recent import MOST, UNKNOWN, Recent, by_code, count_of, mean_of, ratio

_LIKENESS = 0.08  # price difference, relative, at which a past period counts half as similar


def alike(panel: Panel, cut: Recent, origin: int, ahead: Ints) -> dict[str, Floats]:
    """Return the mean demand on past periods like the target, over the level; [S, H] each.

    `alike` goes by price and promotion, `alike_season` counts periods of the target's weekday five
    times, `alike_late` goes by price and holiday and counts later and better stocked periods more;
    `alike_holiday` is the last month's mean on holidays, or else on other days.
    """
    recent, month, reach = panel.rhythm.recent, panel.rhythm.means[3], int(ahead.max())
    first, last = origin - recent + 1, origin + reach
    priced = _priced(window(panel.price, first, last), recent)
    promotion, holiday = (
        window(values, first, last, 0.0) for values in (panel.promotion, panel.holiday)
    )
    seen = np.isfinite(cut.demand)
    share = _share(cut, seen)
    known = seen.astype(np.float64)
    stocked = (known * cut.in_stock)[:, -month:]
    fresh = seen * (cut.in_stock + 0.1) * 0.5 ** (_age(recent) / panel.rhythm.half_life)
    found = np.empty((4, panel.series, len(ahead)))
    for place, lead in enumerate(ahead):
        there = recent - 1 + lead
        near = _near(priced[:, :recent], priced[:, there, None])
        like = near * known * np.where(_same(promotion, there, recent), 1.0, 0.1)
        found[0, :, place] = _drawn(like, share, 0.5)
        weekday = (there - np.arange(recent)) % panel.rhythm.season == 0
        found[1, :, place] = _drawn(like * np.where(weekday, 5.0, 1.0), share, 0.5)
        same = _same(holiday, there, recent)
        found[2, :, place] = _drawn(near * fresh * np.where(same, 1.0, 0.25), share, 0.25)
        there_too = stocked * same[:, -month:]
        total = (there_too * share[:, -month:]).sum(axis=1)
        found[3, :, place] = ratio(total, there_too.sum(axis=1))
    return dict(zip(("alike", "alike_season", "alike_late", "alike_holiday"), found, strict=True))


def group_holiday(panel: Panel, cut: Recent, origin: int, ahead: Ints) -> Floats:
    """Return a group's mean month's holiday, or other day, like the target, over its mean day."""
    month, count = panel.rhythm.means[3], count_of(panel.group)
    total = by_code(cut.demand, panel.group, count)[:, -month:]
    one = np.zeros(count, dtype=np.int64)
    one[panel.group[::-1]] = np.arange(panel.series)[::-1]  # a group's series share its holidays
    holiday = window(panel.holiday[one], origin - month + 1, origin + int(ahead.max()), 0.0)
    found = np.empty((count, len(ahead)))
    for place, lead in enumerate(ahead):
        same = _same(holiday, month - 1 + lead, month)
        mean = (total * same).sum(axis=1) / np.maximum(same.sum(axis=1), 1.0)
        found[:, place] = np.where(same.any(axis=1), ratio(mean, total.mean(axis=1)), UNKNOWN)
    return found[panel.group]


def _age(length: int) -> Floats:
    """Return how many periods ago each column of a window of `length` is."""
    return np.arange(length - 1, -1, -1, dtype=np.float64)


def _priced(price: Floats, recent: int) -> Floats:
    """Return prices as multiples of the recent mean; 1 where not known."""
    price = np.where(price > 0, price, np.nan)
    return np.nan_to_num(price / mean_of(price[:, :recent])[:, None], nan=1.0)


def _share(cut: Recent, seen: NDArray[np.bool_]) -> Floats:
    """Return demand as a bounded multiple of the level; 0 where not known."""
    level = np.where(cut.level > 0, cut.level, np.nan)[:, None]
    share = np.where(seen, cut.demand, 0.0) / level
    return np.nan_to_num(np.minimum(share, MOST))


def _near(priced: Floats, target: Floats) -> Floats:
    """Return how similar past prices are to the target's, 1 for the same."""
    apart = (priced - target) / _LIKENESS
    near: Floats = 1.0 / (1.0 + apart * apart)
    return near


def _same(marks: Floats, there: int, recent: int) -> NDArray[np.bool_]:
    """Return whether past periods bear the target's mark: [S, R]."""
    same: NDArray[np.bool_] = marks[:, :recent] == marks[:, there, None]
    return same


def _drawn(weights: Floats, values: Floats, by: float) -> Floats:
    """Return the weighted mean along the last axis, drawn to 1 by a weight of `by`."""
    drawn: Floats = ((weights * values).sum(axis=1) + by) / (weights.sum(axis=1) + by)
    return drawn
