"""One worker for the pictures of every camera: turns, and several pictures in one run of a model.

A camera takes a turn before it takes its newest picture, so that no picture grows old in a queue,
and a camera that is blind or slow has none to hold. Pictures that come while the model runs are
judged together in its next run. What a picture shows is the models' to say, and when to look the
loops'.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge_agent.adapters.stages import Stages
from edge_agent.ports.cameras import Found, Frame, Judged
from edge_agent.ports.vision import BatchModels, CameraPace, Look, RunningCamera, VisionPace
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import coarsest
from endcap.plumbing.clock import Clock

TURNS = 4
"""How many cameras may have a picture on its way to the models at once."""

MOST_FACINGS = 512
"""How many facings a run of the model takes from several cameras; one camera's are never parted."""

_LEASE_S = 10.0
"""After which a turn that nothing was made of is another's."""


@dataclass(eq=False, slots=True)
class _Asked:
    """A picture that waits for its answer, or has it."""

    look: Look
    answer: Judged | None = None


class VisionWorker:
    """Judges what every camera sees. All of it is called on the loop's thread."""

    def __init__(self, models: BatchModels, clock: Clock, stages: Stages | None = None) -> None:
        self.models = models
        self.clock = clock
        self.stages = stages or Stages()
        self.turns = asyncio.Semaphore(TURNS)
        self._running = asyncio.Lock()
        self._asked: list[_Asked] = []
        self._eyes: list[Eye] = []
        self._runs = self._pictures = 0

    def eye(self, camera: RunningCamera) -> "Eye":
        """Return the place of one camera: a camera and models in one, for its loop alone."""
        eye = Eye(camera, self)
        self._eyes.append(eye)
        return eye

    @property
    def pace(self) -> VisionPace:
        """Return how the cameras' pictures keep pace."""
        cameras = tuple(eye.pace for eye in self._eyes)
        waiting = sum(one.waiting for one in cameras)
        return VisionPace(cameras, self.stages.seconds, waiting, self._runs, self._pictures)

    async def judge(self, look: Look) -> Judged:
        """Return what the models say of a picture, judged with those that wait beside it."""
        mine = _Asked(look)
        self._asked.append(mine)
        try:
            while True:
                async with self._running:
                    if mine.answer is not None:
                        return mine.answer
                    await self._run(self._next())
        finally:
            if mine in self._asked:
                self._asked.remove(mine)

    async def find(self, frame: Frame) -> Found:
        """Return the gaps the detector sees; its pictures are looked at one by one."""
        async with self._running:
            self._runs, self._pictures = self._runs + 1, self._pictures + 1
            return await self.models.find(frame)

    def _next(self) -> list[_Asked]:
        """Return the pictures of the next run, those that wait longest first."""
        batch, facings = self._asked[:1], len(self._asked[0].look.facings)
        for one in self._asked[1:]:
            facings += len(one.look.facings)
            if facings > MOST_FACINGS:
                break
            batch.append(one)
        return batch

    async def _run(self, batch: Sequence[_Asked]) -> None:
        answers = await self.models.judge_all([one.look for one in batch])
        self._runs, self._pictures = self._runs + 1, self._pictures + len(batch)
        for one, answer in zip(batch, answers, strict=True):
            one.answer = answer
            self._asked.remove(one)


class Eye:
    """One camera at the worker. Keeps the promises of Camera and GapModels in ports.cameras."""

    def __init__(self, camera: RunningCamera, worker: VisionWorker) -> None:
        self._camera = camera
        self._worker = worker
        self._lease: asyncio.TimerHandle | None = None
        self._looked = self._analysed = 0
        self._age_s: float | None = None
        self._waits_since: float | None = None
        self._waited_s = 0.0

    @property
    def name(self) -> str:
        """Return the camera's name."""
        return self._camera.name

    @property
    def pace(self) -> CameraPace:
        """Return what became of the camera's pictures."""
        counts = self._camera.counts
        return CameraPace(
            camera=self.name,
            taken=counts.pictures,
            damaged=counts.damaged,
            lost=counts.lost,
            analysed=self._analysed,
            dropped=max(counts.pictures - self._looked - self._camera.fresh, 0),
            age_s=self._age_s,
            waited_s=self._waited_s,
            waiting=self._waits_since is not None,
        )

    async def look(self) -> Frame:
        """Return the newest picture, once it is this camera's turn."""
        self._leave()
        frame = await self._camera.look()
        await self._enter()
        if self._camera.fresh:
            frame = await self._camera.look()
        self._looked += 1
        return frame

    async def judge(self, frame: Frame, facings: Mapping[str, Box]) -> Judged:
        """Return what each facing looks like; the next pictures are as coarse as that allows."""
        try:
            judged = await self._worker.judge(Look(frame, facings))
        finally:
            self._leave()
        self._camera.shrink = coarsest(frame.pixels, facings.values(), frame.shrunk)
        self._note(frame)
        return judged

    async def find(self, frame: Frame) -> Found:
        """Return the gaps on a picture; the detector wants them whole."""
        self._camera.shrink = 1
        try:
            found = await self._worker.find(frame)
        finally:
            self._leave()
        self._note(frame)
        return found

    def _note(self, frame: Frame) -> None:
        self._analysed += 1
        self._age_s = max((self._worker.clock.now() - frame.taken_at).total_seconds(), 0.0)

    async def _enter(self) -> None:
        """Wait for a turn; one that comes to nothing is given back after a while."""
        clock = self._worker.clock
        self._waits_since = began = clock.monotonic()
        try:
            await self._worker.turns.acquire()
        finally:
            self._waits_since = None
            self._waited_s += clock.monotonic() - began
        self._lease = asyncio.get_running_loop().call_later(_LEASE_S, self._leave)

    def _leave(self) -> None:
        """Give the turn back, if there is one."""
        if self._lease is not None:
            self._lease.cancel()
            self._lease = None
            self._worker.turns.release()
