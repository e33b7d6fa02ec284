"""What a store knows of its items, in arrays, to recommend from: made anew each minute, then asked.

A row is an item, in the order of its GTIN as a number. Reads nothing and knows no shopper.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge_agent.core.offers.company import Company, no_company
from endcap.models.shopper.figures import Figures, Kinds, daypart

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

PRIOR_BASKETS = 200.0
"""Baskets that an item's own sales are weighed against what its category and the chain sell."""
NEWCOMER = 0.5
"""What an item nobody bought yet is taken to sell, of what its category's items do."""
SWING = 1.3
"""By how much, at most, what was learned or what day it is moves an item up or down."""
_SATURDAY = 5


@dataclass(frozen=True, slots=True, eq=False)
class Goods:
    """The catalogue; `discount` is of today, 0 for none, `suits` bits of offers/diets.

    `age` is the least age of who may buy it. All have a row for each of `kinds.items`.
    """

    kinds: Kinds
    names: tuple[str, ...]
    price: Floats
    discount: Floats
    suits: NDArray[np.int32]
    age: NDArray[np.int16]

    @property
    def size(self) -> int:
        """How many items there are."""
        return len(self.kinds.items)

    def rows(self, items: Ids) -> Ids:
        """Return the row of each item, -1 where the store does not sell it."""
        if not self.size:
            return np.full(len(items), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.kinds.items, items), self.size - 1)
        return np.where(self.kinds.items[at] == items, at, -1)

    def like_group(self, row: int) -> Ids:
        """Return the rows of its category, or, where that is not said, of its department."""
        category = int(self.kinds.category[row])
        if category >= 0:
            return np.flatnonzero(self.kinds.category == category)
        return np.flatnonzero(self.kinds.department == self.kinds.department[row])


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """What is recommended from.

    Attributes:
        goods: the catalogue.
        figures: the same rows, from the receipts.
        baskets: how many baskets of the last month the figures are of.
        company: what is bought with what.
        chain: what a store of the chain sells of an item a day, 0 where that is not told.
        today: by how much more an item sells on days like this one; 1 as a rule.
        learned: by how much more an item is tapped and bought than where it stood would say.
    """

    goods: Goods
    figures: Figures
    baskets: float = 0.0
    company: Company = field(default_factory=no_company)
    chain: Floats | None = None
    today: Floats | None = None
    learned: Floats | None = None
    reasons: Mapping[str, float] = field(default_factory=dict)

    def popular(self, hour: float, weekday: int) -> Floats:
        """Return about which share of baskets holds each item at this hour, of late."""
        figures = self.figures
        late: Floats = np.nan_to_num(figures.week + figures.month) / np.float32(2)
        usual = _prior(late, self.goods.kinds.category, self.chain)
        share = (late * self.baskets + usual * PRIOR_BASKETS) / (self.baskets + PRIOR_BASKETS)
        weekend = figures.weekend if weekday >= _SATURDAY else 1.0 / figures.weekend
        part = figures.dayparts[:, daypart(hour)] if len(figures.dayparts) else weekend
        found: Floats = share * np.nan_to_num(part, nan=1.0) * np.nan_to_num(weekend, nan=1.0)
        return found

    def nudge(self, rows: Ids, why: Floats | None = None) -> Floats:
        """Return by what each row's standing is multiplied: within SWING, 1 for what is unknown.

        `why` is what was learned of the reason for each row, if anything.
        """
        factor = np.ones(len(rows), dtype=np.float32) if why is None else why.copy()
        for known in (self.today, self.learned):
            if known is not None:
                factor *= known[rows]
        return np.clip(factor, 1.0 / SWING, SWING)


def _prior(late: Floats, category: NDArray[np.int32], chain: Floats | None) -> Floats:
    """Return what to expect of each item of which nothing is known but its like, and the chain."""
    group = np.where(category >= 0, category + 1, 0)
    number = np.bincount(group)
    mean = np.bincount(group, late) / np.maximum(number, 1)
    usual = (NEWCOMER * mean[group]).astype(np.float32)
    if chain is None or not (total := float(chain.sum())):
        return usual
    scale = float(late.sum()) or 1.0
    return np.where(chain > 0, scale * chain / total, usual).astype(np.float32)


def aligned(figures: Figures, kinds: Kinds) -> Figures:
    """Return figures by the rows of another catalogue; NaN for what they do not know."""
    rows = figures.rows(kinds.items)

    def taken(values: Floats) -> Floats:
        blank = np.full((len(rows), *values.shape[1:]), np.nan, dtype=np.float32)
        blank[rows >= 0] = values[rows[rows >= 0]]
        return blank

    names = ("share", "month", "week", "gap", "again", "company", "price", "paid")
    return Figures(
        kinds=kinds,
        **{name: taken(getattr(figures, name)) for name in names},
        dayparts=taken(figures.dayparts),
        weekend=taken(figures.weekend),
    )
