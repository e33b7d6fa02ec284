"""What sells in a store at each part of the day: made once, then asked at each question.

An item that is too new to tell is taken to sell as its category, and as the chain does. Knows no
shopper.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_agent.core.offers.catalogue import Floats, Goods, Ids
from endcap.models.shopper.figures import DAYPART_ENDS, Figures

PARTS = len(DAYPART_ENDS) + 1
POPULAR, RISERS, REDUCED = 60, 30, 30
"""Items that are proposed: of what sells, what sells more and more, and what is reduced."""
FAMOUS, OF_ALL = 100, 5
"""Items that are called popular: so many at most, and no more than one in five."""
RISES = 1.5
"""By how much more an item must sell this week than this month to be said to rise."""
PRIOR_BASKETS = 200.0
"""Baskets that an item's own sales are weighed against what its category and the chain sell."""
NEWCOMER = 0.5
"""What an item nobody bought yet is taken to sell, of what its category's items do."""


@dataclass(frozen=True, slots=True, eq=False)
class Selling:
    """What sells at a part of the day, by row.

    Attributes:
        popular: float32 [m], about which share of baskets holds an item then, of late.
        best: the rows that sell most of all, sorted.
        favourites: int64 [c + 1], the row that sells most of each category, by its code.
        famous: the rows that are called popular.
        offered: these and the best of what rises and of what is reduced, sorted, and in `standing`
            where each stands among them.
        finds: whether a row is new, rises, or is reduced: what no model can know.
        new: whether nobody bought it yet.
    """

    popular: Floats
    best: Ids
    favourites: Ids
    famous: frozenset[int]
    offered: Ids
    standing: Floats
    finds: NDArray[np.bool_]
    rises: NDArray[np.bool_]
    new: NDArray[np.bool_]


def selling(
    goods: Goods, figures: Figures, baskets: float, chain: Floats | None = None
) -> tuple[Selling, ...]:
    """Return what sells at each part of weekdays, then of weekends.

    Args:
        goods: the catalogue.
        figures: of the same rows.
        baskets: how many baskets of the last month the figures are of.
        chain: float32 [m], what a store of the chain sells of an item a day, 0 where not told.
    """
    late: Floats = np.nan_to_num(figures.week + figures.month) / np.float32(2)
    usual = _expected(late, goods.kinds.category, chain)
    share = (late * baskets + usual * PRIOR_BASKETS) / (baskets + PRIOR_BASKETS)
    resting = np.nan_to_num(figures.weekend, nan=1.0)
    made = []
    for weekend in (1.0 / np.maximum(resting, 0.1), resting):
        for part in range(PARTS):
            then = np.nan_to_num(figures.dayparts[:, part], nan=1.0)
            made.append(_at(goods, figures, (share * then * weekend).astype(np.float32), baskets))
    return tuple(made)


def strongest(strength: Floats, most: int) -> Ids:
    """Return the rows of the `most` greatest strengths above 0, in any order."""
    if len(strength) > most:
        best = np.argpartition(-strength, most)[:most]
        return best[strength[best] > 0]
    return np.flatnonzero(strength > 0)


def shares(strength: Floats) -> Floats:
    """Return strengths as shares of the greatest."""
    return strength / (strength.max(initial=0.0) or np.float32(1.0))


def joined(sources: Iterable[tuple[Ids, NDArray[np.floating]]]) -> tuple[Ids, Floats]:
    """Return the rows of sources, each once and sorted, with what the last that has it says."""
    rows, says = zip(*sources, strict=True)
    backwards = np.concatenate(rows)[::-1]
    found, place = np.unique(backwards, return_index=True)
    return found, np.concatenate(says)[::-1][place].astype(np.float32, copy=False)


def _at(goods: Goods, figures: Figures, popular: Floats, baskets: float) -> Selling:
    """Return what sells at one part of the day."""
    with np.errstate(invalid="ignore", divide="ignore"):
        rises = np.nan_to_num(figures.week / figures.month, posinf=0.0) >= RISES
    reduced = np.where(goods.discount > 0, popular * (1 + goods.discount), np.float32(0))
    new = ~(figures.share > 0) & (baskets > 0)
    rising = np.where(rises, popular, np.float32(0))
    rows = (strongest(reduced, REDUCED), strongest(rising, RISERS), strongest(popular, POPULAR))
    offered, standing = joined((one, shares(popular[one])) for one in rows)
    return Selling(
        popular=popular,
        best=np.sort(rows[2]),
        offered=offered,
        standing=standing,
        favourites=_favourites(goods.kinds.category, popular),
        famous=frozenset(strongest(popular, min(FAMOUS, goods.size // OF_ALL)).tolist()),
        finds=rises | (goods.discount > 0) | new,
        rises=rises,
        new=new,
    )


def _favourites(category: NDArray[np.int32], popular: Floats) -> Ids:
    """Return the row that sells most of each category; the last is of no category, and -1."""
    found = np.full(int(category.max(initial=-1)) + 2, -1, dtype=np.int64)
    order = np.argsort(popular, kind="stable")
    found[category[order]] = order  # of equal places the last one stands
    found[-1] = -1
    return found


def _expected(late: Floats, category: NDArray[np.int32], chain: Floats | None) -> Floats:
    """Return what to expect of each item of which nothing is known but its like, and the chain."""
    group = np.where(category >= 0, category + 1, 0)
    number = np.bincount(group)
    mean = np.bincount(group, late) / np.maximum(number, 1)
    usual = (NEWCOMER * mean[group]).astype(np.float32)
    total = 0.0 if chain is None else float(chain.sum())
    if chain is None or total <= 0:
        return usual
    scale = float(late.sum()) or 1.0
    return np.where(chain > 0, scale * chain / total, usual).astype(np.float32)
