"""The shopper model kind: fits, scores and compares recommenders on a folder of data.

Layout `basket_counts` is what stores send (sums); layout `baskets` is raw, for measuring. What
each protocol counts is `scoring`'s.
"""

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from central_sync.core.evaluation import Evaluation, Verdict
from central_sync.ports.training import DataUnusableError, Progress
from central_sync.trainers.fingerprint import fingerprint
from central_sync.trainers.shopper.basket_counts import BasketCounts, read_basket_counts
from central_sync.trainers.shopper.baskets import Baskets, count, read_baskets
from central_sync.trainers.shopper.ease import Counts, fit_items
from central_sync.trainers.shopper.package import write_model
from central_sync.trainers.shopper.scoring import (
    NO_NEXT_ITEM,
    Recommender,
    personal_frequency,
    popularity,
    score_next_basket,
    score_next_item,
    score_partners,
    through,
)
from central_sync.trainers.tables import read_settings
from endcap.plumbing.files import sha256_of
from endcap.plumbing.onnx_session import ModelUnusableError, open_session
from endcap.wire.manifest import ModelManifest, TrainingData

_MOST_FROM_COUNTS = 3_000
_MOST_FROM_BASKETS = 16_000
_LEAST_BASKETS = 2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Model:
    """A model that answers, and which one it is."""

    recommend: Recommender
    name: str
    version: str
    sha256: str


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
        with tempfile.TemporaryDirectory(prefix="endcap-shopper-") as folder:
            if model is None:
                self.fit(data, Path(folder), seed=0, progress=progress)
            scored = _open(model or Path(folder))
        progress("scoring the held-out part")
        return Evaluation(
            task=self.name,
            data_name=data.name,
            data_sha256=fingerprint(data),
            model_name=scored.name,
            model_version=scored.version,
            model_sha256=scored.sha256,
            metrics=_score(scored.recommend, read),
            baselines=_baselines(read, progress) if baselines else {},
        )

    def compare(self, data: Path, candidate: Path, champion: Path | None) -> Verdict:
        """Promote the candidate when it finds more of the held-out items than the champion."""
        read = _read(data)
        new = _score(_open(candidate).recommend, read)
        if champion is None:
            return _verdict(new, None)
        return _verdict(new, _score(_open(champion).recommend, read))


def _verdict(new: dict[str, Any], old: dict[str, Any] | None) -> Verdict:
    """Return the decision and its reason, on the metric that the data allows."""
    metric = "recall_at_10" if new["hr_at_10"] is None else "hr_at_10"
    rows = int(new["n"] or new["households"])
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
    counts = count(read, read.training_part(), least=_LEAST_BASKETS)
    common = int((counts.item_baskets >= read.protocol.min_item_baskets).sum())
    return counts, min(common, _MOST_FROM_BASKETS)


def _newest(read: Baskets | BasketCounts) -> datetime:
    """Return the moment of the newest data that was fitted on."""
    if isinstance(read, BasketCounts):
        return read.newest
    return _EPOCH + timedelta(days=float(read.day[read.training_part()].max()))


def _score(recommend: Recommender, read: Baskets | BasketCounts) -> dict[str, Any]:
    """Return every metric that the layout allows, under the documented keys."""
    if isinstance(read, BasketCounts):
        return score_partners(recommend, read.held_out)
    next_item = score_next_item(recommend, read) if read.protocol.test_weeks else NO_NEXT_ITEM
    return {**next_item, **score_next_basket(recommend, read)}


def _baselines(read: Baskets | BasketCounts, progress: Progress) -> dict[str, Any]:
    """Return the metrics of what any model must beat."""
    progress("scoring the baselines")
    found = {"popularity": _score(popularity(_training(read)[0]), read)}
    if isinstance(read, Baskets):
        found["personal_frequency"] = _score(personal_frequency, read)
    return found


def _open(model: Path) -> _Model:
    """Return the model of a folder or of a bare .onnx file.

    Raises:
        DataUnusableError: there is none, or it is no recommender.
    """
    path = model / "model.onnx" if model.is_dir() else model
    manifest = model / "manifest.json"
    try:
        content = path.read_bytes()
        session = open_session(content)
        said = ModelManifest.model_validate_json(manifest.read_bytes()) if model.is_dir() else None
    except (OSError, ModelUnusableError, ValueError) as error:
        raise DataUnusableError(f"{path} is no model to score: {error}") from error
    return _Model(
        recommend=through(session.run),
        name=said.kind if said else path.stem,
        version=said.version if said else "0.0.0",
        sha256=sha256_of(content),
    )
