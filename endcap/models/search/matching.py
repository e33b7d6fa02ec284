"""Which items answer a question, and in which order: by their words, and how these stand.

Adds up what each part of the question says of an item, and lifts items whose name has the words as
they were said, in whose name neighbours stay neighbours, or that are the kind of thing that was
asked for. Knows no stock and no prices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from endcap.models.search.postings import Postings
from endcap.models.search.question import Part
from endcap.models.search.ranking import USUAL, Weights
from endcap.models.search.words import is_wordlike

_POOL = 200
_NOWHERE = -2
"""The number of no form; -1 fills the end of a name."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Rows of the catalogue and their scores, best first; `total` is how many matched at all."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    total: int


def match(
    parts: Sequence[Part],
    postings: Postings,
    limit: int,
    weights: Weights = USUAL,
    said: Sequence[str] = (),
) -> Matches:
    """Return up to `limit` items that carry any part of the question, best first.

    `said` are its words as they are written: an item that has "light" stands before one that has
    "lighting", which the parts do not tell apart.
    """
    scores = _added_up(parts, postings)
    matching = np.flatnonzero(scores)
    rows = _best(matching, scores, max(_POOL, limit))
    found = scores[rows].astype(np.float64)
    names = postings.names[rows]
    for word in said:
        written = names == postings.forms.get(word, _NOWHERE)
        found += weights.said * written.any(axis=1)
    found += _placed(parts, postings, rows, weights)
    order = np.lexsort((rows, -found))[:limit]
    return Matches(rows[order], found[order], len(matching))


def carrying_all(parts: Sequence[Part], postings: Postings) -> NDArray[np.int64]:
    """Return the items that carry every part of the question."""
    if not parts:
        return np.zeros(0, dtype=np.int64)
    carried = np.ones(len(postings.names), dtype=bool)
    for part in parts:
        of_part = np.zeros(len(postings.names), dtype=bool)
        for term, _ in part:
            of_part[postings.carriers(term)[0]] = True
        carried &= of_part
    return np.flatnonzero(carried)


def _added_up(parts: Sequence[Part], postings: Postings) -> NDArray[np.float32]:
    """Return what the parts say of each item: of what a part may stand for, the best counts."""
    total = np.zeros(len(postings.names), dtype=np.float32)
    for part in parts:
        if len(part) == 1:
            items, impacts = postings.carriers(part[0][0])
            total[items] += impacts
        else:
            best = np.zeros_like(total)
            for term, weight in part:
                items, impacts = postings.carriers(term)
                best[items] = np.maximum(best[items], np.float32(weight) * impacts)
            total += best
    return total


def _best(rows: NDArray[np.int64], scores: NDArray[np.float32], most: int) -> NDArray[np.int64]:
    """Return those of `rows` with the highest scores, in the catalogue's order."""
    if len(rows) > most:
        rows = rows[np.argpartition(-scores[rows], most)[:most]]
    return np.sort(rows)


def _placed(
    parts: Sequence[Part], postings: Postings, rows: NDArray[np.int64], weights: Weights
) -> NDArray[np.float64]:
    """Return what the places of the words say: neighbours kept, and the head of the name."""
    names = postings.stems[postings.names[rows]]
    numbers = [postings.numbers(term for term, _ in part) for part in parts]
    here = [_among(names, one) for one in numbers]
    lift = np.zeros(len(rows))
    for one, other in pairwise(here):
        kept = (one[:, :-1] & other[:, 1:]).any(axis=1)
        near = (one[:, :-2] & other[:, 2:]).any(axis=1)
        lift += np.where(kept, weights.neighbours, near * weights.nearly)
    wordlike = [
        number for part, number in zip(parts, numbers, strict=True) if is_wordlike(part[0][0])
    ]
    if wordlike:
        lift += weights.head * _among(postings.heads[rows], wordlike[-1])
    return lift


def _among(names: NDArray[np.int32], numbers: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return where any of a few numbers stands: `np.isin`, in a fifth of its time for so few."""
    found = np.zeros(names.shape, dtype=bool)
    for number in numbers:
        found |= names == number
    return found
