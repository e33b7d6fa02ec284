"""How a recommender fares: hidden items, hidden baskets, and partners of an item.

The protocols of the data README. A model is anything that answers a query with items and scores,
best first: the shipped graph through ONNX Runtime, or a baseline.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
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
from central_sync.trainers.shopper.ease import Counts
from endcap.models.shopper.history import MAX_ITEMS, faded
from endcap.models.shopper.tensors import BASKET, HISTORY, HISTORY_WEIGHT, ITEMS, SCORES

_CUT, _LONG_CUT = 10, 50
Ids = NDArray[np.int64]

NO_NEXT_ITEM: Mapping[str, None] = dict.fromkeys(
    ("hr_at_10", "ndcg_at_10", "hr_at_50", "n", "ms_p50", "ms_p99")
)
"""The figures of a data set without test weeks: there is no next-item question in it."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is known when a recommendation is asked for: a basket and a faded history."""

    basket: Ids
    history: Ids
    history_weight: NDArray[np.float32]


Recommender = Callable[[Query], tuple[Ids, NDArray[np.float32]]]
"""Answers a query with items (int64) and scores, best first. Need not leave the basket out."""


@dataclass(slots=True)
class _Pasts:
    """Every household's purchases so far, to be asked for before each basket is added."""

    items: dict[int, list[Ids]]
    days: dict[int, list[float]]

    def of(self, household: int, day: float) -> tuple[Ids, NDArray[np.float32]]:
        """Return a household's items and their faded counts at `day`, heaviest first."""
        items = self.items.get(household)
        if not items:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        sizes = [len(one) for one in items]
        ages = day - np.repeat(np.array(self.days[household]), sizes)
        known, place = np.unique(np.concatenate(items), return_inverse=True)
        weight = np.bincount(place, faded(ages))
        heaviest = np.argsort(-weight, kind="stable")[:MAX_ITEMS]
        return known[heaviest], weight[heaviest].astype(np.float32)

    def add(self, household: int, items: Ids, day: float) -> None:
        """Take in a basket that is over."""
        self.items.setdefault(household, []).append(items)
        self.days.setdefault(household, []).append(day)


def next_item_queries(baskets: Baskets) -> Iterator[tuple[Query, int]]:
    """Yield, in time order, each test basket without one item, and the item that was hidden."""
    catalogue = baskets.catalogue()
    rng = np.random.default_rng(baskets.protocol.seed)
    tested, pasts = baskets.in_test_weeks(), _Pasts({}, {})
    for number, household in enumerate(baskets.household.tolist()):
        items, day = baskets.items_of(number), float(baskets.day[number])
        if tested[number]:
            known = items[np.isin(items, catalogue, assume_unique=True)]
            if len(known) >= baskets.protocol.min_basket_items:
                hidden = int(rng.integers(len(known)))
                past = pasts.of(household, day)
                yield Query(np.delete(known, hidden), *past), int(known[hidden])
        pasts.add(household, items, day)


def next_basket_queries(baskets: Baskets) -> Iterator[tuple[Query, Ids]]:
    """Yield each household's past before its last basket, and what that basket held."""
    last, pasts = baskets.last_of_household(), _Pasts({}, {})
    nothing = np.empty(0, np.int64)
    for number, household in enumerate(baskets.household.tolist()):
        items, day = baskets.items_of(number), float(baskets.day[number])
        if last[number]:
            yield Query(nothing, *pasts.of(household, day)), items
        pasts.add(household, items, day)


def score_next_item(recommend: Recommender, baskets: Baskets) -> dict[str, Any]:
    """Return hit rates and NDCG of the hidden items, and the milliseconds a query took."""
    catalogue = baskets.catalogue()
    places: list[int | None] = []
    took: list[float] = []
    for query, hidden in next_item_queries(baskets):
        began = time.perf_counter()
        items, scores = recommend(query)
        took.append(1000 * (time.perf_counter() - began))
        allowed = np.isin(items, catalogue) & ~np.isin(items, query.basket)
        places.append(place_of(hidden, items[allowed].tolist(), scores[allowed].tolist()))
    return {
        "hr_at_10": hit_rate(places, _CUT),
        "ndcg_at_10": ndcg_of_places(places, _CUT),
        "hr_at_50": hit_rate(places, _LONG_CUT),
        "n": len(places),
        "items": len(catalogue),
        "ms_p50": percentile(took, 0.5),
        "ms_p99": percentile(took, 0.99),
    }


def score_next_basket(recommend: Recommender, baskets: Baskets) -> dict[str, Any]:
    """Return recall and NDCG of the households' last baskets."""
    recalls, gains = [], []
    for query, held in next_basket_queries(baskets):
        best = recommend(query)[0][:_CUT].tolist()
        wanted = held.tolist()
        recalls.append(recall(best, wanted))
        gains.append(ndcg([*map(str, best)], dict.fromkeys(map(str, wanted), 1.0), _CUT))
    return {
        "recall_at_10": float(np.mean(recalls)) if recalls else 0.0,
        "next_basket_ndcg_at_10": float(np.mean(gains)) if gains else 0.0,
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


def through(run: Callable[[dict[str, Any]], dict[str, NDArray[Any]]]) -> Recommender:
    """Return the recommender that is an ONNX graph; `run` takes and returns arrays by name."""

    def recommend(query: Query) -> tuple[Ids, NDArray[np.float32]]:
        fed = {BASKET: query.basket, HISTORY: query.history, HISTORY_WEIGHT: query.history_weight}
        found = run(fed)
        return found[ITEMS], found[SCORES]

    return recommend
