"""How a recommender fares: hidden items, hidden baskets, and partners of an item.

The protocols of the data README. A model is anything that answers a query with items and scores,
best first: the shipped graph through ONNX Runtime, or a baseline.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from central_sync.core.ranking_metrics import (
    hit_rate,
    ndcg,
    ndcg_of_places,
    percentile,
    place_of,
    recall,
)
from central_sync.trainers.shopper.baskets import Baskets
from central_sync.trainers.shopper.ease import Counts, ItemModel, say
from central_sync.trainers.shopper.questions import Query, next_basket_queries, next_item_queries
from endcap.models.shopper.history import MAX_ITEMS
from endcap.models.shopper.tensors import BASKET, HISTORY, HISTORY_WEIGHT, ITEMS, SCORES

_CUT, _LONG_CUT = 10, 50
_EVERY, _PERSONAL = 5, 0.1
Ids = NDArray[np.int64]

NO_NEXT_ITEM: Mapping[str, None] = dict.fromkeys(
    (
        *("hr_at_10", "ndcg_at_10", "hr_at_50", "n", "ms_p50", "ms_p99"),
        *("next_item_without_history", "empty_basket"),
    )
)
"""The figures of a data set without test weeks: there is no next-item question in it."""


Recommender = Callable[[Query], tuple[Ids, NDArray[np.float32]]]
"""Answers a query with items (int64) and scores, best first. Need not leave the basket out."""


def score_next_item(recommend: Recommender, baskets: Baskets) -> dict[str, Any]:
    """Return how a recommender finds hidden items, and the milliseconds a query took.

    The same items are asked for again by strangers, with their basket (`next_item_without_history`)
    and with nothing at all (`empty_basket`).
    """
    catalogue, nothing = baskets.catalogue(), np.empty(0, np.int64)
    whole, strangers, bare = Finds(catalogue), Finds(catalogue), Finds(catalogue)
    for query, hidden in next_item_queries(baskets):
        whole.ask(recommend, query, hidden)
        stranger = query.of_a_stranger()
        strangers.ask(recommend, stranger, hidden)
        bare.ask(recommend, stranger.with_basket(nothing), hidden, never=query.basket)
    return {
        **whole.figures(),
        "items": len(catalogue),
        "ms_p50": percentile(whole.took, 0.5),
        "ms_p99": percentile(whole.took, 0.99),
        "next_item_without_history": strangers.figures(),
        "empty_basket": bare.figures(),
    }


@dataclass(slots=True)
class Finds:
    """Where hidden items were found, 1 for the best, and how many milliseconds that took."""

    catalogue: Ids
    places: list[int | None] = field(default_factory=list)
    took: list[float] = field(default_factory=list)

    def ask(
        self, recommend: Recommender, query: Query, hidden: int, never: Ids | None = None
    ) -> None:
        """Ask one question; the basket, or what is `never` the answer, does not count."""
        began = time.perf_counter()
        items, scores = recommend(query)
        self.took.append(1000 * (time.perf_counter() - began))
        last = len(self.catalogue) - 1  # sorted: np.isin would sort it again for each question
        allowed = self.catalogue[np.minimum(np.searchsorted(self.catalogue, items), last)] == items
        allowed &= ~np.isin(items, query.basket if never is None else never)
        self.places.append(place_of(hidden, items[allowed].tolist(), scores[allowed].tolist()))

    def figures(self) -> dict[str, Any]:
        """Return the figures of all questions."""
        return {
            "hr_at_10": hit_rate(self.places, _CUT),
            "ndcg_at_10": ndcg_of_places(self.places, _CUT),
            "hr_at_50": hit_rate(self.places, _LONG_CUT),
            "n": len(self.places),
        }


def score_next_basket(recommend: Recommender, baskets: Baskets) -> dict[str, Any]:
    """Return recall and NDCG of the households' last baskets.

    Where there are test weeks, also those of each household's first basket in them
    (`first_basket`): not every last basket is of the days that follow the fit.
    """
    last = _found(recommend, baskets, baskets.last_of_household())
    found = {
        "recall_at_10": last["recall_at_10"],
        "next_basket_ndcg_at_10": last["ndcg_at_10"],
        "households": last["households"],
    }
    if baskets.protocol.test_weeks is None:
        return found
    return {**found, "first_basket": _found(recommend, baskets, baskets.first_in_test_weeks())}


def _found(
    recommend: Recommender, baskets: Baskets, asked: NDArray[np.bool_]
) -> dict[str, float | int]:
    """Return how much of the baskets `asked` is found, by the households' pasts alone."""
    recalls, gains = [], []
    for query, held in next_basket_queries(baskets, asked):
        best = recommend(query)[0][:_CUT].tolist()
        wanted = held.tolist()
        recalls.append(recall(best, wanted))
        gains.append(ndcg([*map(str, best)], dict.fromkeys(map(str, wanted), 1.0), _CUT))
    return {
        "recall_at_10": float(np.mean(recalls)) if recalls else 0.0,
        "ndcg_at_10": float(np.mean(gains)) if gains else 0.0,
        "households": len(recalls),
    }


def score_partners(recommend: Recommender, held_out: Counts) -> dict[str, Any]:
    """Return how often an item's partner is among the ten best, over the held-out pairs' baskets.

    Each pair asks twice: given the one item, where is the other? Only sums are needed.
    """
    one = np.r_[held_out.first, held_out.second]
    other = np.r_[held_out.second, held_out.first]
    weight = np.r_[held_out.pair_baskets, held_out.pair_baskets]
    hits, nothing = 0, (np.empty(0, np.int64), np.empty(0, np.float32))
    took: list[float] = []
    for place in np.unique(one):
        asked = held_out.items[place : place + 1]
        began = time.perf_counter()
        items, _ = recommend(Query(asked, *nothing))
        took.append(1000 * (time.perf_counter() - began))
        best = items[items != asked[0]][:_CUT]
        mine = one == place
        hits += int(weight[mine][np.isin(held_out.items[other[mine]], best)].sum())
    total = int(weight.sum())
    return {
        "hr_at_10": hits / total if total else 0.0,
        "n": total,
        "items": len(held_out.items),
        "ms_p50": percentile(took, 0.5),
        "ms_p99": percentile(took, 0.99),
    }


def popularity(counts: Counts) -> Recommender:
    """Return the baseline that always answers with the commonest items."""
    order = np.lexsort((counts.items, -counts.item_baskets))[: 2 * MAX_ITEMS]
    items, scores = counts.items[order], counts.item_baskets[order].astype(np.float32)

    def recommend(query: Query) -> tuple[Ids, NDArray[np.float32]]:
        kept = ~np.isin(items, query.basket)
        return items[kept], scores[kept]

    return recommend


def personal_frequency(query: Query) -> tuple[Ids, NDArray[np.float32]]:
    """Answer with what this household buys most, faded: the baseline that is hard to beat."""
    kept = ~np.isin(query.history, query.basket)
    return query.history[kept], query.history_weight[kept]


def ease_and_personal(items: ItemModel) -> Recommender:
    """Return the baseline that adds a tenth of the habit to what the basket says (EASE)."""

    def recommend(query: Query) -> tuple[Ids, NDArray[np.float32]]:
        said = say(items, query.basket, query.history, query.history_weight)
        scores = said.basket_says + np.float32(_PERSONAL) * said.own
        most = min(2 * MAX_ITEMS, len(scores))
        best = np.argpartition(-scores, most - 1)[:most]
        best = best[np.lexsort((items.items[best], -scores[best]))]
        return items.items[best], scores[best]

    return recommend


def parity(shipped: Recommender, reference: Recommender, baskets: Baskets) -> dict[str, Any]:
    """Return on which share of the questions both have the same ten best; every fifth is asked."""
    item = (query for query, _ in next_item_queries(baskets))
    basket = (query for query, _ in next_basket_queries(baskets))
    asked = [*islice(item, 0, None, _EVERY), *islice(basket, 0, None, _EVERY)]
    same = sum(
        shipped(query)[0][:_CUT].tolist() == reference(query)[0][:_CUT].tolist() for query in asked
    )
    return {"same_top_10": same / len(asked) if asked else 1.0, "n": len(asked)}


def through(run: Callable[[dict[str, Any]], dict[str, NDArray[Any]]]) -> Recommender:
    """Return the recommender that is an ONNX graph; `run` takes and returns arrays by name."""

    def recommend(query: Query) -> tuple[Ids, NDArray[np.float32]]:
        fed = {BASKET: query.basket, HISTORY: query.history, HISTORY_WEIGHT: query.history_weight}
        found = run(fed)
        return found[ITEMS], found[SCORES]

    return recommend
