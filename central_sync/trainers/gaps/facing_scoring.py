"""How good the facing model is on labelled pictures, by the documented protocol.

Crops of gaps against crops of product boxes, at most 24 a picture, drawn with seed 1; boxes under
8 by 10 pixels are left out. Where the directory has no product boxes, places of the gaps' sizes
that touch no label stand for full facings. Low and hidden facings are scored beside, all of them.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from central_sync.core.detection_metrics import (
    auc,
    average_precision,
    calibration_error,
    point_at,
)
from central_sync.trainers.gaps.layout import Labelled, read_picture
from endcap.models.gaps.boxes import Box, as_array, overlap
from endcap.models.gaps.crops import Picture, cut, large_enough
from endcap.models.gaps.states import KNOWN, STATES, Known, State
from endcap.plumbing.onnx_session import Session

SEED = 1
MOST_FULL = 24
_TRIES = 20
_FULL, _EMPTY = STATES.index("full"), STATES.index("empty")
Crops = NDArray[np.uint8]
Rows = NDArray[np.float64]
Judge = Callable[[Crops, Mapping[Known, Crops]], Rows]
"""Crops, and crops of the same facings known full or empty, to rows of chances as STATES."""


@dataclass(frozen=True, slots=True)
class FacingScores:
    """Every facing's chances [n, 4], its true state [n] as a place in STATES, the time each took.

    `probability` and `empty` are of the empty and full facings alone: the documented protocol.
    """

    chances: Rows
    truth: NDArray[np.int64]
    us_per_facing: float

    @property
    def plain(self) -> NDArray[np.bool_]:
        """Which facings are empty or full."""
        found: NDArray[np.bool_] = np.isin(self.truth, (_FULL, _EMPTY))
        return found

    @property
    def probability(self) -> Rows:
        """How likely each empty or full facing is empty."""
        found: Rows = self.chances[self.plain, _EMPTY]
        return found

    @property
    def empty(self) -> NDArray[np.bool_]:
        """Whether each empty or full facing is empty."""
        found: NDArray[np.bool_] = self.truth[self.plain] == _EMPTY
        return found


@dataclass(frozen=True, slots=True)
class _Shown:
    """A picture's facings: crops, true states, and crops of the same places full and empty."""

    crops: Crops
    truth: list[int]
    known: Mapping[Known, Crops]


def through(session: Session) -> Judge:
    """Return the facing model's judgement of crops; references that are given count."""
    width = session.raw.get_inputs()[1].shape[-1]

    def judge(crops: Crops, known: Mapping[Known, Crops]) -> Rows:
        references = np.zeros((len(crops), len(KNOWN), width), np.float32)
        for place, state in enumerate(KNOWN):
            if state in known:
                feed = {"crops": known[state], "references": np.zeros_like(references)}
                references[:, place] = session.run(feed)["embedding"]
        feed = {"crops": crops, "references": references}
        return session.run(feed)["states"].astype(np.float64)

    return judge


def mirrored(judge: Judge) -> Judge:
    """Return the mean of what `judge` says of crops and of their mirror images: twice the work."""

    def both(crops: Crops, known: Mapping[Known, Crops]) -> Rows:
        other = {state: _flipped(one) for state, one in known.items()}
        return (judge(crops, known) + judge(_flipped(crops), other)) / 2

    return both


def _flipped(crops: Crops) -> Crops:
    return np.ascontiguousarray(crops[:, :, ::-1])


def score_facings(
    judge: Judge, pictures: Sequence[Labelled], *, compared: bool = False
) -> FacingScores:
    """Return the judgement of every facing, cut and judged picture by picture.

    `compared`: with the references there are, on the pictures that have some.
    """
    rng = np.random.default_rng(SEED)
    chances, truth, seconds = [np.zeros((0, len(STATES)))], list[int](), 0.0
    for shown in _shown(pictures, rng, compared=compared):
        begun = time.perf_counter()
        chances.append(judge(shown.crops, shown.known))
        seconds += time.perf_counter() - begun
        truth += shown.truth
    took = 1e6 * seconds / max(len(truth), 1)
    return FacingScores(np.concatenate(chances), np.asarray(truth, np.int64), took)


def _shown(
    pictures: Sequence[Labelled], rng: np.random.Generator, *, compared: bool
) -> Iterator[_Shown]:
    for one in pictures:
        if compared and not one.known:
            continue
        picture = read_picture(one.path)
        facings = facings_of(one, picture, rng)
        boxes = [box for there in facings.values() for box in there]
        truth = [STATES.index(state) for state, there in facings.items() for _ in there]
        if not boxes:
            continue
        known = {
            state: cut(read_picture(path), boxes) for state, path in one.known.items() if compared
        }
        yield _Shown(cut(picture, boxes), truth, known)


def facings_of(one: Labelled, picture: Picture, rng: np.random.Generator) -> dict[State, list[Box]]:
    """Return a picture's facings by state, by the protocol."""
    high, wide = picture.shape[:2]

    def seen(boxes: Sequence[Box]) -> list[Box]:
        return [box for box in boxes if large_enough(box, wide, high)]

    full = _sampled(one, rng) if one.full is None else _some(seen(one.full), rng)
    return {
        "empty": seen(one.gaps),
        "full": full,
        "low": seen(one.low),
        "occluded": seen(one.occluded),
    }


def _some(boxes: list[Box], rng: np.random.Generator) -> list[Box]:
    if len(boxes) <= MOST_FULL:
        return boxes
    chosen = rng.choice(len(boxes), MOST_FULL, replace=False)
    return [boxes[n] for n in sorted(chosen.tolist())]


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


def facing_metrics(scored: FacingScores, threshold: float) -> dict[str, Any]:
    """Return the facing model's figures; precision, recall and FPR stand at `threshold`.

    They are of empty against full facings. `states` says of each true state how many there are,
    how many are recognised (it is the likeliest), and how many are said to be empty.
    """
    point = point_at(scored.probability, scored.empty, threshold)
    figures = {
        "auc": auc(scored.probability, scored.empty),
        "ap": average_precision(scored.probability, scored.empty),
        "precision": point.precision,
        "recall": point.recall,
        "fpr": point.false_positive_rate,
        "threshold": threshold,
        "prevalence": float(scored.empty.mean()) if scored.empty.size else 0.0,
        "calibration_error": calibration_error(scored.probability, scored.empty),
    }
    rounded = {name: round(value, 5) for name, value in figures.items()}
    return rounded | {"n": scored.empty.size, "states": _by_state(scored, threshold)}


def _by_state(scored: FacingScores, threshold: float) -> dict[str, dict[str, float]]:
    likeliest = scored.chances.argmax(axis=1)
    found: dict[str, dict[str, float]] = {}
    for place, state in enumerate(STATES):
        there = scored.truth == place
        if there.any():
            found[state] = {
                "n": int(there.sum()),
                "recognised": round(float((likeliest[there] == place).mean()), 5),
                "said_empty": round(float((scored.chances[there, _EMPTY] >= threshold).mean()), 5),
            }
    return found
