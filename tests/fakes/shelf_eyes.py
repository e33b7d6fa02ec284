"""A camera and gap models in memory: they show what a script says."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

import numpy as np

from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.condition import PictureFacts
from edge_agent.ports.cameras import CameraBlindError, Found, Frame, Judged
from endcap.models.gaps.boxes import Box, Detection
from endcap.models.gaps.states import Chances
from tests.fakes.clock import FakeClock

SOUND = PictureFacts(brightness=110, contrast=50, sharpness=900)
PIXELS = np.zeros((48, 64, 3), np.uint8)


class ScriptEndedError(Exception):
    """The script has no more pictures: ends the loop of a test."""


class ScriptedCamera:
    """Keeps the promises of edge_agent.ports.cameras.Camera; a picture takes a second, or `pace`.

    The script holds facts to show, or a CameraBlindError to raise.
    """

    def __init__(
        self, script: Iterable[PictureFacts | CameraBlindError], clock: FakeClock, name: str = "cam"
    ) -> None:
        self._script = iter(script)
        self._clock = clock
        self._name = name
        self.moving: tuple[tuple[bool, ...], ...] = ()
        self.pace = timedelta(seconds=1)

    @property
    def name(self) -> str:
        return self._name

    async def look(self) -> Frame:
        self._clock.turn(self.pace)
        shown = next(self._script, None)
        if shown is None:
            raise ScriptEndedError
        if isinstance(shown, CameraBlindError):
            raise shown
        return Frame(self._clock.now(), PIXELS, shown, self.moving)


class KnowingModels:
    """Keeps the promises of edge_agent.ports.cameras.GapModels; knows which facings are empty."""

    def __init__(self, *empty: str, detections: tuple[Detection, ...] = ()) -> None:
        self.empty = set(empty)
        self.detections = detections
        self.judged: list[set[str]] = []

    async def judge(self, frame: Frame, facings: Mapping[str, Box]) -> Judged:
        self.judged.append(set(facings))
        return Judged(
            {n: Chances.of_empty(0.95 if n in self.empty else 0.02) for n in facings}, 0.7
        )

    async def find(self, frame: Frame) -> Found:
        return Found(self.detections, 0.4)


class FixedPlanogram:
    """Keeps the promises of edge_agent.ports.shelf_records.Planogram."""

    def __init__(self, *facings: Facing) -> None:
        self._facings = facings

    async def facings(self) -> tuple[Facing, ...]:
        return self._facings
