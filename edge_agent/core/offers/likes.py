"""What may stand in for an item, and what goes with it: decided from what the store's baskets say.

A substitute is of the same category, keeps the same company in baskets, and is seldom in one with
the item. Where the baskets say little, the words of the names count instead. A complement is in
one basket with the item and of another category.
"""

from functools import lru_cache

import numpy as np

from edge_agent.core.offers.catalogue import Floats, Ids, among
from edge_agent.core.offers.store import Store
from endcap.models.search.ranking import root
from endcap.models.search.words import words

ALIKE = 0.2
"""How like an item must be to stand in for another."""
_SAME_KIND = 0.25
"""How like two items are that have nothing in common but their category."""
_ENOUGH = 10.0
_PRICE_WEIGHT = 0.5
_LOOKED_AT = 400
"""Items of a category that are looked at, those that sell most."""


def substitutes(store: Store, row: int, limit: int) -> tuple[int, ...]:
    """Return up to `limit` rows that may stand in for `row`, the likest first."""
    known = store.stand_ins.get((row, limit))
    if known is None:
        known = store.stand_ins[row, limit] = _substitutes(store, row, limit)
    return known


def _substitutes(store: Store, row: int, limit: int) -> tuple[int, ...]:
    others = store.goods.like_group(row)
    others = others[others != row]
    if len(others) > _LOOKED_AT:
        sold = np.nan_to_num(store.figures.month[others])
        others = np.sort(others[np.argsort(-sold, kind="stable")[:_LOOKED_AT]])
    likeness = _likeness(store, row, others)
    order = np.argsort(-likeness, kind="stable")[:limit]
    return tuple(others[order[likeness[order] >= ALIKE]].tolist())


def complements(store: Store, rows: Ids, limit: int) -> tuple[int, ...]:
    """Return up to `limit` rows that go with `rows`, the closest first."""
    found, close = together(store, rows)
    return tuple(found[np.argsort(-close, kind="stable")[:limit]].tolist())


def together(store: Store, rows: Ids) -> tuple[Ids, Floats]:
    """Return what goes with `rows`, sorted, and how well; neither those themselves nor their like.

    No category is nobody's like.
    """
    found, close = store.company.around(rows)
    _, theirs, _ = store.goods.kinds.codes(rows)
    _, its, _ = store.goods.kinds.codes(found)
    like = among(np.sort(theirs), its) & (its >= 0)
    apart = ~among(np.sort(rows), found) & ~like & (close > 0)
    return found[apart], close[apart]


def _likeness(store: Store, row: int, others: Ids) -> Floats:
    """Return how well each of `others` may stand in for `row`: 1 at best."""
    goods, company = store.goods, store.company
    partners, closeness = company.of(row)
    sure = _sureness(store, row, others)
    named = _shared_words(goods.names[row], tuple(goods.names[one] for one in others.tolist()))
    learned = company.alike(row, others, goods.size)
    both = np.zeros(goods.size, dtype=np.float32)
    both[partners] = closeness
    apart = 1.0 / (1.0 + both[others])
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.abs(np.log(goods.price[others] / goods.price[row]))
    dearer = 1.0 - _PRICE_WEIGHT * np.minimum(np.nan_to_num(ratio, nan=0.0, posinf=0.0), 1.0)
    blend = sure * np.maximum(learned, 0.5 * named) + (1.0 - sure) * named
    kind = _SAME_KIND if goods.kinds.category[row] >= 0 else 0.0
    found: Floats = ((kind + (1.0 - kind) * blend) * apart * dearer).astype(np.float32)
    return found


def _sureness(store: Store, row: int, others: Ids) -> Floats:
    """Return how far the baskets can be believed on each pair, by how much company both keep."""
    start = store.company.start
    if len(start) <= 1:
        return np.zeros(len(others), dtype=np.float32)
    number = np.diff(start)
    least = np.minimum(number[others], number[row])
    sure: Floats = (least / (least + _ENOUGH)).astype(np.float32)
    return sure


def _shared_words(name: str, others: tuple[str, ...]) -> Floats:
    """Return the share of words that names have in common (Dice)."""
    mine = _roots(name)
    shares = np.zeros(len(others), dtype=np.float32)
    for place, other in enumerate(others):
        its = _roots(other)
        shares[place] = 2 * len(mine & its) / ((len(mine) + len(its)) or 1)
    return shares


@lru_cache(maxsize=8_192)
def _roots(name: str) -> frozenset[str]:
    """Return the roots of a name's words; those of what is out of stock come again and again."""
    return frozenset(map(root, words(name)))
