"""The two gap model kinds: fit and compare on a directory of labelled pictures.

A tenth of the pictures, chosen by their names, never teaches: thresholds are set and candidates
compared on it. Scoring a whole directory is evaluation.py's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from central_sync.core.detection_metrics import best_f1, match, threshold_for
from central_sync.core.evaluation import Evaluation, Verdict
from central_sync.ports.training import DataUnusableError, Progress
from central_sync.trainers.gaps.evaluation import detector_metrics, evaluate, facing_metrics
from central_sync.trainers.gaps.graph import detector_graph, facing_graph
from central_sync.trainers.gaps.layout import Labelled, read_directory
from central_sync.trainers.gaps.material import crop_batches, cut_for_training, patch_batches
from central_sync.trainers.gaps.network import DETECTOR, FACING
from central_sync.trainers.gaps.package import (
    DETECTOR_RECIPE,
    FACING_RECIPE,
    Fitted,
    Recipe,
    about_data,
    newest,
    open_model,
    write_model,
)
from central_sync.trainers.gaps.scoring import score_detector, score_facings, through
from central_sync.trainers.gaps.training import Course, fit_detector, fit_facing, require_torch
from endcap.plumbing.onnx_session import open_session
from endcap.wire.manifest import ModelManifest

_LEAST_PICTURES = 10
_FACING_COURSE = Course(steps=3000)
_DETECTOR_COURSE = Course(steps=6000, rate=3e-3)


@dataclass(frozen=True, slots=True)
class _Split:
    """The pictures that teach and those that judge."""

    teach: tuple[Labelled, ...]
    judge: tuple[Labelled, ...]


def _split(data: Path) -> _Split:
    """Return the split of `data`; every picture judges where there is no held-out one."""
    pictures = read_directory(data)
    judge = tuple(one for one in pictures if one.held_out)
    teach = tuple(one for one in pictures if not one.held_out)
    return _Split(teach, judge or pictures)


def _for_fitting(data: Path) -> _Split:
    split = _split(data)
    if len(split.teach) < _LEAST_PICTURES or not any(one.gaps for one in split.teach):
        raise DataUnusableError(
            f"{data}: {len(split.teach)} pictures to learn from, "
            f"{sum(bool(one.gaps) for one in split.teach)} with gaps; "
            f"wanted {_LEAST_PICTURES} or more, and gaps"
        )
    return split


def _write(
    out: Path, recipe: Recipe, fitted: Fitted, data: Path, pictures: Sequence[Labelled]
) -> ModelManifest:
    when = newest([one.path for one in pictures])
    return write_model(out, recipe, fitted, about_data(data), when)


@dataclass(frozen=True, slots=True)
class FacingKind:
    """Judges one facing's crop: empty or not.

    The threshold is set so that `false_alarms` of the held-out full facings look empty.
    """

    course: Course = _FACING_COURSE
    crops_a_step: int = 128
    false_alarms: float = 0.005
    name: str = "gaps"

    def fit(self, data: Path, out: Path, *, seed: int, progress: Progress) -> ModelManifest:
        """Fit on the pictures of `data` that teach and write the model's folder to `out`."""
        require_torch()
        split = _for_fitting(data)
        rng = np.random.default_rng(seed)
        crops = cut_for_training(split.teach, rng)
        if crops.empty.all():
            raise DataUnusableError(f"{data}/products: no full facings; wanted class 2 boxes there")
        progress(f"{len(crops.empty)} crops of {len(split.teach)} pictures")
        batches = crop_batches(crops, self.crops_a_step, rng)
        weights = fit_facing(FACING, batches, self.course, seed, progress)
        graph = facing_graph(FACING, weights)
        scored = score_facings(through(open_session(graph)), split.judge)
        threshold = threshold_for(scored.probability, scored.empty, self.false_alarms)
        metrics = facing_metrics(scored, threshold)
        fitted = Fitted(graph, threshold, {f"facing.{name}": metrics[name] for name in _FIGURES})
        return _write(out, FACING_RECIPE, fitted, data, split.teach)

    def evaluate(
        self, data: Path, model: Path | None, *, baselines: bool, progress: Progress
    ) -> Evaluation:
        """Score `model`, or the shipped one, on every picture of `data`."""
        return evaluate(data, model, baselines=baselines, progress=progress)

    def compare(self, data: Path, candidate: Path, champion: Path | None) -> Verdict:
        """Decide by average precision on the facings of the held-out pictures."""
        judge = _split(data).judge

        def score(model: Path) -> tuple[float, int]:
            scored = score_facings(through(open_model(model).session), judge)
            return facing_metrics(scored, 0.5)["ap"], scored.empty.size

        return _verdict("facing.ap", score(candidate), score(champion) if champion else None)


_FIGURES = ("auc", "ap", "precision", "recall", "fpr", "prevalence")


@dataclass(frozen=True, slots=True)
class DetectorKind:
    """Finds gaps on a whole picture, without a planogram."""

    course: Course = _DETECTOR_COURSE
    patches_a_step: int = 4
    name: str = "gap_detector"

    def fit(self, data: Path, out: Path, *, seed: int, progress: Progress) -> ModelManifest:
        """Fit on the pictures of `data` that teach and write the model's folder to `out`."""
        require_torch()
        split = _for_fitting(data)
        batches = patch_batches(split.teach, self.patches_a_step, np.random.default_rng(seed))
        weights = fit_detector(DETECTOR, batches, self.course, seed, progress)
        graph = detector_graph(DETECTOR, weights)
        scored = score_detector(open_session(graph), split.judge)
        threshold = best_f1(match(scored.against_truth(), 0.3)).threshold
        metrics = detector_metrics(scored, threshold)
        names = ("ap30", "ap50", "f1_30", "precision_30", "recall_30")
        fitted = Fitted(graph, threshold, {f"detector.{name}": metrics[name] for name in names})
        return _write(out, DETECTOR_RECIPE, fitted, data, split.teach)

    def evaluate(
        self, data: Path, model: Path | None, *, baselines: bool, progress: Progress
    ) -> Evaluation:
        """Score `model`, or the shipped one, on every picture of `data`."""
        return evaluate(data, model, baselines=baselines, progress=progress)

    def compare(self, data: Path, candidate: Path, champion: Path | None) -> Verdict:
        """Decide by average precision at an overlap of 0.3 on the held-out pictures."""
        judge = _split(data).judge

        def score(model: Path) -> tuple[float, int]:
            scored = score_detector(open_model(model).session, judge)
            return detector_metrics(scored, 0.5)["ap30"], sum(map(len, scored.wanted))

        return _verdict("detector.ap30", score(candidate), score(champion) if champion else None)


def _verdict(
    metric: str, candidate: tuple[float, int], champion: tuple[float, int] | None
) -> Verdict:
    """Return who serves: the better one; at a tie the one that serves already."""
    new, rows = candidate
    if champion is None:
        return Verdict(new > 0, f"{metric} {new:.4f}, no champion", metric, new, None, rows)
    old = champion[0]
    promote = new > old
    word = "beats" if promote else "does not beat"
    reason = f"{metric} {new:.4f} {word} {old:.4f} on {rows} held-out rows"
    return Verdict(promote, reason, metric, new, old, rows)
