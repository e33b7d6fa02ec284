"""All that a store recommends from, in arrays by the rows of its catalogue: made anew each minute.

Reads nothing and knows no shopper.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from edge_agent.core.offers.catalogue import Floats, Goods, Ids
from edge_agent.core.offers.company import Company, no_company
from edge_agent.core.offers.selling import PARTS, Selling
from endcap.models.shopper.figures import Figures, Kinds, daypart

SWING = 1.3
"""By how much, at most, what was learned or what day it is moves an item up or down."""
_SATURDAY = 5


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """What is recommended from.

    Attributes:
        goods: the catalogue.
        figures: the same rows, from the receipts.
        selling: what sells, by the day's parts: of weekdays, then of weekends.
        company: what is bought with what.
        today: by how much more an item sells on days like this one; 1 as a rule.
        learned: by how much more an item is tapped and bought than where it stood would say.
        reasons: the same of the reasons that items are offered for.
        stand_ins: what may stand in for a row, as it was worked out when first asked: the same of
            a store for ever, and what is out of stock is asked again and again.
    """

    goods: Goods
    figures: Figures
    selling: tuple[Selling, ...]
    company: Company = field(default_factory=no_company)
    today: Floats | None = None
    learned: Floats | None = None
    reasons: Mapping[str, float] = field(default_factory=dict)
    stand_ins: dict[tuple[int, int], tuple[int, ...]] = field(default_factory=dict, repr=False)

    def at(self, hour: float, weekday: int) -> Selling:
        """Return what sells at this hour of this weekday, 0 (Monday) to 6."""
        return self.selling[daypart(hour) + (PARTS if weekday >= _SATURDAY else 0)]

    def nudge(self, rows: Ids, why: Floats | None = None) -> Floats:
        """Return by what each row's standing is multiplied: within SWING, 1 for what is unknown.

        `why` is what was learned of the reason for each row, if anything.
        """
        factor = np.ones(len(rows), dtype=np.float32) if why is None else why.copy()
        for known in (self.today, self.learned):
            if known is not None:
                factor *= known[rows]
        return np.minimum(np.maximum(factor, np.float32(1.0 / SWING)), np.float32(SWING))


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
