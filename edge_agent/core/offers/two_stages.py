"""Recommends in two stages: sources propose, a ranker orders. The models are run by who asks.

Equal facts give equal answers: nothing here is left to chance.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

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

Arrays = Mapping[str, NDArray[Any]]
Run = Callable[[str, Arrays], Arrays | None]
"""Runs the model of a kind on its inputs; None when there is none, or it failed."""

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
    question = wanted.question
    said = strengths(store, question)
    pool = gather(store, question, _proposed(question, run), said)
    limits = _limits(store, wanted, said.bought)
    moment = Moment(store, question, said, limits)
    scores = ranked(store, question, pool, run)
    return choose(moment, pool, wanted.limit, scores=scores, shares=wanted.shares)


def ranked(store: Store, question: Question, pool: Pool, run: Run) -> NDArray[np.float32] | None:
    """Return the ranker's scores of what it may rank; None without a ranker, or an item model.

    What only other sources propose comes after: a ranker has not learned to compare them.
    """
    number = len(pool.said.items)
    if not number:
        return None
    answer = run(RANKER, {FEATURE_INPUT: features(pool.said, question, store.figures)})
    if answer is None or len(answer.get(SCORE_OUTPUT, ())) != number:
        return None
    return answer[SCORE_OUTPUT].astype(np.float32)


def finds(store: Store, question: Question, hidden: int, run: Run, top: int) -> bool:
    """Tell whether the models put an item among the first `top` of what may be ranked."""
    pool = gather(store, question, _proposed(question, run), strengths(store, question))
    scores = ranked(store, question, pool, run)
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


def _proposed(question: Question, run: Run) -> Candidates | None:
    """Return what the item model proposes."""
    answer = run(ITEM_MODEL, model_feed(question))
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
