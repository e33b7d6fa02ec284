"""Recommends in two stages: sources propose, a ranker orders. The models are run by who asks.

Equal facts give equal answers: nothing here is left to chance.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from edge_agent.core.offers.catalogue import Ids
from edge_agent.core.offers.choose import Limits, Moment, Offer, Shares, barred, choose
from edge_agent.core.offers.diets import asked_mask
from edge_agent.core.offers.sources import Pool, gather, strengths
from edge_agent.core.offers.store import Store
from endcap.models.shopper.history import MAX_ITEMS
from endcap.models.shopper.ranking import (
    FEATURE_INPUT,
    RANKED,
    SCORE_OUTPUT,
    Candidates,
    Question,
    features,
)
from endcap.models.shopper.tensors import BASKET, HISTORY, HISTORY_WEIGHT, candidates

T = TypeVar("T")
Arrays = Mapping[str, NDArray[Any]]
Run = Callable[[str, Arrays], Arrays | None]
"""Runs the model of a kind on its inputs; None when there is none, or it failed."""
Steps = Generator[tuple[str, Arrays], Arrays | None, T]
"""Work that stops where a model must be run: yields its kind and inputs, is sent what it answers,
or None, and returns what comes of it. So who asks may do other things while a model runs."""

ITEM_MODEL, RANKER = "shopper", "shopper_ranker"
MODEL_ITEMS = 300
"""Items of the model's that a ranker learns from."""


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What is asked, and what must not be offered; items are GTINs as numbers."""

    question: Question
    limit: int
    gone: Ids
    dismissed: Ids
    diets: tuple[str, ...] = ()
    shares: Shares = field(default_factory=Shares)


def recommend(store: Store, wanted: Wanted, run: Run) -> tuple[Offer, ...]:
    """Return what to offer, best first."""
    return _through(recommending(store, wanted), run)


def recommending(store: Store, wanted: Wanted) -> Steps[tuple[Offer, ...]]:
    """Return what to offer, best first, in steps."""
    question = wanted.question
    said = strengths(store, question)
    pool = gather(store, question, (yield from _proposed(question)), said)
    limits = _limits(store, wanted, said.bought)
    moment = Moment(store, question, said, limits)
    scores = yield from _ranked(store, question, pool)
    return choose(moment, pool, wanted.limit, scores=scores, shares=wanted.shares)


def _through(steps: Steps[T], run: Run) -> T:
    """Go through all steps at once, running each model when its turn comes."""
    try:
        kind, feed = next(steps)
        while True:
            kind, feed = steps.send(run(kind, feed))
    except StopIteration as ended:
        found: T = ended.value
        return found


def _ranked(store: Store, question: Question, pool: Pool) -> Steps[NDArray[np.float32] | None]:
    """Return the ranker's scores of what it may rank; None without a ranker, or an item model.

    What only other sources propose comes after: a ranker has not learned to compare them.
    """
    number = len(pool.said.items)
    if not number:
        return None
    answer = yield RANKER, {FEATURE_INPUT: features(pool.said, question, store.figures)}
    if answer is None or len(answer.get(SCORE_OUTPUT, ())) != number:
        return None
    return answer[SCORE_OUTPUT].astype(np.float32)


def finds(store: Store, question: Question, hidden: int, run: Run, top: int) -> bool:
    """Tell whether the models put an item among the first `top` of what may be ranked."""
    proposed = _through(_proposed(question), run)
    pool = gather(store, question, proposed, strengths(store, question))
    scores = _through(_ranked(store, question, pool), run)
    order = np.argsort(-(pool.standing[pool.rankable] if scores is None else scores), kind="stable")
    return hidden in pool.said.items[order[:top]].tolist()


def model_feed(question: Question) -> Arrays:
    """Return the item model's inputs for a question; the heaviest habits come first."""
    past = question.past
    known = past.by_item.keys
    weight = past.weight[:-1]
    heaviest = np.lexsort((known, -weight))[:MAX_ITEMS]
    return {
        BASKET: np.unique(question.basket),
        HISTORY: known[heaviest],
        HISTORY_WEIGHT: weight[heaviest].astype(np.float32),
    }


def _proposed(question: Question) -> Steps[Candidates | None]:
    """Return what the item model proposes."""
    answer = yield ITEM_MODEL, model_feed(question)
    return None if answer is None else candidates(answer).first(RANKED)


def _limits(store: Store, wanted: Wanted, bought: Ids) -> Limits:
    goods = store.goods
    gone = np.zeros(goods.size, dtype=np.bool_)
    rows = goods.rows(wanted.gone)
    gone[rows[rows >= 0]] = True
    return Limits(
        gone=gone,
        barred=barred(
            store,
            diets=asked_mask(wanted.diets),
            dismissed=wanted.dismissed,
            basket=wanted.question.basket,
            grown_up=bool((goods.age[bought[bought >= 0]] > 0).any()),
        ),
    )
