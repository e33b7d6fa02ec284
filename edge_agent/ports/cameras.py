"""The cameras, and the models that look at what they show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge_agent.core.vision.condition import PictureFacts
from endcap.models.gaps.alignment import Alignment
from endcap.models.gaps.boxes import Box, Detection
from endcap.models.gaps.states import Chances
from endcap.wire.events import CameraCondition


class CameraBlindError(Exception):
    """A camera gave no new picture; `condition` is missing or damaged, the message says why."""

    def __init__(self, condition: CameraCondition, reason: str) -> None:
        super().__init__(reason)
        self.condition: CameraCondition = condition


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: RGB pixels uint8 [h, w, 3], its numbers, and where it differs from the last.

    `moving` is a grid over the picture, row by row: empty when there is no picture before.
    `camera` is empty for a picture that no camera of the store took: nothing is known of its
    facings from before. `shrunk` is how many times smaller, each way, it is than it was sent.
    `sha256` is of what the camera sent, None where that is no file.
    `alignment` is where the places of the camera's reference are on it, None while there is no
    reference, or when it is not found.
    """

    taken_at: datetime
    pixels: NDArray[np.uint8]
    facts: PictureFacts
    moving: tuple[tuple[bool, ...], ...] = ()
    camera: str = ""
    shrunk: int = 1
    sha256: str | None = None
    alignment: Alignment | None = None


class Camera(Protocol):
    """A camera that is open. `look` returns its newest picture, never one twice.

    It waits for one for at most a few seconds and raises CameraBlindError when there is none, or
    when it cannot be decoded; the camera reconnects by itself.
    """

    @property
    def name(self) -> str: ...

    async def look(self) -> Frame: ...


class GapModels(Protocol):
    """The gap models that serve now; an update may replace them between two pictures.

    Both raise ModelUnusableError when there is no model of the kind, or it failed.
    """

    async def judge(self, frame: Frame, facings: Mapping[str, Box]) -> "Judged": ...

    async def find(self, frame: Frame) -> "Found": ...


@dataclass(frozen=True, slots=True)
class Judged:
    """What each facing looks like; empty is what the model says of it from `threshold` on."""

    chances: Mapping[str, Chances]
    threshold: float


@dataclass(frozen=True, slots=True)
class Found:
    """The gaps on a picture, best first; from a score of `threshold` on the model says yes."""

    detections: tuple[Detection, ...]
    threshold: float
