"""A shopper's own past as the model takes it: counts that fade, by item.

Each purchase weighs exp(-age / 90 days) (90 chosen on Complete Journey weeks 41 to 44). Whether a
past may be kept and used at all is the store's to decide, with the shopper's consent.
"""

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

FADING = timedelta(days=90)
MAX_ITEMS = 500


def faded(age_days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what purchases of these ages weigh now: 1 today, 0.37 after 90 days."""
    return np.exp(-np.maximum(age_days, 0.0) / FADING.days)
