"""Gathers the items that may be offered: what each source proposes, and in which order they stand.

Without a ranker the item model's come first, then habits, then what goes with the basket, then the
rest. Whether an item may be offered at all is not asked here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_agent.core.offers.goods import Ids, Mask, Store
from edge_agent.core.offers.likes import together
from endcap.models.shopper.history import faded
from endcap.models.shopper.ranking import Candidates, Question

Floats = NDArray[np.float32]

HABITS, COMPANY, POPULAR, RISERS, REDUCED, NEEDS = 100, 60, 60, 30, 30, 10
"""How many items each source may propose: the shopper's own, what goes with the basket, what sells
here now, what sells more and more, what is reduced, and what categories the shopper is out of."""
RISES = 1.5
"""By how much more an item must sell this week than this month to be said to rise."""
MODEL, HABIT, GOES, REST = 3.0, 2.0, 1.0, 0.0
"""Where each source stands without a ranker; its own strength adds up to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """The items that may be offered, [n] each.

    `rows` are those of the store's goods, `standing` their order without a ranker, `known` whether
    the item model proposed them, and `said` what a ranker's features are made of.
    """

    rows: Ids
    standing: Floats
    known: Mask
    said: Candidates


@dataclass(frozen=True, slots=True, eq=False)
class Strengths:
    """How strong each source is on each of the store's items, [m] each; 0 where it is silent."""

    habit: Floats
    goes: Floats
    popular: Floats
    rising: Floats
    reduced: Floats
    needed: Floats


def strengths(store: Store, question: Question) -> Strengths:
    """Return what each source but the model says of each item."""
    goods, figures = store.goods, store.figures
    popular = store.popular(question.hour, question.weekday)
    habit = _habits(store, question)
    basket = goods.rows(question.basket)
    with np.errstate(invalid="ignore", divide="ignore"):
        trend = np.nan_to_num(figures.week / figures.month, posinf=0.0)
    return Strengths(
        habit=habit,
        goes=together(store, basket[basket >= 0]),
        popular=popular,
        rising=np.where(trend >= RISES, popular, np.float32(0)),
        reduced=np.where(goods.discount > 0, popular * (1 + goods.discount), np.float32(0)),
        needed=_needs(store, question, popular),
    )


def gather(store: Store, question: Question, model: Candidates | None, said: Strengths) -> Pool:
    """Return every source's items, each once, none of the basket, and none not sold here."""
    standing = np.full(store.goods.size, -np.inf, dtype=np.float32)
    for floor, strength, most in (
        (REST, said.needed, NEEDS),
        (REST, said.reduced, REDUCED),
        (REST, said.rising, RISERS),
        (REST, said.popular, POPULAR),
        (GOES, said.goes, COMPANY),
        (HABIT, said.habit, HABITS),
    ):
        best = strongest(strength, most)
        standing[best] = floor + strength[best] / (strength.max(initial=0.0) or 1.0)
    proposed = _proposed(store, model)
    if model is not None and len(proposed):
        kept = proposed >= 0
        order = np.arange(len(proposed), dtype=np.float32)
        standing[proposed[kept]] = (MODEL + 1.0 / (1.0 + order))[kept]
    basket = store.goods.rows(question.basket)
    standing[basket[basket >= 0]] = -np.inf
    rows = np.flatnonzero(np.isfinite(standing))
    known = np.isin(rows, proposed)
    return Pool(rows, standing[rows], known, _told(store, rows, model, proposed))


def strongest(strength: Floats, most: int) -> Ids:
    """Return the rows of the `most` greatest strengths above 0, in any order."""
    if len(strength) > most:
        best = np.argpartition(-strength, most)[:most]
        return best[strength[best] > 0]
    return np.flatnonzero(strength > 0)


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
    here = proposed >= 0

    def moved(values: Floats) -> Floats:
        found = np.full(store.goods.size, np.nan, dtype=np.float32)
        found[proposed[here]] = values[here]
        return found[rows]

    return Candidates(
        items,
        moved(model.score),
        moved(model.basket_says),
        moved(model.basket_best),
        moved(model.history_says),
    )


def _habits(store: Store, question: Question) -> Floats:
    """Return the shopper's own faded counts."""
    past = question.past
    rows = store.goods.rows(past.items)
    here = rows >= 0
    counts = np.bincount(rows[here], faded(past.ages[here]), minlength=store.goods.size)
    return counts.astype(np.float32)


def _needs(store: Store, question: Question, popular: Floats) -> Floats:
    """Return what sells here of the categories that the shopper buys and lately did not."""
    category = store.goods.kinds.category
    rows = store.goods.rows(question.past.items)
    own, ages = category[rows[rows >= 0]], question.past.ages[rows >= 0]
    own, ages = own[own >= 0], ages[own >= 0]
    if not len(own):
        return np.zeros(store.goods.size, dtype=np.float32)
    size = int(category.max()) + 1
    times = np.bincount(own, minlength=size)
    last = np.full(size, np.inf)
    first = np.zeros(size)
    np.minimum.at(last, own, ages)
    np.maximum.at(first, own, ages)
    with np.errstate(invalid="ignore", divide="ignore"):
        due = (times > 1) & (last >= (first - last) / np.maximum(times - 1, 1))
    wanted = np.where(category >= 0, due[category], False)  # noqa: FBT003 - numpy's own order
    return np.where(wanted, popular, np.float32(0))
