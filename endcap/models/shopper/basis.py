"""A ranker that is a sum of curves: each feature becomes a few columns, and a score adds them up.

Between its knots a curve is a straight line; what is not known has a column of its own. Such a
ranker is linear in its columns, so what it has to learn from are sums of products of columns, and
those can be told with noise (feature_sums.py). Knots are round numbers, the same everywhere. Pure.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from endcap.models.shopper.ranking import FEATURES

Floats = NDArray[np.float32]
Knots = tuple[float, ...]

_SAYS: Knots = (0.0, 0.03, 0.1, 0.3)
_RANK: Knots = (0, 5, 30, 150)
_COUNT: Knots = (0, 1, 4, 12)
_PART: Knots = (0.0, 0.15, 0.6)
_DAYS: Knots = (0, 7, 28, 90)
_DUE: Knots = (0.0, 0.7, 1.5, 4.0)
_SHARE: Knots = (0.0, 0.003, 0.03)
_RATIO: Knots = (0.5, 1.0, 2.0)

KNOTS: Mapping[str, Knots] = {
    **dict.fromkeys(("score", "basket_says", "basket_best", "history_says"), _SAYS),
    **dict.fromkeys(
        ("score_rank", "basket_rank", "history_rank", "habit_rank", "category_rank"), _RANK
    ),
    **dict.fromkeys(
        ("times", "faded_month", "faded_quarter", "faded_visits", "category_times"), _COUNT
    ),
    **dict.fromkeys(("with_this_basket", "category_in_basket"), _COUNT),
    **dict.fromkeys(("visit_share", "same_hours", "again", "category_choice"), _PART),
    **dict.fromkeys(
        ("brand_choice", "department_in_basket", "score_share", "category_part"), _PART
    ),
    **dict.fromkeys(("days_since", "visits_since", "own_gap", "items_gap"), _DAYS),
    "category_days_since": _DAYS,
    "category_score": _SAYS,
    **dict.fromkeys(("due_by_own_gap", "due_by_items_gap", "due_by_visits", "category_due"), _DUE),
    **dict.fromkeys(("share", "month", "week"), _SHARE),
    **dict.fromkeys(("trend", "price_to_basket", "daypart", "weekend", "lift_with_basket"), _RATIO),
    "company": (2.0, 3.0, 4.0),
    "price": (0.0, 3.0, 12.0),
    "discount": (0.0, 0.3),
}
"""The knots of each feature that orders candidates; the same for all candidates is of no use."""

COLUMNS = tuple(
    f"{name}:{knot:g}" for name in FEATURES if name in KNOTS for knot in (*KNOTS[name], np.nan)
)
"""The names of the columns, in order; `:nan` is the one for what is not known."""

BASIS = "curves-1"
"""Which columns these are: sums over others do not add up with them."""


def expand(features: Floats) -> Floats:
    """Return float32 [n, len(COLUMNS)] of features [n, len(FEATURES)]; each in 0 to 1."""
    parts = [
        _curve(features[:, place], KNOTS[name])
        for place, name in enumerate(FEATURES)
        if name in KNOTS
    ]
    return np.concatenate(parts, axis=1)


def _curve(values: Floats, knots: Knots) -> Floats:
    """Return how near each value is to each knot, [n, knots + 1]; beyond the ends it is at them."""
    unknown = np.isnan(values)
    last = len(knots) - 1
    there = np.nan_to_num(values, nan=knots[0], posinf=knots[-1], neginf=knots[0])
    at = np.interp(there, knots, np.arange(last + 1))
    near = np.maximum(0.0, 1.0 - np.abs(at[:, None] - np.arange(last + 1)))
    near[unknown] = 0.0
    return np.column_stack([near, unknown]).astype(np.float32)
