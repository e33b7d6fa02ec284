"""How good the two models are on labelled pictures, by the documented protocol.

Facings: crops of gaps against crops of product boxes, at most 24 a picture, drawn with seed 1;
boxes under 8 by 10 pixels are left out. Where the directory has no product boxes, places of the
gaps' sizes that touch no label stand for full facings. Detector: all pictures, class 0.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from central_sync.core.detection_metrics import Scored
from central_sync.trainers.gaps.layout import Labelled, read_picture
from central_sync.trainers.gaps.material import MOST_FULL
from endcap.models.gaps.boxes import Box, Boxes, Detection, as_array, cover, overlap
from endcap.models.gaps.crops import Picture, cut, large_enough
from endcap.models.gaps.detection import frame, read_map
from endcap.plumbing.onnx_session import Session

SEED = 1
_CANDIDATE = 0.05
_TRIES = 20


@dataclass(frozen=True, slots=True)
class FacingScores:
    """Every facing's probability of being empty, the truth, and the time each took."""

    probability: NDArray[np.float64]
    empty: NDArray[np.bool_]
    us_per_facing: float


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


Judge = Callable[[NDArray[np.uint8]], NDArray[np.float64]]
"""Crops in, a probability of being empty each."""


def through(session: Session) -> Judge:
    """Return the facing model's judgement of crops."""
    return lambda crops: session.run({"crops": crops})["empty"].astype(np.float64)


def score_facings(judge: Judge, pictures: Sequence[Labelled]) -> FacingScores:
    """Return the judgement of every facing, crops cut and judged picture by picture."""
    rng = np.random.default_rng(SEED)
    scores: list[NDArray[np.float64]] = []
    empty: list[bool] = []
    seconds = 0.0
    for one in pictures:
        picture = read_picture(one.path)
        gaps, full = _facings(one, picture, rng)
        if not gaps and not full:
            continue
        begun = time.perf_counter()
        scores.append(judge(cut(picture, [*gaps, *full])))
        seconds += time.perf_counter() - begun
        empty += [True] * len(gaps) + [False] * len(full)
    found = np.concatenate(scores) if scores else np.zeros(0)
    return FacingScores(found, np.asarray(empty, np.bool_), 1e6 * seconds / max(len(empty), 1))


def _facings(
    one: Labelled, picture: Picture, rng: np.random.Generator
) -> tuple[list[Box], list[Box]]:
    """Return a picture's empty and full facings by the protocol."""
    high, wide = picture.shape[:2]
    gaps = [box for box in one.gaps if large_enough(box, wide, high)]
    if one.full is None:
        return gaps, _sampled(one, rng)
    full = [box for box in one.full if large_enough(box, wide, high)]
    if len(full) > MOST_FULL:
        full = [full[n] for n in sorted(rng.choice(len(full), MOST_FULL, replace=False).tolist())]
    return gaps, full


def _sampled(one: Labelled, rng: np.random.Generator) -> list[Box]:
    """Return places of the gaps' sizes that touch no label, two a gap where they are found."""
    labels = as_array([*one.gaps, *one.disorganised])
    found: list[Box] = []
    for gap in one.gaps * 2:
        for _ in range(_TRIES):
            x, y = rng.uniform(0.1, 0.9), rng.uniform(0.15, 0.85)
            box = Box.around(float(x), float(y), gap.width, gap.height)
            if not overlap(as_array([box]), labels).any():
                found.append(box)
                break
    return found[:MOST_FULL]


def detect(session: Session, picture: Picture, threshold: float) -> tuple[Detection, ...]:
    """Return the gaps the detector sees on a picture."""
    framed = frame(picture)
    maps = session.run({"picture": framed.tensor})
    return read_map(maps["centre"], maps["sides"], framed, threshold)


def score_detector(session: Session, pictures: Sequence[Labelled]) -> DetectorScores:
    """Return what the detector finds on every picture, down to a score of 0.05."""
    found, scores, times = [], [], []
    for one in pictures:
        picture = read_picture(one.path)
        begun = time.perf_counter()
        seen = detect(session, picture, _CANDIDATE)
        times.append(time.perf_counter() - begun)
        found.append(as_array([each.box for each in seen]))
        scores.append(np.asarray([each.score for each in seen], np.float64))
    wanted = tuple(as_array(one.gaps) for one in pictures)
    return DetectorScores(tuple(found), tuple(scores), wanted, 1e3 * float(np.median(times)))
