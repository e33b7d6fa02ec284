"""One day's lesson: what a model said of it in advance, beside what then sold.

Only items that were there all day teach. Learns nothing itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from edge_agent.core.scoring import Sold
from endcap.models.demand.panel import IN_STOCK

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BUCKETS = ((1, 2), (3, 7), (8, 14), (15, 28))
"""Days ahead that are corrected alike, first and last."""
TEACHING = (1, 4, 11, 21)
"""Of each bucket, how many days ahead the forecasts were made that it learns from."""


def bucket_of(lead: int) -> int:
    """Return which bucket a forecast of so many days ahead belongs to.

    >>> [bucket_of(lead) for lead in (1, 2, 3, 14, 28, 40)]
    [0, 0, 1, 2, 3, 3]
    """
    return next((at for at, (_, last) in enumerate(BUCKETS) if lead <= last), len(BUCKETS) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """What was said of a day, `lead` days before, for N items.

    Attributes:
        day: the day.
        lead: how many days before it was made: 1 when the day before had just closed.
        release: whose model said it.
        levels: the levels of the quantiles.
        gtins: [N] the items.
        mean: [N] units, as the model said them.
        quantiles: [N, Q] units, likewise.
        factor: [N] by what the store corrected both.
        event: by what it multiplied them all, for the local events of the day.
        fresh: [N] whether the item was too new for the model.
        whole: [N] whether it sells in whole units.
    """

    day: date
    lead: int
    release: int
    levels: tuple[float, ...]
    gtins: tuple[str, ...]
    mean: Floats
    quantiles: Floats
    factor: Floats
    event: float
    fresh: NDArray[np.bool_]
    whole: NDArray[np.bool_]

    @property
    def told(self) -> Floats:
        """Return what the store said of each item: [N] units, corrected."""
        return self.mean * self.factor * self.event

    def only(self, chosen: NDArray[np.bool_]) -> "Draft":
        """Return the draft of the chosen items."""
        gtins = tuple(gtin for gtin, fine in zip(self.gtins, chosen, strict=True) if fine)
        cut = {
            name: getattr(self, name)[chosen]
            for name in ("mean", "quantiles", "factor", "fresh", "whole")
        }
        return replace(self, gtins=gtins, **cut)


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """A draft of the items that were there all day, and what they sold: [N] units."""

    draft: Draft
    sold: Floats
    category: tuple[str, ...]

    @property
    def bucket(self) -> int:
        """Return which bucket it teaches."""
        return bucket_of(self.draft.lead)


def lesson_of(draft: Draft, sold: Mapping[str, Sold], category: Mapping[str, str]) -> Lesson:
    """Return the lesson of a day; an item that is not in `sold` sold nothing, but was there."""
    nothing = Sold(0.0, 1.0)
    found = [sold.get(gtin, nothing) for gtin in draft.gtins]
    there = np.array([one.in_stock >= IN_STOCK for one in found], dtype=np.bool_)
    kept = draft.only(there)
    return Lesson(
        draft=kept,
        sold=np.array([one.units for one in found], dtype=np.float64)[there],
        category=tuple(category.get(gtin, "") for gtin in kept.gtins),
    )
