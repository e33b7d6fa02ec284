"""What all stores of the chain sold together, as the centre told it: whether and how it is used.

The newest that came whole counts; one that is too old says nothing of now and is left out, which
is said. Computes no trend: the centre did.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from endcap.models.demand.chain import WEEK, Chain
from endcap.models.demand.recent import UNKNOWN
from endcap.wire.commands import ChainCategory, ChainItem, ChainSignals

KEEPS = timedelta(days=7)
"""How old the chain's figures may be: trends of three and of seven days mean nothing later."""


@dataclass(frozen=True, slots=True)
class ChainTold:
    """What the chain sold up to `origin`."""

    origin: date
    items: Mapping[str, ChainItem] = field(default_factory=dict)
    categories: Mapping[str, ChainCategory] = field(default_factory=dict)

    def level(self, gtin: str) -> float | None:
        """Return what a store that sells an item sells of it a day; None where not told."""
        told = self.items.get(gtin)
        return None if told is None or told.level < 0 else told.level


def newest_whole(parts: Iterable[ChainSignals]) -> ChainTold | None:
    """Return what the newest origin says of which every part is there; None without one."""
    by_origin: dict[date, dict[int, ChainSignals]] = {}
    for one in parts:
        by_origin.setdefault(one.origin, {})[one.part] = one
    for origin in sorted(by_origin, reverse=True):
        found = by_origin[origin]
        if len(found) == max(one.parts for one in found.values()):
            told = [found[part] for part in sorted(found)]
            return ChainTold(
                origin,
                {item.gtin: item for one in told for item in one.items},
                {kind.category: kind for one in told for kind in one.categories},
            )
    return None


def in_use(told: ChainTold | None, last_closed: date) -> ChainTold | None:
    """Return what is told if it is still, and already, to be used for the days after a day."""
    if told is None or not timedelta(0) <= last_closed - told.origin <= KEEPS:
        return None
    return told


def coded(told: ChainTold, gtins: Sequence[str], categories: Sequence[str]) -> Chain:
    """Return the chain by a store's codes: the places of its items and categories."""
    no_item = [UNKNOWN] * 3
    no_category = [UNKNOWN] * (3 + WEEK)
    items = np.array(
        [
            no_item if one is None else [one.trend_3, one.trend_7, one.lift]
            for one in (told.items.get(gtin) for gtin in gtins)
        ]
    ).reshape(-1, 3)
    kinds = np.array(
        [
            no_category if one is None else [one.trend_3, one.trend_7, one.lift, *one.season]
            for one in (told.categories.get(name) for name in categories)
        ]
    ).reshape(-1, 3 + WEEK)
    return Chain(
        item_3=items[:, 0],
        item_7=items[:, 1],
        category_3=kinds[:, 0],
        category_7=kinds[:, 1],
        season=kinds[:, 3:],
        item_lift=items[:, 2],
        category_lift=kinds[:, 2],
    )
