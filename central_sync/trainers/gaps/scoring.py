"""How good the gap detector is on labelled pictures: all pictures, class 0."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from central_sync.core.detection_metrics import Scored
from central_sync.trainers.gaps.facing_scoring import Judge
from central_sync.trainers.gaps.layout import Labelled, read_picture
from endcap.models.gaps.boxes import Box, Boxes, Detection, as_array, cover, overlap
from endcap.models.gaps.crops import Picture, cut
from endcap.models.gaps.detection import confirmed, merged, read_map, views
from endcap.models.gaps.states import STATES
from endcap.plumbing.onnx_session import Session

_CANDIDATE = 0.05


@dataclass(frozen=True, slots=True)
class DetectorScores:
    """Every picture's detections and true boxes, and the time a picture took."""

    found: tuple[Boxes, ...]
    scores: tuple[NDArray[np.float64], ...]
    wanted: tuple[Boxes, ...]
    ms_per_picture: float

    def against_truth(self) -> list[Scored]:
        """Return what matching needs."""
        rows = zip(self.found, self.scores, self.wanted, strict=True)
        return [Scored(scores, overlap(found, wanted)) for found, scores, wanted in rows]

    def covers(self, threshold: float) -> tuple[list[NDArray[np.bool_]], list[NDArray[np.bool_]]]:
        """Return, picture by picture, the area found at `threshold`, and the area wanted."""
        rows = zip(self.found, self.scores, strict=True)
        said = [cover(found[scores >= threshold]) for found, scores in rows]
        return said, [cover(wanted) for wanted in self.wanted]


def detect(session: Session, picture: Picture, threshold: float) -> tuple[Detection, ...]:
    """Return the gaps the detector sees on a picture, in parts where it is large: as the store."""
    found: list[Detection] = []
    for view in views(picture):
        maps = session.run({"picture": view.tensor})
        found += read_map(maps["centre"], maps["sides"], view, threshold)
    return merged(found)


def score_detector(session: Session, pictures: Sequence[Labelled]) -> DetectorScores:
    """Return what the detector finds on every picture, down to a score of 0.05."""
    found: list[tuple[Detection, ...]] = []
    times = []
    for one in pictures:
        picture = read_picture(one.path)
        begun = time.perf_counter()
        found.append(detect(session, picture, _CANDIDATE))
        times.append(time.perf_counter() - begun)
    return _scores(found, pictures, 1e3 * float(np.median(times)) if times else 0.0)


def score_confirmed(
    scored: DetectorScores, pictures: Sequence[Labelled], judge: Judge
) -> DetectorScores:
    """Return what the detector found with the scores it has once `judge` saw every box too."""
    found = []
    for one, boxes, scores in zip(pictures, scored.found, scored.scores, strict=True):
        seen = [
            Detection(Box(*box), score)
            for box, score in zip(boxes.tolist(), scores.tolist(), strict=True)
        ]
        rows = judge(cut(read_picture(one.path), [each.box for each in seen]), {})
        found.append(confirmed(seen, rows[:, STATES.index("empty")]))
    return _scores(found, pictures, scored.ms_per_picture)


def _scores(
    found: Sequence[Sequence[Detection]], pictures: Sequence[Labelled], ms: float
) -> DetectorScores:
    return DetectorScores(
        found=tuple(as_array([one.box for one in seen]) for seen in found),
        scores=tuple(np.asarray([one.score for one in seen], np.float64) for seen in found),
        wanted=tuple(as_array(one.gaps) for one in pictures),
        ms_per_picture=ms,
    )
