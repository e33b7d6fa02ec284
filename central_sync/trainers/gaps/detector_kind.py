"""The gap detector's kind: fit and compare on a directory of labelled pictures.

Fitting ends in whole numbers where that is asked for, and in a threshold; in a second one for boxes
that the facing model confirms, where that pays. Scoring a directory is evaluation.py's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from central_sync.core.detection_metrics import best_f1, box_average_precision, match
from central_sync.core.evaluation import Evaluation, Verdict
from central_sync.ports.training import Progress
from central_sync.trainers.gaps.backbone import imagenet_weights
from central_sync.trainers.gaps.detector_graph import detector_graph
from central_sync.trainers.gaps.detector_network import DETECTOR, STAGES
from central_sync.trainers.gaps.detector_training import Schooling, fit_steps
from central_sync.trainers.gaps.evaluation import detector_metrics, evaluate
from central_sync.trainers.gaps.facing_scoring import through
from central_sync.trainers.gaps.layout import Labelled, read_picture
from central_sync.trainers.gaps.package import (
    DETECTOR_RECIPE,
    LICENCE,
    Fitted,
    open_model,
    write_model,
)
from central_sync.trainers.gaps.patches import patch_batches
from central_sync.trainers.gaps.quantised import quantised
from central_sync.trainers.gaps.scoring import score_confirmed, score_detector
from central_sync.trainers.gaps.splits import better, origin, split_for_fitting, split_of
from central_sync.trainers.gaps.steps import Learned
from central_sync.trainers.gaps.training import require_torch
from endcap.models.gaps.detection import frame
from endcap.plumbing.onnx_session import open_session
from endcap.plumbing.packaged import reference_models
from endcap.wire.manifest import ModelManifest

_SCHOOLING = Schooling(steps=2000, told_every=100)
_CALIBRATING = 24
"""Pictures from which the ranges of whole numbers are taken."""
_ROUNDED = 0.05
"""How far another processor's answers may lie from the golden ones: it rounds in other places."""
_FIGURES = ("ap30", "ap50", "f1_30", "precision_30", "recall_30")


@dataclass(frozen=True, slots=True)
class DetectorKind:
    """Finds gaps on a whole picture, without a planogram.

    `beside` are directories whose pictures teach too, as many patches of each. `facing` is the
    folder of the facing model that confirms boxes when the second threshold is set, by default the
    shipped one.
    """

    schooling: Schooling = _SCHOOLING
    patches_a_step: int = 6
    whole_numbers: bool = True
    beside: tuple[Path, ...] = ()
    facing: Path | None = None
    licence: str = LICENCE
    name: str = "gap_detector"

    def fit(self, data: Path, out: Path, *, seed: int, progress: Progress) -> ModelManifest:
        """Fit on the pictures of `data` that teach and write the model's folder to `out`."""
        require_torch()
        folders = (data, *self.beside)
        splits = [split_for_fitting(one) for one in folders]
        sources = [[picture for picture in one.teach if picture.gaps] for one in splits]
        batches = patch_batches(sources, self.patches_a_step, np.random.default_rng(seed))
        start = imagenet_weights(STAGES)
        learned = fit_steps(DETECTOR, start, batches, self.schooling, progress, seed=seed)
        judging = [picture for one in splits for picture in one.judge]
        fitted = self._finished(learned, sources[0], judging)
        return write_model(out, DETECTOR_RECIPE, fitted, origin(folders, splits, self.licence))

    def _finished(
        self, learned: Learned, teach: Sequence[Labelled], judging: Sequence[Labelled]
    ) -> Fitted:
        """Return the model with its thresholds and figures, by `judging`."""
        graph = detector_graph(learned)
        if self.whole_numbers:
            every = max(len(teach) // _CALIBRATING, 1)
            graph = quantised(graph, _feeds(teach[::every]), last=DETECTOR[-1].name)
        session = open_session(graph)
        alone = score_detector(session, judging)
        judge = through(open_model(self.facing or reference_models() / "gaps").session)
        both = score_confirmed(alone, judging, judge)
        loose, confirmed = (match(one.against_truth(), 0.3) for one in (alone, both))
        pays = box_average_precision(confirmed) > box_average_precision(loose)
        others = {"gap_confirmed": best_f1(confirmed).threshold} if pays else {}
        threshold = best_f1(loose).threshold
        metrics = detector_metrics(alone, threshold)
        figures = {f"detector.{name}": metrics[name] for name in _FIGURES}
        tolerance = _ROUNDED if self.whole_numbers else None
        return Fitted(graph, threshold, figures, others, tolerance)

    def evaluate(
        self, data: Path, model: Path | None, *, baselines: bool, progress: Progress
    ) -> Evaluation:
        """Score `model`, or the shipped one, on every picture of `data`."""
        return evaluate(data, model, baselines=baselines, progress=progress)

    def compare(self, data: Path, candidate: Path, champion: Path | None) -> Verdict:
        """Decide by average precision at an overlap of 0.3 on the held-out pictures."""
        judge = split_of(data).judge

        def score(model: Path) -> tuple[float, int]:
            scored = score_detector(open_model(model).session, judge)
            return detector_metrics(scored, 0.5)["ap30"], sum(map(len, scored.wanted))

        return better("detector.ap30", score(candidate), score(champion) if champion else None)


def _feeds(pictures: Sequence[Labelled]) -> Iterator[dict[str, NDArray[Any]]]:
    for one in pictures:
        yield {"picture": frame(read_picture(one.path)).tensor}
