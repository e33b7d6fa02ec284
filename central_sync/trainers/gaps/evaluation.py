"""What `central-sync evaluate gaps` prints: both models on every picture of a directory.

A model that is given replaces the shipped one of its kind; the other figures are the shipped
model's. How a score is measured is scoring.py's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from central_sync.core.detection_metrics import (
    area_point,
    auc,
    average_precision,
    best_f1,
    box_average_precision,
    box_point,
    match,
)
from central_sync.core.evaluation import Evaluation
from central_sync.ports.training import Progress
from central_sync.trainers.fingerprint import fingerprint
from central_sync.trainers.gaps.facing_scoring import (
    Crops,
    Judge,
    facing_metrics,
    mirrored,
    score_facings,
    through,
)
from central_sync.trainers.gaps.layout import Labelled, read_directory
from central_sync.trainers.gaps.package import Opened, open_model
from central_sync.trainers.gaps.scoring import DetectorScores, score_confirmed, score_detector
from endcap.models.gaps.states import Known
from endcap.plumbing.packaged import reference_models

_TASK = "gaps"


@dataclass(frozen=True, slots=True)
class _Pair:
    """The two models that are scored, and which of them was asked for."""

    facing: Opened
    detector: Opened
    asked: Opened


def evaluate(data: Path, model: Path | None, *, baselines: bool, progress: Progress) -> Evaluation:
    """Return the documented metrics of `model` (None: the shipped ones) on all of `data`."""
    pictures = read_directory(data)
    pair = _pair(model)
    progress(f"judging the facings of {len(pictures)} pictures")
    judge = through(pair.facing.session)
    facings = score_facings(judge, pictures)
    progress(f"looking for gaps on {len(pictures)} pictures")
    detections = score_detector(pair.detector.session, pictures)
    return Evaluation(
        task=_TASK,
        data_name=data.name,
        data_sha256=fingerprint(data),
        model_name=pair.asked.name,
        model_version=pair.asked.version,
        model_sha256=pair.asked.sha256,
        metrics={
            "facing": facing_metrics(facings, pair.facing.threshold)
            | {"full_from": "sampled" if pictures[0].full is None else "products"},
            "facing_mirrored": _with_mirror(judge, pictures, pair.facing.threshold),
            "facing_compared": _with_references(judge, pictures, pair.facing.threshold),
            "detector": detector_metrics(detections, pair.detector.threshold),
            "detector_confirmed": detector_metrics(
                score_confirmed(detections, pictures, judge),
                pair.detector.thresholds.get("gap_confirmed", pair.detector.threshold),
            ),
            "ms_per_picture_p50": round(detections.ms_per_picture, 3),
            "us_per_facing": round(facings.us_per_facing, 2),
            "models": {
                one.kind: {"version": one.version, "sha256": one.sha256}
                for one in (pair.facing, pair.detector)
            },
        },
        baselines=_baselines(pictures) if baselines else {},
    )


def _pair(model: Path | None) -> _Pair:
    """Return both models: shipped ones, but for those that `model` (a folder or file) holds."""
    kinds = ("gaps", "gap_detector")
    if model is None:
        facing, detector = (open_model(reference_models() / kind) for kind in kinds)
        return _Pair(facing, detector, facing)
    if all((model / kind).is_dir() for kind in kinds):
        facing, detector = (open_model(model / kind) for kind in kinds)
        return _Pair(facing, detector, facing)
    asked = open_model(model)
    if asked.kind == "gaps":
        return _Pair(asked, open_model(reference_models() / "gap_detector"), asked)
    return _Pair(open_model(reference_models() / "gaps"), asked, asked)


def detector_metrics(scored: DetectorScores, threshold: float) -> dict[str, Any]:
    """Return the detector's figures.

    `f1_30`, its precision and recall, and the areas stand at the score of the best F1 at an
    overlap of 0.3; the names that end in `_shipped` stand at `threshold`.
    """
    pictures = scored.against_truth()
    loose, strict = match(pictures, 0.3), match(pictures, 0.5)
    best, shipped = best_f1(loose), box_point(loose, threshold)
    area_recall, area_precision = area_point(*scored.covers(best.threshold))
    figures = {
        "ap30": box_average_precision(loose),
        "ap50": box_average_precision(strict),
        "f1_30": best.f1,
        "precision_30": best.precision,
        "recall_30": best.recall,
        "area_recall": area_recall,
        "area_precision": area_precision,
        "threshold": best.threshold,
        "f1_30_shipped": shipped.f1,
        "precision_30_shipped": shipped.precision,
        "recall_30_shipped": shipped.recall,
        "threshold_shipped": threshold,
    }
    return {name: round(value, 5) for name, value in figures.items()} | {"images": len(pictures)}


def _with_mirror(judge: Judge, pictures: Sequence[Labelled], threshold: float) -> dict[str, Any]:
    """Return the figures when each crop is judged twice; the store judges once."""
    return facing_metrics(score_facings(mirrored(judge), pictures), threshold)


def _with_references(
    judge: Judge, pictures: Sequence[Labelled], threshold: float
) -> dict[str, Any]:
    """Return the figures with what is known of the facings, and without it on the same ones."""
    there = [one for one in pictures if one.known]
    if not there:
        return {}
    ways = {
        name: facing_metrics(score_facings(judge, there, compared=compared), threshold)
        for name, compared in (("with", True), ("without", False))
    }
    return ways | {"pictures": len(there)}


def _baselines(pictures: Sequence[Labelled]) -> dict[str, Any]:
    """Return what the share of edges alone tells: empty facings show few."""
    scored = score_facings(_few_edges, pictures)
    found = auc(scored.probability, scored.empty)
    ap = average_precision(scored.probability, scored.empty)
    return {"edge_fraction": {"facing": {"auc": round(found, 5), "ap": round(ap, 5)}}}


def _few_edges(crops: Crops, _known: Mapping[Known, Crops]) -> NDArray[np.float64]:
    """Return rows whose chance of empty is 1 minus the share of edge pixels (Canny, 60, 160)."""
    edges = [cv2.Canny(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), 60, 160) for crop in crops]
    shares = [float((one > 0).mean()) for one in edges]
    return np.asarray([(share, 0.0, 1 - share, 0.0) for share in shares], dtype=np.float64)
