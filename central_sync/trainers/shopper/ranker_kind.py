"""The ranker as a model kind of its own: fitted on baskets, compared on the same questions.

On the layout `feature_sums`, what stores tell, summed_ranker does all of this.

The item model it is scored over is fitted on the same data. What a ranker is told is
endcap.models.shopper.ranking's.
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from central_sync.core.evaluation import Evaluation, Verdict
from central_sync.core.ranking_metrics import ndcg
from central_sync.core.ranking_verdict import decide
from central_sync.ports.training import DataUnusableError, Progress
from central_sync.trainers.fingerprint import fingerprint
from central_sync.trainers.shopper.baskets import Baskets, read_baskets
from central_sync.trainers.shopper.fitting import (
    items_of,
    lessons_of,
    newest_of,
    proposing_natively,
)
from central_sync.trainers.shopper.opening import open_model
from central_sync.trainers.shopper.questions import (
    FiguresByDay,
    Query,
    next_basket_queries,
    next_item_queries,
)
from central_sync.trainers.shopper.ranker import fit_ranker
from central_sync.trainers.shopper.ranker_package import write_ranker
from central_sync.trainers.shopper.scoring import (
    NO_NEXT_ITEM,
    Recommender,
    score_next_basket,
    score_next_item,
)
from central_sync.trainers.shopper.summed_ranker import (
    compare_summed,
    evaluate_summed,
    fit_summed,
    told_in_sums,
)
from central_sync.trainers.shopper.two_stages import Rank, in_two_stages, ranking
from central_sync.trainers.tables import read_settings
from endcap.wire.manifest import ModelManifest, TrainingData

_CUT = 10


class RankerKind:
    """Says in which order a store offers what its sources propose."""

    name = "shopper_ranker"

    def fit(self, data: Path, out: Path, *, seed: int, progress: Progress) -> ModelManifest:
        """Fit on the training part of `data` and write the ranker's folder to `out`."""
        if sums := told_in_sums(data):
            return fit_summed(sums, data, out, seed=seed, progress=progress)
        read = _read(data)
        told = lessons_of(read, seed=seed, progress=progress)
        progress(f"fitting to {len(told.sizes)} choices of {len(told.right)} candidates")
        return write_ranker(
            out,
            fit_ranker(told, seed=seed),
            told.features,
            trained_on=TrainingData(name=data.name, licence="as the data's owner allows"),
            newest=newest_of(read),
            parameters={"choices": len(told.sizes)},
        )

    def evaluate(
        self, data: Path, model: Path | None, *, baselines: bool, progress: Progress
    ) -> Evaluation:
        """Score `model`, or one fitted on the training part of `data`, on its held-out part.

        The baseline is the item model's own order.
        """
        sums = told_in_sums(data)
        with tempfile.TemporaryDirectory(prefix="endcap-ranker-") as folder:
            if model is None:
                self.fit(data, Path(folder), seed=0, progress=progress)
            opened = open_model(model or Path(folder))
            if sums:
                return evaluate_summed(sums, data, model or Path(folder))
        progress("scoring the held-out part")
        read = _read(data)
        asking = _Asking(read)
        return Evaluation(
            task=self.name,
            data_name=data.name,
            data_sha256=fingerprint(data),
            model_name=opened.name,
            model_version=opened.version,
            model_sha256=opened.sha256,
            metrics=_score(asking.through(ranking(opened.session)), read),
            baselines={"unranked": _score(asking.unranked, read)} if baselines else {},
        )

    def compare(self, data: Path, candidate: Path, champion: Path | None) -> Verdict:
        """Promote the candidate when its answers gain more on the same questions, beyond chance."""
        if sums := told_in_sums(data):
            return compare_summed(sums, candidate, champion)
        read = _read(data)
        asking = _Asking(read)
        new, old = (
            asking.gains(ranking(open_model(one).session)) if one else None
            for one in (candidate, champion)
        )
        return decide("ndcg_at_10", new or (), old)


class _Asking:
    """A data set's item model and figures, over which rankers are asked."""

    def __init__(self, read: Baskets) -> None:
        """Fit the item model on the training part."""
        self._read = read
        self._propose = proposing_natively(items_of(read, read.training_part()))
        self._figures_at = FiguresByDay(read)

    def through(self, rank: Rank) -> Recommender:
        """Return the recommender of the item model and this ranker."""
        return in_two_stages(self._propose, rank, self._figures_at)

    def unranked(self, query: Query) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Answer with what the item model proposes, in its own order."""
        found = self._propose(query)
        return found.items, found.score

    def gains(self, rank: Rank) -> list[float]:
        """Return what the ten best gain on each held-out question, in order."""
        recommend, read = self.through(rank), self._read
        if read.protocol.test_weeks:
            asked = ((query, [hidden]) for query, hidden in next_item_queries(read))
        else:
            asked = ((query, held.tolist()) for query, held in next_basket_queries(read))
        return [_gain(recommend(query)[0], query, answers) for query, answers in asked]


def _gain(items: NDArray[np.int64], query: Query, answers: list[int]) -> float:
    """Return the NDCG of the ten best of `items` that are not in the basket."""
    best = items[~np.isin(items, query.basket)][:_CUT].tolist()
    return ndcg([*map(str, best)], dict.fromkeys(map(str, answers), 1.0), _CUT)


def _score(recommend: Recommender, read: Baskets) -> dict[str, Any]:
    """Return every metric that the layout allows."""
    next_item = score_next_item(recommend, read) if read.protocol.test_weeks else NO_NEXT_ITEM
    return {**next_item, **score_next_basket(recommend, read)}


def _read(data: Path) -> Baskets:
    """Return the baskets of a folder.

    Raises:
        DataUnusableError: it is in another layout.
    """
    settings = read_settings(data)
    if settings["layout"] != "baskets":
        raise DataUnusableError(
            f"{data / 'dataset.json'}: layout {settings['layout']!r} is not known to"
            ' shopper_ranker; it fits on "baskets"'
        )
    return read_baskets(data, settings)
