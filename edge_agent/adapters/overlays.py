"""What was seen, drawn on the pictures it was seen on: as one file, a folder, or a video.

Decides nothing. A picture that was given is never written over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.boxes import Box
from endcap.plumbing.files import write_atomically

COLOURS = {
    "empty": (230, 40, 40),
    "gap": (230, 40, 40),
    "low": (245, 160, 20),
    "full": (60, 180, 75),
    "occluded": (150, 150, 150),
}
"""Red, green and blue of each state."""

_CODECS = {".mp4": "mp4v", ".mkv": "mp4v", ".avi": "MJPG", ".mov": "mp4v"}


class OverlayError(Exception):
    """The overlay cannot be written there; the message says why."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A box on a picture, the state that gives it its colour, and a few words, or none."""

    box: Box
    state: str
    words: str = ""


def drawn(pixels: NDArray[np.uint8], marks: Sequence[Mark]) -> NDArray[np.uint8]:
    """Return a copy of a picture with `marks` on it; lines and letters grow with the picture."""
    picture = pixels.copy()
    height, width = picture.shape[:2]
    thick, font = max(round(max(height, width) / 640), 1), cv2.FONT_HERSHEY_SIMPLEX
    for one in marks:
        left, right = round(one.box.x0 * width), round(one.box.x1 * width)
        top, bottom = round(one.box.y0 * height), round(one.box.y1 * height)
        colour = COLOURS[one.state]
        cv2.rectangle(picture, (left, top), (right, bottom), colour, thick, cv2.LINE_AA)
        size, at = 0.4 * thick, (left + 2 * thick, top + 12 * thick)
        for ink, width_of_line in (((0, 0, 0), 3 * thick), ((255, 255, 255), thick)):
            cv2.putText(picture, one.words, at, font, size, ink, width_of_line, cv2.LINE_AA)
    return picture


class Overlay(Protocol):
    """Takes the pictures of one path, drawn on; what it wrote is whole once it is closed."""

    def put(self, name: str, picture: NDArray[np.uint8]) -> None:
        """Write a picture, RGB, by the name of the one it was drawn on."""

    def close(self) -> None:
        """Finish what was begun."""


class NoOverlay:
    """Nothing is drawn."""

    def put(self, name: str, picture: NDArray[np.uint8]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class OverlayFiles:
    """One file for one picture, or a folder in which each keeps its name."""

    def __init__(self, out: Path, *, folder: bool) -> None:
        self._out = out
        self._folder = folder

    def put(self, name: str, picture: NDArray[np.uint8]) -> None:
        """Write one picture, whole."""
        path = self._out / name if self._folder else self._out
        kind = path.suffix.lower() if path.suffix.lower() in (".png", ".jpg", ".jpeg") else ".jpg"
        _, coded = cv2.imencode(kind, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, coded.tobytes())
        except OSError as error:
            raise OverlayError(f"{path}: {error.strerror}") from error

    def close(self) -> None:
        """Do nothing: each was whole when it was put."""


class OverlayVideo:
    """One video; pictures of another size than its first are scaled."""

    def __init__(self, out: Path, rate: float) -> None:
        self._out = out
        self._rate = rate
        self._writer: Any = None
        self._size = (0, 0)

    def put(self, name: str, picture: NDArray[np.uint8]) -> None:  # noqa: ARG002 - one video
        """Add a picture."""
        if self._writer is None:
            self._size = picture.shape[1], picture.shape[0]
            codec = cv2.VideoWriter.fourcc(*_CODECS[self._out.suffix.lower()])
            self._writer = cv2.VideoWriter(str(self._out), codec, self._rate, self._size)
            if not self._writer.isOpened():
                raise OverlayError(f"{self._out}: no video can be written there")
        fitting = cv2.resize(picture, self._size)
        self._writer.write(cv2.cvtColor(fitting, cv2.COLOR_RGB2BGR))

    def close(self) -> None:
        """Finish the video."""
        if self._writer is not None:
            self._writer.release()


def overlay_for(kind: str, source: Path, out: Path | None, every: float) -> Overlay:
    """Return where the pictures of `source`, a picture, folder or video, go once drawn on.

    Raises:
        OverlayError: `out` is what is looked at, or is no place for them.
    """
    if out is None:
        return NoOverlay()
    if out.exists() and out.samefile(source):
        raise OverlayError(f"{out}: this is what is looked at; choose another place")
    if kind == "video" and out.suffix.lower() not in _CODECS:
        raise OverlayError(f"{out}: a video is written as {', '.join(sorted(_CODECS))}")
    if kind == "folder" and out.exists() and not out.is_dir():
        raise OverlayError(f"{out}: no folder")
    if kind == "picture" and out.is_dir():
        out = out / source.name
        if out.exists() and out.samefile(source):
            raise OverlayError(f"{out}: this is what is looked at; choose another place")
    if kind == "video":
        return OverlayVideo(out, max(1 / every, 1.0))
    return OverlayFiles(out, folder=kind == "folder")
