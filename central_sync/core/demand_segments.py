"""Parts items and days into segments, by what was known when the forecast was made.

Decides nothing about models. Shapes: S series, H periods that are forecast.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from endcap.models.demand.panel import IN_STOCK, UNKNOWN_CODE, Floats, Ints, Panel, window

Mask = NDArray[np.bool_]

SEGMENTS = (
    "fast", "slow", "intermittent", "new", "perishable", "promoted", "holiday",
)  # fmt: skip
"""The segments' names: the first four part the cells, the others may overlap them."""

NEW = {"day": 28, "week": 4}
"""An item is new for so many periods."""

_ADI = 1.32  # periods from one sale to the next from which demand is intermittent
_FAST = 0.5  # of a store's units are made by its fast items
_PERISHABLE = 0.2  # of its periods in which a kind of thing was missing for some of the time


def segments(panel: Panel, origin: int, leads: Sequence[int]) -> Mapping[str, Mask]:
    """Return which cells `origin + lead` belong to each segment: [S, H] each.

    fast          the items that make the first half of their store's units, of the last periods
    slow          the others that sell steadily
    intermittent  1.32 or more periods in stock from one sale to the next (Syntetos and Boylan,
                  2005)
    new           the item's first period came after the data's, less than 28 days before the cell
    perishable    of a category (without one: an item) that was missing for some of the time in a
                  fifth of its periods, as what is ordered short, since it spoils, is
    promoted, holiday   the cell is
    """
    there = origin + np.asarray(leads)
    rate, share = _pace(panel, origin)
    new = _new(panel, there)
    rare = (share * _ADI < 1.0)[:, None] & ~new
    fast = _fast(rate, panel.group)[:, None] & ~rare & ~new
    kind = _perishable(panel, origin)[:, None]
    return {
        "fast": fast,
        "slow": ~fast & ~rare & ~new,
        "intermittent": rare,
        "new": new,
        "perishable": np.repeat(kind, len(there), axis=1),
        "promoted": panel.promotion[:, there] > 0,
        "holiday": panel.holiday[:, there] > 0,
    }


def _pace(panel: Panel, origin: int) -> tuple[Floats, Floats]:
    """Return the units per period in stock, and the share of those with a sale: [S] each."""
    first = origin - panel.rhythm.recent + 1
    units = window(panel.units, first, origin)
    seen = np.isfinite(units) & (window(panel.in_stock, first, origin) >= IN_STOCK)
    sold = np.where(seen, units, 0.0)
    periods = np.maximum(seen.sum(axis=1), 1)
    return sold.sum(axis=1) / periods, (sold > 0).sum(axis=1) / periods


def _new(panel: Panel, there: Ints) -> Mask:
    """Return the cells of items that began to sell a short time before, and in this data."""
    known = np.isfinite(panel.units)
    first = np.where(known.any(axis=1), known.argmax(axis=1), 0)
    young = there - first[:, None] < NEW[panel.rhythm.period]
    return (first > 0)[:, None] & young


def _fast(rate: Floats, group: Ints) -> Mask:
    """Return the items that make the first half of the units of their group: [S]."""
    order = np.lexsort((-rate, group))
    ranked, groups = rate[order], group[order]
    total = np.bincount(groups, ranked)
    begin = np.concatenate([[0.0], np.cumsum(total)[:-1]])
    before = np.cumsum(ranked) - ranked - begin[groups]
    found = np.empty(len(rate), dtype=np.bool_)
    found[order] = before < _FAST * total[groups] - 1e-9
    return found


def _perishable(panel: Panel, origin: int) -> Mask:
    """Return the items of a kind that is often missing: [S]."""
    seen = np.isfinite(panel.units[:, : origin + 1])
    out = seen & (panel.in_stock[:, : origin + 1] < IN_STOCK)
    own = panel.category.max(initial=UNKNOWN_CODE) + 1 + np.arange(panel.series)
    _, kind = np.unique(
        np.where(panel.category == UNKNOWN_CODE, own, panel.category), return_inverse=True
    )
    missing = np.bincount(kind, out.sum(axis=1)) / np.maximum(
        np.bincount(kind, seen.sum(axis=1)), 1
    )
    often: Mask = missing[kind] >= _PERISHABLE
    return often
