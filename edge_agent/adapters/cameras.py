"""A camera: a thread that takes pictures in and reconnects, and an async look at the newest one.

The thread lives as long as the `async with`. A slow reader costs nothing: older pictures are
dropped. Where pictures come from is camera_sources.py's.
"""

import asyncio
import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self

from edge_agent.adapters.camera_sources import (
    Pace,
    Shown,
    SourceLostError,
    is_stills,
    pictures_of,
)
from edge_agent.adapters.pictures import PictureDamagedError
from edge_agent.adapters.stages import Stages
from edge_agent.core.vision.condition import PictureFacts
from edge_agent.ports.cameras import CameraBlindError, Frame
from edge_agent.ports.vision import Counts
from endcap.models.gaps.picture_facts import change, moving, small, statistics
from endcap.plumbing.clock import Clock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PATIENCE = timedelta(seconds=4)
"""How long a look waits beyond the usual interval."""

_SAID_EVERY = timedelta(minutes=1)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 2.0


class CameraSwitchedOff:
    """Keeps the promises of edge_agent.ports.cameras.Camera for one that nobody looks through."""

    shrink = 1
    fresh = False

    def __init__(self, name: str, clock: Clock) -> None:
        self._clock = clock
        self._told = False
        self.name = name
        self.counts = Counts()

    async def look(self) -> Frame:
        """Say that there is no picture: at once, and again every minute.

        Raises:
            CameraBlindError: always.
        """
        if self._told:
            await self._clock.sleep(_SAID_EVERY)
        self._told = True
        raise CameraBlindError("missing", "it is switched off in the settings")


class ThreadedCamera:
    """Keeps the promises of edge_agent.ports.cameras.Camera for a source of any kind.

    `every` is how often a picture is wanted. `look` is for one task at a time. `shrink` may be set
    at any time: how many times smaller each way (1, 2, 4) the next pictures may be.
    """

    def __init__(
        self,
        name: str,
        source: str,
        every: timedelta,
        clock: Clock,
        stages: Stages | None = None,
    ) -> None:
        self._name = name
        self._source = source
        self._every = every
        self._clock = clock
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"camera {name}", daemon=True)
        self._arrived = asyncio.Event()
        self._newest: Frame | CameraBlindError | None = None
        self._before: NDArray[np.uint8] | None = None
        self._due_at = float("-inf")
        self._stages = stages or Stages()
        self.counts = Counts()
        self.shrink = self._shrunk = 1

    @property
    def name(self) -> str:
        """Return the camera's name."""
        return self._name

    @property
    def newest(self) -> Frame | None:
        """Return the newest picture, looked at or not; None where there was none, or it is bad."""
        return self._newest if isinstance(self._newest, Frame) else None

    @property
    def fresh(self) -> bool:
        """Return whether `look` would have an answer at once."""
        return self._arrived.is_set()

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        await asyncio.to_thread(self._thread.join)

    async def look(self) -> Frame:
        """Return the newest picture, once.

        Raises:
            CameraBlindError: none came, or it was damaged.
        """
        limit = self._every + PATIENCE
        try:
            async with asyncio.timeout(limit.total_seconds()):
                await self._arrived.wait()
        except TimeoutError as error:
            reason = f"no picture for {limit.total_seconds():g} s"
            raise CameraBlindError("missing", reason) from error
        self._arrived.clear()
        newest = self._newest
        if isinstance(newest, Frame):
            return newest
        raise newest or CameraBlindError("missing", "no picture yet")

    def _run(self) -> None:
        """Take pictures in until the camera is closed: the thread's whole life."""
        pause = _FIRST_PAUSE
        while not self._closing.is_set():
            came = self.counts.pictures
            reason = self._take_in()
            if self._closing.is_set():
                return
            if reason:
                self.counts = replace(self.counts, lost=self.counts.lost + 1)
                self._publish(CameraBlindError("missing", reason))
            pause = _FIRST_PAUSE if self.counts.pictures > came else min(2 * pause, _LONGEST_PAUSE)
            self._closing.wait(pause)

    def _take_in(self) -> str:
        """Publish the source's pictures; return why it ended, empty for a video that is over."""
        try:
            pace = Pace(self._due, self._pause, self._shrink, self._stages)
            with closing(pictures_of(self._source, pace)) as pictures:
                for shown in pictures:
                    if self._closing.is_set():
                        return ""
                    with self._stages.at("measure"):
                        seen = self._seen(shown)
                    self._publish(seen)
        except SourceLostError as error:
            return str(error)
        return ""

    def _seen(self, shown: Shown) -> Frame | CameraBlindError:
        """Return a picture with its numbers, or that it was damaged."""
        if isinstance(shown, PictureDamagedError):
            self.counts = replace(self.counts, damaged=self.counts.damaged + 1)
            return CameraBlindError("damaged", str(shown))
        self.counts = replace(self.counts, pictures=self.counts.pictures + 1)
        grey, before = small(shown.pixels), self._before
        self._before = grey
        facts = facts_of(grey, None if is_stills(self._source) else before)
        grid = () if before is None else moving(grey, before)
        return Frame(
            self._clock.now(), shown.pixels, facts, grid, self._name, self._shrunk, shown.sha256
        )

    def _publish(self, newest: Frame | CameraBlindError) -> None:
        """Hand a picture over to the loop's thread, which alone touches what `look` reads."""

        def arrive() -> None:
            self._newest = newest
            self._arrived.set()

        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(arrive)

    def _shrink(self) -> int:
        """Return how many times smaller the picture may be that is decoded now."""
        self._shrunk = self.shrink
        return self._shrunk

    def _due(self) -> bool:
        """Return whether the interval has passed since the last picture that was wanted."""
        now = self._clock.monotonic()
        if now < self._due_at:
            return False
        self._due_at = now + self._every.total_seconds()
        return True

    def _pause(self) -> bool:
        return not self._closing.wait(self._every.total_seconds())


def facts_of(grey: "NDArray[np.uint8]", before: "NDArray[np.uint8] | None") -> PictureFacts:
    """Return a picture's numbers from its grey copy; `before` is that of the one before, if any."""
    measured = statistics(grey)
    return PictureFacts(
        brightness=measured.brightness,
        contrast=measured.contrast,
        sharpness=measured.sharpness,
        change=None if before is None else change(grey, before),
        plain=measured.plain,
    )
