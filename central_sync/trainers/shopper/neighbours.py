"""The baseline of next baskets that others are hard put to beat: TIFU-kNN (Hu et al., SIGIR 2020).

What a household bought, faded by groups of baskets, and what households like it bought; here with
cosine for likeness. Learns nothing but what is bought; reads no files.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from central_sync.trainers.shopper.baskets import Baskets
from central_sync.trainers.shopper.questions import Query

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]

_ANSWER = 100


@dataclass(frozen=True, slots=True)
class Fading:
    """How much older baskets weigh: as its authors found best on Ta-Feng.

    Baskets stand in groups of `group`, the latest first; each further one in its group weighs
    `within` times the one before, each further group `between` times. Of the score `own` is the
    household's, the rest that of its `neighbours`.
    """

    group: int = 7
    within: float = 0.9
    between: float = 0.7
    neighbours: int = 300
    own: float = 0.7

    def weight(self, back: Ids) -> Floats:
        """Return what the basket so many back weighs, 1 for the latest."""
        weight: Floats = self.within ** (back % self.group) * self.between ** (back // self.group)
        return weight


class Neighbours:
    """All households' baskets that may be learned from, ready to be asked (a `Recommender`)."""

    def __init__(self, baskets: Baskets, fading: Fading | None = None) -> None:
        """Weigh and add up each household's baskets."""
        self._fading = fading or Fading()
        self._items = np.unique(baskets.item)
        part = baskets.training_part()
        household = np.unique(baskets.household[part], return_inverse=True)[1]
        sizes, number = baskets.sizes[part], np.bincount(household)
        weight = self._fading.weight(_back(household)) / number[household]
        place = np.searchsorted(self._items, baskets.item[np.repeat(part, baskets.sizes)])
        cells = (np.repeat(weight, sizes), (np.repeat(household, sizes), place))
        shape = (len(number), len(self._items))
        self._bought = scipy.sparse.csr_matrix(cells, shape=shape)
        self._length = np.sqrt(self._bought.multiply(self._bought).sum(axis=1).A1)

    def __call__(self, query: Query) -> tuple[Ids, NDArray[np.float32]]:
        """Answer with what this household and those most like it buy."""
        own = self._own(query)
        like = (self._bought @ own) / self._length
        most = min(self._fading.neighbours, len(like))
        nearest = np.argpartition(-like, most - 1)[:most]
        theirs = np.asarray(self._bought[nearest].mean(axis=0)).ravel()
        scores = self._fading.own * own + (1 - self._fading.own) * theirs
        scores[np.searchsorted(self._items, query.basket)] = 0.0
        best = np.argsort(-scores, kind="stable")[:_ANSWER]
        best = best[scores[best] > 0]
        return self._items[best], scores[best].astype(np.float32)

    def _own(self, query: Query) -> Floats:
        """Return what the one who asks bought, [items]."""
        visit = query.past.by_visit.place
        ages = query.past.ages[query.past.by_visit.first]
        back = np.argsort(np.argsort(ages, kind="stable"), kind="stable")
        weight = self._fading.weight(back) / max(len(ages), 1)
        place = np.searchsorted(self._items, query.past.items)
        return np.bincount(place, weight[visit], minlength=len(self._items)).astype(np.float64)


def _back(household: Ids) -> Ids:
    """Return how many of the same household's baskets come after each, in order of time."""
    order = np.argsort(household, kind="stable")
    last = np.cumsum(np.bincount(household)) - 1
    back = np.empty(len(household), dtype=np.int64)
    back[order] = last[household[order]] - np.arange(len(household))
    return back
