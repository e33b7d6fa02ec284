"""What a ranker learns from: the questions of the last weeks to fit on, each with its answers.

The item model that proposes is fitted on the weeks before, and the figures are those of the moment,
so that the ranker sees both as it will see them in a store: of what came before, never of the
answer. Fits nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from central_sync.trainers.shopper.baskets import Baskets
from central_sync.trainers.shopper.questions import FiguresByDay, Query, asked_in, query_of
from central_sync.trainers.shopper.two_stages import Propose, pool
from endcap.models.shopper.habits import Past, no_past
from endcap.models.shopper.ranking import features

TOLD, DRAWN = 60, 40
"""Candidates of a question that are learned from: the first, and so many of the others by lot."""
HIDDEN = 2
"""How many items of a basket are hidden, one at a time."""
LATE = 0.2
"""The share of the baskets, the last ones, that questions are made of."""

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """Candidates of many questions, [n] in all.

    Attributes:
        features: float32 [n, F].
        right: bool [n], whether it was the answer, or one of several.
        sizes: int64 [q], how many candidates of each question there are.
        stands_for: float64 [n], how many candidates of the question each stands for.
    """

    features: NDArray[np.float32]
    right: NDArray[np.bool_]
    sizes: Ids
    stands_for: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mix:
    """How questions are asked, as shares: with the basket but one item, or with nothing in it.

    `strangers` is the share of either that comes without a past.
    """

    empty: float
    strangers: float = 0.25


def late_baskets(baskets: Baskets) -> NDArray[np.bool_]:
    """Return which baskets questions may be made of: the last of those to learn from."""
    part = baskets.training_part()
    if not part.any():
        return part
    first = np.quantile(baskets.day[part], 1 - LATE)
    late: NDArray[np.bool_] = part & (baskets.day >= np.floor(first))
    return late


def lessons(
    baskets: Baskets, propose: Propose, mix: Mix, most: int, rng: np.random.Generator
) -> Lessons | None:
    """Return the candidates of questions of at most `most` late baskets; None for none."""
    figures_at = FiguresByDay(baskets)
    rows, right, stands = [], [], []
    for query, answers in _asked(baskets, mix, most, rng):
        figures = figures_at(query)
        found = pool(propose(query), query, figures)
        correct = np.isin(found.items, answers)
        if correct.any():
            told = features(found, query.question(), figures)
            kept, weight = _drawn(correct, rng)
            rows.append(told[kept])
            right.append(correct[kept])
            stands.append(weight[kept])
    if not rows:
        return None
    return Lessons(
        features=np.concatenate(rows),
        right=np.concatenate(right),
        sizes=np.array([len(one) for one in right]),
        stands_for=np.concatenate(stands),
    )


def _asked(
    baskets: Baskets, mix: Mix, most: int, rng: np.random.Generator
) -> Iterator[tuple[Query, Ids]]:
    """Yield questions and their answers, in order of time, of at most `most` baskets."""
    late, catalogue = late_baskets(baskets), baskets.catalogue()
    late[np.flatnonzero(late)[rng.permutation(np.count_nonzero(late))[most:]]] = False
    for number, past in asked_in(baskets, late):
        items, when = baskets.items_of(number), float(baskets.day[number])
        moment = (when, int(baskets.store[number]))
        known = items[np.isin(items, catalogue, assume_unique=True)]
        if rng.random() < mix.empty:
            yield query_of(items[:0], _whose(past, mix, rng), *moment), items
        elif len(known) >= baskets.protocol.min_basket_items:
            for hidden in rng.permutation(len(known))[:HIDDEN]:
                basket = np.delete(known, hidden)
                yield query_of(basket, _whose(past, mix, rng), *moment), known[hidden : hidden + 1]


def _whose(past: Past, mix: Mix, rng: np.random.Generator) -> Past:
    """Return the past of who asks: now and then nobody's."""
    return no_past() if rng.random() < mix.strangers else past


def _drawn(
    right: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return which candidates are kept, and how many each stands for: answers for themselves."""
    first = np.arange(len(right)) < TOLD
    rest = np.flatnonzero(~first & ~right)
    kept = first | right
    weight = np.ones(len(right))
    if len(rest):
        drawn = rng.permutation(rest)[:DRAWN]
        kept[drawn] = True
        weight[drawn] = len(rest) / len(drawn)
    return kept, weight
