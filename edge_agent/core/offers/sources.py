"""Gathers the items that may be offered: what each source proposes, and in which order they stand.

Without a ranker the item model's come first, then habits, then what goes with the basket, then the
rest. Whether an item may be offered at all is not asked here.
"""

from dataclasses import dataclass

import numpy as np

from edge_agent.core.offers.catalogue import Floats, Ids, Mask, among
from edge_agent.core.offers.likes import together
from edge_agent.core.offers.selling import Selling, joined, shares, strongest
from edge_agent.core.offers.store import Store
from endcap.models.shopper.habits import Likes, places
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
    them: those and what sells most, as in training, and habits where the model, being of other
    goods, proposed nothing; `said` is what the model said of the rankable, NaN where it said
    nothing, for a ranker's features.
    """

    rows: Ids
    standing: Floats
    known: Mask
    rankable: Mask
    said: Candidates


@dataclass(frozen=True, slots=True, eq=False)
class Some:
    """Rows that a source has something to say of, sorted, and how strong that is, above 0."""

    rows: Ids
    strength: Floats

    def best(self, most: int) -> "Some":
        """Return the `most` strongest, in any order."""
        best = strongest(self.strength, most)
        return Some(self.rows[best], self.strength[best])

    def has(self, rows: Ids) -> Mask:
        """Return of which rows there is something to say."""
        return among(self.rows, rows)


@dataclass(frozen=True, slots=True, eq=False)
class Strengths:
    """How strong each source is: the shopper's habit, what goes with the basket, `needed` rows.

    `bought` is the row of each item of the past, in the order of its groups by item, -1 where the
    store does not sell it; `selling` is what sells now, whoever asks.
    """

    habit: Some
    goes: Some
    needed: Ids
    bought: Ids
    selling: Selling


def strengths(store: Store, question: Question) -> Strengths:
    """Return what each source but the model says."""
    goods, past = store.goods, question.past
    basket, bought = goods.rows(question.basket), past.likes(goods.kinds).rows
    here = (bought >= 0) & (past.weight[:-1] > 0)
    now = store.at(question.hour, question.weekday)
    return Strengths(
        habit=Some(bought[here], past.weight[:-1][here].astype(np.float32)),
        goes=Some(*together(store, basket[basket >= 0])),
        needed=_needs(past.likes(goods.kinds), now),
        bought=bought,
        selling=now,
    )


def gather(store: Store, question: Question, model: Candidates | None, said: Strengths) -> Pool:
    """Return every source's items, each once, none of the basket, and none not sold here."""
    now, goes, habit = said.selling, said.goes.best(COMPANY), said.habit.best(HABITS)
    proposed, places_of = _proposed(store, model)
    rows, standing = joined(
        (
            (said.needed, REST + shares(now.popular[said.needed])),
            (now.offered, REST + now.standing),
            (goes.rows, GOES + shares(goes.strength)),
            (habit.rows, HABIT + shares(habit.strength)),
            (proposed, MODEL + 1 / (1 + places_of.astype(np.float32))),
        )
    )
    basket = store.goods.rows(question.basket)
    free = ~among(np.sort(basket), rows)
    rows, standing = rows[free], standing[free]
    known = among(proposed, rows)
    rankable = known if model is None else known | among(now.best, rows)
    if model is not None and not len(proposed):
        rankable |= said.habit.has(rows)  # a model that knows this shop proposes habits itself
    told = _told(store, rows[rankable], model, proposed, places_of)
    return Pool(rows, standing, known, rankable, told)


def _proposed(store: Store, model: Candidates | None) -> tuple[Ids, Ids]:
    """Return the rows that the item model proposed above 0, sorted, and their places with it."""
    if model is None:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing
    rows = store.goods.rows(model.items)
    here = np.flatnonzero((rows >= 0) & (model.score > 0))
    here = here[rows[here].argsort()]
    return rows[here], here


def _told(
    store: Store, rows: Ids, model: Candidates | None, proposed: Ids, places_of: Ids
) -> Candidates:
    """Return what the model said of `rows`, NaN where it said nothing."""
    items = store.goods.kinds.items[rows]
    if model is None:
        blank = np.full(len(rows), np.nan, dtype=np.float32)
        return Candidates(items, blank, blank, blank, blank)
    last = len(model.items)
    told = np.full((4, last + 1), np.nan, dtype=np.float32)
    told[:, :last] = (model.score, model.basket_says, model.basket_best, model.history_says)
    at = np.append(places_of, last)[places(proposed, rows)]
    return Candidates(items, *told[:, at])


def _needs(likes: Likes, now: Selling) -> Ids:
    """Return what sells most of the categories that the shopper buys, and is out of by now."""
    kinds = likes.categories
    due = kinds[(likes.tally.since >= likes.tally.gap)[:-1] & (kinds >= 0)]
    rows = now.favourites[due]
    return rows[strongest(now.popular[rows], NEEDS)]
