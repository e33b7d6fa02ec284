"""How good a yes-or-no score, or a list of boxes, is. Pure.

AUC with ties at half; average precision as the area under the precision-recall steps (for boxes
with precision made monotonic, as in Everingham et al., The PASCAL VOC Challenge, 2010).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Point:
    """Where a threshold stands: of what was said to be, how much is; of what is, how much said."""

    threshold: float
    precision: float
    recall: float
    false_positive_rate: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 when both are."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def auc(scores: Floats, truth: NDArray[np.bool_]) -> float:
    """Return the chance that a positive outscores a negative; a half when either is missing."""
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        return 0.5
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    total = float(ranks[places][truth].sum())
    return (total - positives * (positives + 1) / 2) / (positives * negatives)


def average_precision(scores: Floats, truth: NDArray[np.bool_]) -> float:
    """Return the area under the precision-recall steps; 0 when nothing is positive."""
    if not truth.any():
        return 0.0
    order = np.argsort(-scores, kind="stable")
    hits, ends = np.cumsum(truth[order]), _run_ends(scores[order])
    precision, recall = hits[ends] / (ends + 1), hits[ends] / truth.sum()
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def _run_ends(ordered: Floats) -> NDArray[np.int64]:
    """Return the last place of each run of equal scores: ties are taken together."""
    last = np.append(np.diff(ordered) != 0, True)
    return np.nonzero(last)[0]


def point_at(scores: Floats, truth: NDArray[np.bool_], threshold: float) -> Point:
    """Return precision, recall and false-positive rate when `threshold` and above means yes."""
    said = scores >= threshold
    right = float((said & truth).sum())
    return Point(
        threshold=threshold,
        precision=right / max(float(said.sum()), 1.0),
        recall=right / max(float(truth.sum()), 1.0),
        false_positive_rate=float((said & ~truth).sum()) / max(float((~truth).sum()), 1.0),
    )


def calibration_error(scores: Floats, truth: NDArray[np.bool_], bins: int = 15) -> float:
    """Return how far probabilities are from how often they come true, bin by bin, by its size.

    The expected calibration error of Guo et al., On Calibration of Modern Neural Networks (2017).
    """
    if not len(scores):
        return 0.0
    places = np.minimum((scores * bins).astype(np.int64), bins - 1)
    off = [abs(float((scores - truth)[places == one].sum())) for one in range(bins)]
    return sum(off) / len(scores)


def threshold_for(scores: Floats, truth: NDArray[np.bool_], false_positive_rate: float) -> float:
    """Return the lowest threshold under which at most that share of the negatives pass."""
    negatives = np.sort(scores[~truth])[::-1]
    if not len(negatives):
        return 0.5
    allowed = int(false_positive_rate * len(negatives))
    return float(np.nextafter(negatives[min(allowed, len(negatives) - 1)], np.inf))


@dataclass(frozen=True, slots=True)
class Scored:
    """One picture's boxes: scores, the overlap [n, m] of each with each true box."""

    scores: Floats
    overlaps: Floats


@dataclass(frozen=True, slots=True)
class Matched:
    """Every box of every picture, best first: its score and whether it is right."""

    scores: Floats
    right: NDArray[np.bool_]
    wanted: int


def match(pictures: Sequence[Scored], least_overlap: float) -> Matched:
    """Pair boxes with true boxes, best score first; a true box is found once."""
    scores: list[float] = []
    right: list[bool] = []
    for picture in pictures:
        free = np.ones(picture.overlaps.shape[1], dtype=np.bool_)
        for place in np.argsort(-picture.scores, kind="stable").tolist():
            scores.append(float(picture.scores[place]))
            right.append(_take(picture.overlaps[place], free, least_overlap))
    order = np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable")
    wanted = sum(picture.overlaps.shape[1] for picture in pictures)
    return Matched(
        np.asarray(scores, np.float64)[order], np.asarray(right, np.bool_)[order], wanted
    )


def _take(overlaps: Floats, free: NDArray[np.bool_], least: float) -> bool:
    """Return whether a free true box overlaps enough, and mark the best one as taken."""
    candidates = np.where(free, overlaps, -1.0)
    if not len(candidates) or candidates.max() < least:
        return False
    free[int(np.argmax(candidates))] = False
    return True


def box_average_precision(matched: Matched) -> float:
    """Return the area under the monotonic precision-recall curve; 0 when no box is wanted."""
    if not matched.wanted or not len(matched.scores):
        return 0.0
    hits = np.cumsum(matched.right)
    precision = hits / np.arange(1, len(hits) + 1)
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    steps = np.diff(hits / matched.wanted, prepend=0.0)
    return float(np.sum(steps * best_from_here))


def best_f1(matched: Matched) -> Point:
    """Return the point of the best F1 over all thresholds; boxes have no false-positive rate."""
    if not matched.wanted or not len(matched.scores):
        return Point(1.0, 0.0, 0.0, 0.0)
    hits, ends = np.cumsum(matched.right), _run_ends(matched.scores)
    points = [
        Point(
            threshold=float(matched.scores[end]),
            precision=float(hits[end] / (end + 1)),
            recall=float(hits[end] / matched.wanted),
            false_positive_rate=0.0,
        )
        for end in ends.tolist()
    ]
    return max(points, key=lambda point: point.f1)


def box_point(matched: Matched, threshold: float) -> Point:
    """Return precision and recall of the boxes that score at least `threshold`."""
    said = matched.scores >= threshold
    right = float((said & matched.right).sum())
    precision, recall = right / max(float(said.sum()), 1.0), right / max(matched.wanted, 1)
    return Point(threshold, precision, recall, 0.0)


def area_point(
    found: Sequence[NDArray[np.bool_]], wanted: Sequence[NDArray[np.bool_]]
) -> tuple[float, float]:
    """Return the mean over pictures of area recall, then of area precision.

    A picture where nothing is wanted has no recall, one where nothing is found no precision.
    """
    shared = [float((one & other).sum()) for one, other in zip(found, wanted, strict=True)]
    recalls = [s / w.sum() for s, w in zip(shared, wanted, strict=True) if w.any()]
    precisions = [s / f.sum() for s, f in zip(shared, found, strict=True) if f.any()]
    return _mean(recalls), _mean(precisions)


def _mean(values: Sequence[float]) -> float:
    return float(sum(values) / len(values)) if values else 0.0
