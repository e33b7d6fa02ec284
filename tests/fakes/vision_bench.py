"""Cameras whose pictures a test hands out, and models that answer when a test lets them."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from edge_agent.ports.cameras import CameraBlindError, Found, Frame, Judged
from edge_agent.ports.vision import Counts, Look
from endcap.models.gaps.states import Chances
from tests.fakes.clock import FakeClock
from tests.fakes.shelf_eyes import SOUND


class HandedCamera:
    """Keeps the promises of ports.vision.RunningCamera; a newer picture takes the older's place."""

    def __init__(self, name: str, clock: FakeClock, size: tuple[int, int] = (48, 64)) -> None:
        self._name = name
        self._clock = clock
        self._size = size
        self._newest: Frame | CameraBlindError | None = None
        self._arrived = asyncio.Event()
        self.counts = Counts()
        self.shrink = 1

    @property
    def name(self) -> str:
        return self._name

    @property
    def fresh(self) -> bool:
        return self._arrived.is_set()

    def hand(self) -> Frame:
        """Take a picture now."""
        pixels = np.zeros((*self._size, 3), np.uint8)
        frame = Frame(self._clock.now(), pixels, SOUND, camera=self._name)
        self.counts = Counts(self.counts.pictures + 1)
        self._newest = frame
        self._arrived.set()
        return frame

    async def look(self) -> Frame:
        await self._arrived.wait()
        self._arrived.clear()
        if isinstance(self._newest, Frame):
            return self._newest
        raise self._newest or CameraBlindError("missing", "no picture")


class HeldModels:
    """Keeps the promises of ports.vision.BatchModels; every run waits until a test lets it go."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.go = asyncio.Semaphore(0)
        self.runs: list[list[str]] = []
        self.problem: Exception | None = None

    async def judge_all(self, looks: Sequence[Look]) -> Sequence[Judged]:
        self.runs.append([look.frame.camera for look in looks])
        await self.go.acquire()
        self._clock.turn(timedelta(seconds=1))
        if self.problem is not None:
            raise self.problem
        empty = Chances.of_empty(0.9)
        return [Judged(dict.fromkeys(look.facings, empty), 0.5) for look in looks]

    async def find(self, frame: Frame) -> Found:
        self.runs.append([frame.camera])
        await self.go.acquire()
        return Found((), 0.4)
