"""The demand model's input: what is known at the end of one period about the ones to come.

One definition for training and serving. Looks at no unit sold after the origin; prices,
promotions and the calendar of the periods to come are known in advance. Every figure is a multiple
of the series' own level, so that one model serves any item; -1 means "not known".
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from endcap.models.demand.censoring import level_of, recovered
from endcap.models.demand.panel import Floats, Ints, Panel, window

Features = NDArray[np.float32]

UNKNOWN = -1.0
_MOST = 20.0  # a multiple of the level beyond this says no more than this does
_SIDE = 3  # periods on each side of a year-ago day that are averaged (days; weeks take one)
_LIKENESS = 0.08  # price difference, relative, at which a past day counts half as similar

FEATURES = (
    "lead", "weekday", "log_level", "age",
    "mean_1", "mean_2", "mean_3", "mean_4", "mean_5", "last",
    "spread", "zero_share", "stock_recent", "stock_long", "stock_last",
    "season_last", "season_4", "season_8", "group_season", "group_trend",
    "promotion", "promotion_recent", "price_recent", "price_highest", "alike", "alike_season",
    "holiday", "holiday_before", "holiday_after", "special", "special_recent",
    "year_known", "year_ago", "year_smooth", "year_growth", "group_year", "holiday_year_ago",
)  # fmt: skip
"""The names of the columns, in order; a model's manifest repeats them."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Features of every series and lead at one origin.

    Attributes:
        rows: [S, H, F] float32, columns as in FEATURES.
        level: [S] units per period that the features and the model's output are multiples of;
            NaN where too little is known to say.
        rate: [S] the level again, not weighted by age: what recovery of censored sales leans on.
    """

    rows: Features
    level: Floats
    rate: Floats
