"""Pictures that a person names: a file, a folder of them, or a video, each looked at once.

A picture that cannot be decoded is passed on as what is wrong with it, and the next one follows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.adapters.camera_sources import (
    PICTURES,
    VIDEOS,
    SourceLostError,
    open_capture,
    retrieved,
)
from edge_agent.adapters.pictures import MOST_BYTES, PictureDamagedError, decode

_USUAL_RATE = 25.0
_RATES = (1.0, 240.0)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture by its name, or why there is none; `at_s` is when it is on in a video."""

    name: str
    shown: NDArray[np.uint8] | PictureDamagedError
    at_s: float | None = None


@dataclass(frozen=True, slots=True)
class Shots:
    """The pictures of a path: how many to expect, and each of them in turn, every time anew."""

    kind: str
    count: int
    each: Callable[[], Iterator[Shot]]


def shots_of(path: Path, every: float) -> Shots:
    """Return the pictures of a file or a folder, or of a video one every `every` seconds.

    Raises:
        SourceLostError: there is nothing to look at.
    """
    if path.is_dir():
        files = sorted(one for one in path.iterdir() if one.suffix.lower() in PICTURES)
        if not files:
            raise SourceLostError(f"{path}: no .jpg or .png picture there")
        return Shots("folder", len(files), lambda: map(_shot, files))
    if not path.is_file():
        raise SourceLostError(f"{path}: no picture, folder or video")
    if path.suffix.lower() in VIDEOS:
        return _video(path, every)
    return Shots("picture", 1, lambda: iter([_shot(path)]))


def _shot(path: Path) -> Shot:
    try:
        with path.open("rb") as file:
            return Shot(path.name, decode(file.read(MOST_BYTES + 1)))
    except OSError as error:
        return Shot(path.name, PictureDamagedError(error.strerror or "it cannot be read"))
    except PictureDamagedError as error:
        return Shot(path.name, error)


def _video(path: Path, every: float) -> Shots:
    capture = open_capture(str(path.absolute()), cv2.CAP_FFMPEG)
    try:
        rate = capture.get(cv2.CAP_PROP_FPS)
        rate = rate if _RATES[0] <= rate <= _RATES[1] else _USUAL_RATE
        frames = max(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 1)
    finally:
        capture.release()
    step = max(round(every * rate), 1)
    return Shots("video", -(-frames // step), lambda: _frames(path, rate, step))


def _frames(path: Path, rate: float, step: int) -> Iterator[Shot]:
    """Yield every `step`th picture of a video; the others are passed over undecoded."""
    capture = open_capture(str(path.absolute()), cv2.CAP_FFMPEG)
    number = 0
    try:
        while capture.grab():
            if number % step == 0:
                yield Shot(path.name, retrieved(capture), round(number / rate, 3))
            number += 1
    finally:
        capture.release()
