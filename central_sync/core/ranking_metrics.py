"""How good an ordered list is: hit rate, recall, NDCG. Pure; ties rank against the list.

NDCG as Järvelin & Kekäläinen (2002) with gain / log2(place + 1).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import log2
from typing import TypeVar

Id = TypeVar("Id", int, str)


def place_of(hidden: int, items: Sequence[int], scores: Sequence[float]) -> int | None:
    """Return the place of `hidden`, 1 for the best, or None when it is not in the list.

    Whatever has the same score stands before it.
    """
    if hidden not in items:
        return None
    own = scores[items.index(hidden)]
    return sum(score >= own for score in scores)


def hit_rate(places: Sequence[int | None], within: int) -> float:
    """Return the share of places among the first `within`; 0 for no places."""
    hits = sum(place is not None and place <= within for place in places)
    return hits / len(places) if places else 0.0


def ndcg_of_places(places: Sequence[int | None], within: int) -> float:
    """Return the mean of 1 / log2(place + 1), 0 beyond `within`: NDCG with one right answer."""
    gains = (1 / log2(place + 1) for place in places if place is not None and place <= within)
    return sum(gains) / len(places) if places else 0.0


def recall(found: Iterable[Id], wanted: Collection[Id]) -> float:
    """Return the share of `wanted` that is among `found`; 0 when nothing is wanted."""
    return len(set(found) & set(wanted)) / len(wanted) if wanted else 0.0


def ndcg(found: Sequence[str], gains: Mapping[str, float], within: int) -> float:
    """Return the discounted gain of the first `within`, as a share of the best order's.

    What `gains` does not name gains nothing. 0 when there is nothing to gain.
    """
    best = _discounted(sorted(gains.values(), reverse=True)[:within])
    got = _discounted([gains.get(one, 0.0) for one in found[:within]])
    return got / best if best > 0 else 0.0


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value below which `share` of `values` lie (the nearest one); 0 for none."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


def _discounted(gains: Iterable[float]) -> float:
    """Return the sum of gains, each divided by log2 of its place + 1."""
    return sum(gain / log2(place + 1) for place, gain in enumerate(gains, start=1))
