"""Fits both stages on baskets: the item model on all that may be learned from, the ranker after it.

The ranker learns from the last baskets, over an item model that was fitted on those before; what
serves is the item model of all of them. Writes no files.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from central_sync.ports.training import DataUnusableError, Progress
from central_sync.trainers.shopper.baskets import Baskets, count
from central_sync.trainers.shopper.ease import Counts, ItemModel, fit_items, propose
from central_sync.trainers.shopper.lessons import Lessons, Mix, late_baskets, lessons
from central_sync.trainers.shopper.questions import Query
from central_sync.trainers.shopper.ranker import Ranker, fit_ranker
from central_sync.trainers.shopper.two_stages import Propose
from endcap.models.shopper.ranking import Candidates

MOST_BASKETS = 24_000
MOST_ITEMS = 16_000
_LEAST_BASKETS = 2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BASKETS_TO_FILL, _BASKETS_TO_BEGIN = Mix(empty=0.3), Mix(empty=0.9)


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Both stages, as they were fitted."""

    items: ItemModel
    ranker: Ranker


def fit_pair(baskets: Baskets, *, seed: int, progress: Progress) -> Pair:
    """Fit both stages on the training part."""
    told = lessons_of(baskets, seed=seed, progress=progress)
    progress(f"fitting the ranker to {len(told.sizes)} choices of {len(told.right)} candidates")
    ranker = fit_ranker(told, seed=seed)
    progress("solving for the items of all baskets")
    return Pair(items_of(baskets, baskets.training_part()), ranker)


def lessons_of(baskets: Baskets, *, seed: int, progress: Progress) -> Lessons:
    """Return what the late baskets of the training part teach over an item model of the earlier.

    Raises:
        DataUnusableError: there are too few baskets to learn from, or none holds a candidate.
    """
    early = baskets.training_part() & ~late_baskets(baskets)
    counts, most = counted(baskets, early)
    if not most:
        raise DataUnusableError("no item is in enough of the earlier baskets; send more baskets")
    progress(f"solving for {most} items of the earlier baskets")
    propose_ = proposing_natively(fit_items(counts, most=most))
    progress("asking the questions of the later baskets")
    mix = _BASKETS_TO_FILL if baskets.protocol.test_weeks else _BASKETS_TO_BEGIN
    told = lessons(baskets, propose_, mix, MOST_BASKETS, np.random.default_rng(seed))
    if told is None:
        raise DataUnusableError("no later basket holds an item of the earlier ones; send more")
    return told


def newest_of(baskets: Baskets) -> datetime:
    """Return the moment of the newest basket that may be learned from."""
    return _EPOCH + timedelta(days=float(baskets.day[baskets.training_part()].max()))


def items_of(baskets: Baskets, kept: NDArray[np.bool_]) -> ItemModel:
    """Return the item model of the baskets `kept`."""
    counts, most = counted(baskets, kept)
    return fit_items(counts, most=most)


def counted(baskets: Baskets, kept: NDArray[np.bool_]) -> tuple[Counts, int]:
    """Return the counts of the baskets `kept`, and how many items may have neighbours."""
    counts = count(baskets, kept, least=_LEAST_BASKETS)
    common = int((counts.item_baskets >= baskets.protocol.min_item_baskets).sum())
    return counts, min(common, MOST_ITEMS)


def proposing_natively(items: ItemModel) -> Propose:
    """Return the item model as it was fitted: what its graph must equal."""

    def propose_(query: Query) -> Candidates:
        return propose(items, query.basket, query.history, query.history_weight)

    return propose_
