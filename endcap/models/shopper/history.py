"""A shopper's own past as the model takes it: counts that fade, by item.

Each purchase weighs exp(-age / 90 days) (90 chosen on Complete Journey weeks 41 to 44). Whether a
past may be kept and used at all is the store's to decide, with the shopper's consent.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

FADING = timedelta(days=90)
MAX_ITEMS = 500


def faded(age_days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what purchases of these ages weigh now: 1 today, 0.37 after 90 days."""
    return np.exp(-np.maximum(age_days, 0.0) / FADING.days)


def decayed_history(
    purchases: Iterable[tuple[str, datetime]], at: datetime, *, most: int = MAX_ITEMS
) -> dict[str, float]:
    """Return the faded count of each item bought, heaviest first, at most `most` items.

    `purchases` are (GTIN, moment) with one entry per basket; those after `at` are not known yet.
    """
    known = [(item, (at - when) / timedelta(days=1)) for item, when in purchases if when <= at]
    weights = faded(np.array([age for _, age in known], dtype=np.float64))
    total: dict[str, float] = {}
    for (item, _), weight in zip(known, weights.tolist(), strict=True):
        total[item] = total.get(item, 0.0) + weight
    return dict(sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))[:most])
