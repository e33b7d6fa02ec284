"""Gathers the items that may be offered: what each source proposes, and in which order they stand.

Without a ranker the item model's come first, then habits, then what goes with the basket, then the
rest. Whether an item may be offered at all is not asked here.
"""

from dataclasses import dataclass

import numpy as np

from edge_agent.core.offers.catalogue import Floats, Ids, Mask
from edge_agent.core.offers.likes import together
from edge_agent.core.offers.selling import Selling, strongest
from edge_agent.core.offers.store import Store
from endcap.models.shopper.habits import Likes
from endcap.models.shopper.ranking import Candidates, Question

HABITS, COMPANY, NEEDS = 100, 60, 10
"""How many items each source may propose: the shopper's own, what goes with the basket, and what
sells here of categories that the shopper is out of."""
MODEL, HABIT, GOES, REST = 3.0, 2.0, 1.0, 0.0
"""Where each source stands without a ranker; its own strength adds up to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """The items that may be offered, [n] each.

    `rows` are those of the store's goods, in order, `standing` where they stand without a ranker,
    `known` whether the item model proposed them, `rankable` whether a ranker has learned to compare
    them: those and what sells most, as in training; `said` is what the model said of the rankable,
    NaN where it said nothing, for a ranker's features.
    """

    rows: Ids
    standing: Floats
    known: Mask
    rankable: Mask
    said: Candidates


@dataclass(frozen=True, slots=True, eq=False)
class Strengths:
    """How strong each source is: `habit` and `goes` [m] by row, 0 where silent; `needed` rows.

    `bought` is the row of each item of the past, in the order of its groups by item, -1 where the
    store does not sell it; `selling` is what sells now, whoever asks.
    """

    habit: Floats
    goes: Floats
    needed: Ids
    bought: Ids
    selling: Selling


def strengths(store: Store, question: Question) -> Strengths:
    """Return what each source but the model says."""
    goods, past = store.goods, question.past
    basket, bought = goods.rows(question.basket), past.likes(goods.kinds).rows
    here = bought >= 0
    habit = np.zeros(goods.size, dtype=np.float32)
    habit[bought[here]] = past.weight[:-1][here]
    now = store.at(question.hour, question.weekday)
    return Strengths(
        habit=habit,
        goes=together(store, basket[basket >= 0]),
        needed=_needs(past.likes(goods.kinds), now),
        bought=bought,
        selling=now,
    )


def gather(store: Store, question: Question, model: Candidates | None, said: Strengths) -> Pool:
    """Return every source's items, each once, none of the basket, and none not sold here."""
    standing = np.full(store.goods.size, -np.inf, dtype=np.float32)
    now, popular = said.selling, said.selling.popular
    for floor, rows, strength in (
        (REST, said.needed, popular),
        (REST, now.reduced, popular),
        (REST, now.rising, popular),
        (REST, now.best, popular),
        (GOES, _best(said.goes, COMPANY), said.goes),
        (HABIT, _best(said.habit, HABITS), said.habit),
    ):
        standing[rows] = floor + strength[rows] / (strength[rows].max(initial=0.0) or 1.0)
    proposed = _proposed(store, model)
    kept = proposed >= 0
    order = np.arange(len(proposed), dtype=np.float32)
    standing[proposed[kept]] = (MODEL + 1.0 / (1.0 + order))[kept]
    basket = store.goods.rows(question.basket)
    standing[basket[basket >= 0]] = -np.inf
    rows = np.flatnonzero(np.isfinite(standing))
    said_of = np.zeros(store.goods.size, dtype=np.bool_)  # np.isin would sort all of them
    said_of[proposed[kept]] = True
    known = said_of[rows]
    if model is not None:
        said_of[now.best] = True
    rankable = said_of[rows]
    told = _told(store, rows[rankable], model, proposed)
    return Pool(rows, standing[rows], known, rankable, told)


def _best(strength: Floats, most: int) -> Ids:
    """Return the rows of the `most` greatest of strengths that are mostly 0."""
    rows = np.flatnonzero(strength > 0)  # ten times as fast as of floats themselves
    return rows[strongest(strength[rows], most)]


def _proposed(store: Store, model: Candidates | None) -> Ids:
    """Return the rows that the item model proposed above 0, in its order; -1 for none here."""
    if model is None:
        return np.empty(0, dtype=np.int64)
    rows = store.goods.rows(model.items)
    return np.where(model.score > 0, rows, -1)


def _told(store: Store, rows: Ids, model: Candidates | None, proposed: Ids) -> Candidates:
    """Return what the model said of `rows`, NaN where it said nothing."""
    items = store.goods.kinds.items[rows]
    if model is None:
        blank = np.full(len(rows), np.nan, dtype=np.float32)
        return Candidates(items, blank, blank, blank, blank)
    here = (proposed >= 0).nonzero()[0]
    place = np.full(store.goods.size, len(proposed))
    place[proposed[here]] = here
    places = place[rows]
    said = (model.score, model.basket_says, model.basket_best, model.history_says)
    return Candidates(items, *(np.append(values, np.float32(np.nan))[places] for values in said))


def _needs(likes: Likes, now: Selling) -> Ids:
    """Return what sells most of the categories that the shopper buys, and is out of by now."""
    kinds = likes.categories
    due = kinds[(likes.tally.since >= likes.tally.gap)[:-1] & (kinds >= 0)]
    rows = now.favourites[due]
    return rows[strongest(now.popular[rows], NEEDS)]
