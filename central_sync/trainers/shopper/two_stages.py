"""Recommends as a store does: the item model proposes, the store adds what sells, a ranker orders.

Both models are anything that runs: their graphs through ONNX Runtime, or what they were made from.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from central_sync.trainers.shopper.questions import Query
from endcap.models.shopper.figures import Figures
from endcap.models.shopper.ranking import (
    FEATURE_INPUT,
    RANKED,
    SCORE_OUTPUT,
    Candidates,
    features,
)
from endcap.models.shopper.tensors import BASKET, HISTORY, HISTORY_WEIGHT, candidates
from endcap.plumbing.onnx_session import Session

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]

Propose = Callable[[Query], Candidates]
Rank = Callable[[Floats], Floats]
FiguresAt = Callable[[Query], Figures]

POPULAR = 60
"""How many of the items that sell most now are candidates, whatever the item model says."""


@lru_cache(maxsize=30)  # asked for in every question of a day and a store
def popular(figures: Figures) -> Ids:
    """Return what sells most now, sorted."""
    sold = figures.week + figures.month
    most = min(POPULAR, len(sold))
    return (
        figures.items[np.sort(np.argpartition(-sold, most - 1)[:most])] if most else figures.items
    )


def pool(proposed: Candidates, query: Query, figures: Figures) -> Candidates:
    """Return what the model proposed and what sells most here, each once, none of the basket."""
    best = popular(figures)
    fresh = best[~np.isin(best, proposed.items) & ~np.isin(best, query.basket)]
    unknown = np.full(len(fresh), np.nan, dtype=np.float32)
    return Candidates(
        np.concatenate([proposed.items, fresh]),
        *(
            np.concatenate([said, unknown])
            for said in (
                proposed.score,
                proposed.basket_says,
                proposed.basket_best,
                proposed.history_says,
            )
        ),
    )


def in_two_stages(
    propose: Propose, rank: Rank, figures_at: FiguresAt
) -> Callable[[Query], tuple[Ids, Floats]]:
    """Return the recommender of an item model and a ranker."""

    def recommend(query: Query) -> tuple[Ids, Floats]:
        figures = figures_at(query)
        found = pool(propose(query).first(RANKED), query, figures)
        if not len(found.items):
            return found.items, found.score
        scores = rank(features(found, query.question(), figures))
        order = np.lexsort((found.items, -scores))
        return found.items[order], scores[order]

    return recommend


def proposing(session: Session) -> Propose:
    """Return the item model that is an ONNX graph."""

    def propose(query: Query) -> Candidates:
        fed: dict[str, NDArray[Any]] = {
            BASKET: query.basket,
            HISTORY: query.history,
            HISTORY_WEIGHT: query.history_weight,
        }
        return candidates(session.run(fed))

    return propose


def ranking(session: Session) -> Rank:
    """Return the ranker that is an ONNX graph."""
    return lambda rows: session.run({FEATURE_INPUT: rows})[SCORE_OUTPUT]
