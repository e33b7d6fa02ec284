"""The shopper model kind: fits, scores and compares recommenders on a folder of data.

Layout `basket_counts` is what stores send (sums); layout `baskets` is raw, for measuring. What
each protocol counts is `scoring`'s.
"""

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from central_sync.core.evaluation import Evaluation, Verdict
from central_sync.ports.training import DataUnusableError, Progress
from central_sync.trainers.fingerprint import fingerprint
from central_sync.trainers.shopper.basket_counts import BasketCounts, read_basket_counts
from central_sync.trainers.shopper.baskets import Baskets, read_baskets
from central_sync.trainers.shopper.ease import Counts, ItemModel, fit_items
from central_sync.trainers.shopper.fitting import counted, fit_pair, newest_of, proposing_natively
from central_sync.trainers.shopper.graph import to_onnx as items_to_onnx
from central_sync.trainers.shopper.neighbours import Neighbours
from central_sync.trainers.shopper.opening import open_model
from central_sync.trainers.shopper.package import VERSION, write_model
from central_sync.trainers.shopper.questions import FiguresByDay
from central_sync.trainers.shopper.ranker import to_onnx as ranker_to_onnx
from central_sync.trainers.shopper.scoring import (
    NO_NEXT_ITEM,
    Recommender,
    ease_and_personal,
    parity,
    personal_frequency,
    popularity,
    score_next_basket,
    score_next_item,
    score_partners,
    through,
)
from central_sync.trainers.shopper.two_stages import in_two_stages, proposing, ranking
from central_sync.trainers.tables import read_settings
from endcap.plumbing.files import sha256_of
from endcap.plumbing.onnx_session import open_session
from endcap.wire.manifest import ModelManifest, TrainingData

_MOST_FROM_COUNTS = 3_000


class ShopperKind:
    """Recommendation for the kiosk: EASE on co-purchase counts, and the shopper's own past."""

    name = "shopper"

    def fit(self, data: Path, out: Path, *, seed: int, progress: Progress) -> ModelManifest:
        """Fit on the training part of `data` and write the model's folder to `out`."""
        read = _read(data)
        counts, most = _training(read)
        if not counts.items.size:
            raise DataUnusableError(f"{data}: the training part holds no item; send more baskets")
        progress(f"solving for {min(most, len(counts.items))} items of {counts.baskets} baskets")
        model = fit_items(counts, most=most)
        trained_on = TrainingData(name=data.name, licence="as the data's owner allows")
        return write_model(out, model, trained_on=trained_on, newest=_newest(read), seed=seed)

    def evaluate(
        self, data: Path, model: Path | None, *, baselines: bool, progress: Progress
    ) -> Evaluation:
        """Score `model`, or one fitted on the training part of `data`, on its held-out part."""
        read = _read(data)
        if model is None and isinstance(read, Baskets):
            return self._evaluate_both(data, read, baselines=baselines, progress=progress)
        with tempfile.TemporaryDirectory(prefix="endcap-shopper-") as folder:
            if model is None:
                self.fit(data, Path(folder), seed=0, progress=progress)
            scored = open_model(model or Path(folder))
        progress("scoring the held-out part")
        return Evaluation(
            task=self.name,
            data_name=data.name,
            data_sha256=fingerprint(data),
            model_name=scored.name,
            model_version=scored.version,
            model_sha256=scored.sha256,
            metrics=_score(through(scored.session.run), read),
            baselines=_baselines(read, progress) if baselines else {},
        )

    def _evaluate_both(
        self, data: Path, read: Baskets, *, baselines: bool, progress: Progress
    ) -> Evaluation:
        """Fit the item model and the ranker, and score both stages through their graphs."""
        pair = fit_pair(read, seed=0, progress=progress)
        graph = items_to_onnx(pair.items)
        figures_at = FiguresByDay(read)
        shipped = in_two_stages(
            proposing(open_session(graph)),
            ranking(open_session(ranker_to_onnx(pair.ranker))),
            figures_at,
        )
        reference = in_two_stages(proposing_natively(pair.items), pair.ranker.rank, figures_at)
        progress("scoring the held-out part")
        return Evaluation(
            task=self.name,
            data_name=data.name,
            data_sha256=fingerprint(data),
            model_name=self.name,
            model_version=VERSION,
            model_sha256=sha256_of(graph),
            metrics={**_score(shipped, read), "parity": parity(shipped, reference, read)},
            baselines=_baselines(read, progress, pair.items) if baselines else {},
        )

    def compare(self, data: Path, candidate: Path, champion: Path | None) -> Verdict:
        """Promote the candidate when it finds more of the held-out items than the champion."""
        read = _read(data)
        new = _score(through(open_model(candidate).session.run), read)
        if champion is None:
            return _verdict(new, None)
        return _verdict(new, _score(through(open_model(champion).session.run), read))


def _verdict(new: dict[str, Any], old: dict[str, Any] | None) -> Verdict:
    """Return the decision and its reason, on the metric that the data allows."""
    metric = "recall_at_10" if new["hr_at_10"] is None else "hr_at_10"
    rows = int(new["n"] or new.get("households", 0))
    here, there = float(new[metric]), None if old is None else float(old[metric])
    promote = there is None or here > there
    against = "no champion yet" if there is None else f"champion {there:.4f}"
    word = "promoted" if promote else "kept out, not better"
    return Verdict(
        promote=promote,
        reason=f"{word}: candidate {metric} {here:.4f}, {against}, over {rows} held-out questions",
        metric=metric,
        candidate=here,
        champion=there,
        rows=rows,
    )


def _read(data: Path) -> Baskets | BasketCounts:
    """Return the data of a folder in either layout."""
    settings = read_settings(data)
    match settings["layout"]:
        case "baskets":
            return read_baskets(data, settings)
        case "basket_counts":
            return read_basket_counts(data, settings)
        case other:
            raise DataUnusableError(
                f"{data / 'dataset.json'}: layout {other!r} is not known to shopper; "
                'it fits on "basket_counts" and "baskets"'
            )


def _training(read: Baskets | BasketCounts) -> tuple[Counts, int]:
    """Return the counts to fit on, and how many items may have neighbours."""
    if isinstance(read, BasketCounts):
        return read.training, _MOST_FROM_COUNTS
    return counted(read, read.training_part())


def _newest(read: Baskets | BasketCounts) -> datetime:
    """Return the moment of the newest data that was fitted on."""
    if isinstance(read, BasketCounts):
        return read.newest
    return newest_of(read)


def _score(recommend: Recommender, read: Baskets | BasketCounts) -> dict[str, Any]:
    """Return every metric that the layout allows, under the documented keys."""
    if isinstance(read, BasketCounts):
        return score_partners(recommend, read.held_out)
    next_item = score_next_item(recommend, read) if read.protocol.test_weeks else NO_NEXT_ITEM
    return {**next_item, **score_next_basket(recommend, read)}


def _baselines(
    read: Baskets | BasketCounts, progress: Progress, items: ItemModel | None = None
) -> dict[str, Any]:
    """Return the metrics of what any model must beat."""
    progress("scoring the baselines")
    found = {"popularity": _score(popularity(_training(read)[0]), read)}
    if isinstance(read, Baskets):
        found["personal_frequency"] = _score(personal_frequency, read)
        found["tifu_knn"] = score_next_basket(Neighbours(read), read)
    if isinstance(read, Baskets) and items is not None:
        found["ease_and_personal"] = _score(ease_and_personal(items), read)
    return found
