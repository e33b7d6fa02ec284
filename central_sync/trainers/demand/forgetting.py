"""Rows that forget what a store may not be told: a model learned from them can do without it.

A store may lack weather, categories, or a chain to be told of. Each group of columns is forgotten
as a whole, in a share of the rows, so that trees find their way around what is UNKNOWN. What tells
the time of the year is forgotten everywhere until a year was seen: in one spring the warmth of a
day is its date, and the days to come are warmer than any before; and two or three months tell
a pay day from chance no better. Changes no target.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from central_sync.trainers.demand.sample import Rows
from endcap.models.demand.features import FEATURES
from endcap.models.demand.recent import UNKNOWN

SHARE = 0.125
"""Of the rows, for each group."""

_PREFIXES = {
    "category": ("category_",),
    "weather": ("temperature", "rain"),
    "chain": ("chain_",),
}

DATES = tuple(FEATURES.index(name) for name in ("temperature", "rain_recent", "month_day"))
"""The columns that tell the time of the year."""

_YEAR_KNOWN = FEATURES.index("year_known")

GROUPS: Mapping[str, tuple[int, ...]] = {
    group: tuple(place for place, name in enumerate(FEATURES) if name.startswith(prefixes))
    for group, prefixes in _PREFIXES.items()
}
"""The columns that come and go together."""


def forgetful(rows: Rows, rng: np.random.Generator) -> Rows:
    """Return `rows` with each group unknown in a share of them."""
    features = rows.features.copy()
    if not (features[:, _YEAR_KNOWN] > 0).any():
        features[:, DATES] = UNKNOWN
    for columns in GROUPS.values():
        forgotten = np.flatnonzero(rng.random(len(rows)) < SHARE)
        features[forgotten[:, None], columns] = UNKNOWN
    return replace(rows, features=features)
