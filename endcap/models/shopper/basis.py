"""A ranker that is a sum of curves: each of some features has one curve, and a score adds them up.

The shapes are fixed and the same everywhere; a ranker says how much each counts. It is linear in
its columns, so what it has to learn from are sums of products of columns, and those can be told
with noise (feature_sums.py). Columns are few and their spread within a question is about 1, for
noise is paid by the figure. Learning begins at `START`, which knows no fleet. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log1p

import numpy as np
from numpy.typing import NDArray

from endcap.models.shopper.ranking import FEATURES

Floats = NDArray[np.float32]
Knots = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """A shape: straight lines between heights at knots, level beyond them.

    `unknown` is its height where the feature is not known. `start` is how much it counts before
    anything was learned.
    """

    knots: Knots
    heights: Knots
    unknown: float
    start: float = 0.0


def _slowing(knots: Knots, at: float, unit: float, start: float = 0.0, far: float = 0.0) -> Curve:
    """Return a logarithm from `at` on; what is not known lies as high as `far` does."""
    return Curve(
        knots, tuple(log1p(knot / at) / unit for knot in knots), log1p(far / at) / unit, start
    )


def _straight(low: float, high: float, unit: float, unknown: float = 0.0) -> Curve:
    return Curve((low, high), (0.0, (high - low) / unit), unknown)


def _known(unit: float, start: float) -> Curve:
    """Return a curve that only tells what is known from what is not."""
    return Curve((0.0, 1.0), (1 / unit, 1 / unit), 0.0, start)


_RANK: Knots = (0, 1, 3, 7, 15, 40, 120, 400)
_COUNT: Knots = (0, 0.5, 1, 2, 4, 8, 16, 40)
_SAYS: Knots = (0, 0.005, 0.015, 0.04, 0.1, 0.3, 1, 3)
_SHARE: Knots = (0, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
_DUE = Curve((0, 1, 1.5, 2.5, 5, 10, 30), tuple(h / 0.3 for h in (0, 1, 0.67, 0.4, 0.2, 0.1, 0)), 0)

CURVES: Mapping[str, Curve] = {
    "score_rank": _slowing(_RANK, 3, -1.2, 0.5, far=400),
    "basket_says": _slowing(_SAYS, 0.01, 0.9, -0.25),
    "basket_best": _slowing(_SAYS, 0.01, 0.7, 0.5),
    "history_rank": _slowing(_RANK, 3, -1.2, -0.25, far=400),
    "times": _slowing(_COUNT, 1, 0.8, 0.5),
    "days_since": _known(0.45, -0.25),
    "due_by_own_gap": _DUE,
    "due_by_items_gap": _straight(0.0, 4.0, 1.5),
    "due_by_visits": _DUE,
    "faded_visits": _slowing(_COUNT, 1, 0.3, 0.25),
    "with_this_basket": _slowing((0, 0.1, 0.25, 0.5, 1, 3), 1, 0.1),
    "lift_with_basket": _slowing(_COUNT, 1, 0.5, far=1),
    "same_hours": _straight(0.0, 1.0, 0.25),
    "category_times": _slowing(_COUNT, 1, 0.9, -0.5),
    "category_due": _DUE,
    "category_choice": _straight(0.0, 1.0, 0.4),
    "category_in_basket": _slowing(_COUNT, 1, 0.35),
    "department_in_basket": _straight(0.0, 1.0, 0.12),
    "category_score": _slowing(_SAYS, 0.01, 1.1, 0.5),
    "category_part": _straight(0.0, 1.0, 0.36),
    "share": _slowing(_SHARE, 0.0003, 1.3, -0.25),
    "month": _slowing(_SHARE, 0.0003, 1.6),
    "week": _slowing(_SHARE, 0.0003, 1.4, 0.5),
    "items_gap": _known(0.2, 0.25),
    "company": _straight(1.5, 3.5, 0.4, unknown=3.5),
    "discount": _straight(-0.5, 0.3, 0.18, unknown=2.8),
}
"""The curves by feature, and where learning begins: in quarters, no more than rules of thumb.

Chosen on Complete Journey weeks 1 to 44: shapes and starts are settings, not told by any fleet.
"""

COLUMNS = tuple(name for name in FEATURES if name in CURVES)
"""The names of the columns, in order."""

START: NDArray[np.float64] = np.array([CURVES[name].start for name in COLUMNS])
"""How much each column counts before anything was learned."""

BASIS = "curves-2"
"""Which columns and which start these are: sums over others do not add up with them."""


def expand(features: Floats) -> Floats:
    """Return the columns, float32 [n, len(COLUMNS)], of features [n, len(FEATURES)]."""
    columns = np.empty((len(features), len(COLUMNS)), dtype=np.float32)
    for number, name in enumerate(COLUMNS):
        curve, values = CURVES[name], features[:, FEATURES.index(name)]
        risen = np.interp(values, curve.knots, curve.heights)
        columns[:, number] = np.where(np.isnan(values), curve.unknown, risen)
    return columns


def begun(columns: Floats) -> NDArray[np.float64]:
    """Return the scores [n] of columns [n, len(COLUMNS)] before anything was learned."""
    return columns.astype(np.float64) @ START
