"""The item-item model: EASE, solved from co-purchase counts and pruned to what matters.

EASE (Steck, 2019) is a linear auto-encoder without self-weights; its denoising form (EDLAE, Steck
2020) adds a ridge that grows with an item's count. Both closed forms need only the Gram matrix of
the baskets, so it is fitted on sums. Reads no files.
"""

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, lapack

from central_sync.trainers.shopper.noisy_gram import Affinity
from endcap.models.shopper.ranking import Candidates

RIDGE = 30.0
DENOISING = 0.5
NEIGHBOURS = 100
MAX_TAIL = 50_000
MOST_ITEMS = 300
_BLOCK = 512


@dataclass(frozen=True, slots=True)
class Blend:
    """How the parts of a score are added (see `score`); found on Complete Journey weeks 41-48."""

    habit: float = 0.06
    surprise: float = 0.04
    agreement: float = 1.0
    likeness: float = 0.02


@dataclass(frozen=True, slots=True)
class ItemModel:
    """A fitted model. Items are known in order of their counts; the first of them have neighbours.

    `items`: int64 [n], `counts`: int64 [n]; `neighbours`: int64 [m, r] places in `items`, and
    `weights`: float16 [m, r], what a bought item adds to each neighbour's score; m <= n. `order`
    sorts `items`.
    """

    items: NDArray[np.int64]
    counts: NDArray[np.int64]
    neighbours: NDArray[np.int64]
    weights: NDArray[np.float16]
    blend: Blend
    order: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        """Remember where each id is, so that looking many up is cheap."""
        object.__setattr__(self, "order", np.argsort(self.items))


@dataclass(frozen=True, slots=True)
class Counts:
    """Sums over baskets: how many hold each item, and both items of each pair.

    `items` int64 [n] ids with `item_baskets` int64 [n]; `first`, `second`, `pair_baskets` int64
    [p]: places in `items`, each unordered pair once. `withheld` is the most baskets that a pair
    which is absent may have had: counts too small to tell, for privacy. With `affinity` an absent
    pair is taken to be as much commoner than chance as its categories are.
    """

    baskets: int
    items: NDArray[np.int64]
    item_baskets: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    pair_baskets: NDArray[np.int64]
    withheld: int = 0
    affinity: Affinity | None = None


def fit_items(counts: Counts, *, most: int, blend: Blend | None = None) -> ItemModel:
    """Return the model of these counts; only the `most` commonest items get neighbours.

    Takes O(most ** 3) time and about 8 * most ** 2 bytes.
    """
    order = np.lexsort((counts.items, -counts.item_baskets))[: most + MAX_TAIL]
    core = min(most, len(order))
    gram = _gram(counts, order[:core])
    neighbours, weights = _pruned(_inverse(gram, RIDGE + DENOISING * gram.diagonal()))
    return ItemModel(
        items=counts.items[order],
        counts=counts.item_baskets[order],
        neighbours=neighbours,
        weights=weights,
        blend=blend or Blend(),
    )


def _gram(counts: Counts, core: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the dense symmetric matrix of co-purchase counts of the items `core`.

    A pair that was withheld gets what chance would give it, as far as that could be withheld.
    Zero would say that the two repel each other (the model card has what that costs).
    """
    place = np.full(len(counts.items), -1, dtype=np.int64)
    place[core] = np.arange(len(core))
    one, other = place[counts.first], place[counts.second]
    kept = (one >= 0) & (other >= 0)
    shape = (len(core), len(core))
    half = scipy.sparse.coo_matrix(
        (counts.pair_baskets[kept].astype(np.float32), (one[kept], other[kept])), shape=shape
    )
    gram: NDArray[np.float32] = (half + half.T).toarray(order="F")
    held = counts.item_baskets[core].astype(np.float32)
    if counts.withheld:
        by_chance = np.outer(held, held) / np.float32(max(counts.baskets, 1))
        if counts.affinity is not None:
            by_chance *= counts.affinity.between(core, core)
        unseen = np.minimum(by_chance, counts.withheld)
        gram = np.asfortranarray(np.where(gram == 0, unseen, gram), dtype=np.float32)
    gram[np.diag_indices(len(core))] = held
    return gram


def _inverse(gram: NDArray[np.float32], ridge: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the inverse of `gram` + `ridge` on its diagonal, lower half only.

    Counts withheld for privacy can leave a matrix that is not positive definite: the ridge is
    then doubled until it is.
    """
    for doubling in range(20):
        regular = gram.copy(order="F")
        regular[np.diag_indices(len(gram))] += ridge * 2**doubling
        factor, failed = lapack.spotrf(regular, lower=1, overwrite_a=1, clean=0)
        if not failed:
            inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
            return np.asarray(inverse, dtype=np.float32)
    raise LinAlgError("the co-purchase counts are not finite")


def _pruned(inverse: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
    """Return each item's strongest neighbours and their weights, negative ones too.

    The weight from i to j is -P[i, j] / P[j, j] with P the inverse; its lower half is given.
    """
    size = len(inverse)
    kept = min(NEIGHBOURS, size - 1)
    neighbours = np.empty((size, kept), dtype=np.int64)
    weights = np.empty((size, kept), dtype=np.float16)
    diagonal = inverse.diagonal().copy()
    for start in range(0, size, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, size))
        below = np.arange(size)[None, :] < rows[:, None]
        whole = np.where(below, inverse[rows], inverse[:, rows].T) / -diagonal
        whole[np.arange(len(rows)), rows] = 0.0
        best = np.argpartition(-np.abs(whole), kept - 1, axis=1)[:, :kept]
        neighbours[rows] = best
        weights[rows] = np.take_along_axis(whole, best, axis=1)
    return neighbours, weights


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a model says of each of its items to one question, float32 [n]: the parts of a score.

    `basket_says` sums what each item of the basket adds, `basket_best` is the most that one of them
    adds, `history_says` is what the shopper's habits add, and `own` is the habit itself.
    """

    total: NDArray[np.float32]
    basket_says: NDArray[np.float32]
    basket_best: NDArray[np.float32]
    history_says: NDArray[np.float32]
    own: NDArray[np.float32]


def say(
    model: ItemModel,
    basket: NDArray[np.int64],
    history: NDArray[np.int64],
    history_weight: NDArray[np.float32],
) -> Said:
    """Return what is said of every item: the reference that the ONNX graph must equal.

    With c what the basket says (EASE), h the log of one plus the shopper's own faded counts, and
    s what the history says through EASE, the score is c (1 + agreement h) + habit h - surprise s:
    a habit counts for more where the basket agrees, and for less where the rest of the shopper's
    past explains it already. Without a basket there is nothing to be surprised at, and s is added,
    times likeness: who has few habits is offered what goes with them. Items in the basket score
    lowest.
    """
    size, blend = len(model.items), model.blend
    places, _ = _places(model, basket)
    own_places, own_known = _places(model, history)
    habit = np.log(np.float32(1) + history_weight)[own_known]
    own = np.bincount(own_places, habit, minlength=size).astype(np.float32)
    basket_says = _through(model, places, np.ones(len(places), dtype=np.float32))
    history_says = _through(model, own_places, habit)
    by_history = -blend.surprise if len(basket) else blend.likeness
    total = (
        basket_says * (1 + blend.agreement * own) + blend.habit * own + by_history * history_says
    )
    total[places] = -np.inf
    best = _best(model, places)
    return Said(np.asarray(total, dtype=np.float32), basket_says, best, history_says, own)


def propose(
    model: ItemModel,
    basket: NDArray[np.int64],
    history: NDArray[np.int64],
    history_weight: NDArray[np.float32],
) -> Candidates:
    """Return the best items that have a score above 0, at most `MOST_ITEMS`, best first."""
    said = say(model, basket, history, history_weight)
    most = min(MOST_ITEMS, len(model.items))
    best = np.argpartition(-said.total, most - 1)[:most]
    best = best[np.lexsort((best, -said.total[best]))]
    best = best[said.total[best] > 0]
    parts = (said.total, said.basket_says, said.basket_best, said.history_says)
    return Candidates(model.items[best], *(part[best] for part in parts))


def _best(model: ItemModel, places: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the most that one of the items at `places` adds to each item; at least 0."""
    best = np.zeros(len(model.items), dtype=np.float32)
    rows = places[places < len(model.neighbours)]
    np.maximum.at(best, model.neighbours[rows].ravel(), model.weights[rows].ravel())
    return best


def _places(
    model: ItemModel, ids: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the places of the known `ids` in the model, and which of them are known."""
    last = len(model.order) - 1
    at = model.order[np.minimum(np.searchsorted(model.items, ids, sorter=model.order), last)]
    known = model.items[at] == ids
    return at[known], known


def _through(
    model: ItemModel, places: NDArray[np.int64], by: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the sum of the neighbours' weights of the items at `places`, each times `by`."""
    core = places < len(model.neighbours)
    to = model.neighbours[places[core]]
    weights = model.weights[places[core]].astype(np.float32) * by[core][:, None]
    size = len(model.items)
    return np.bincount(to.ravel(), weights.ravel(), minlength=size).astype(np.float32)
