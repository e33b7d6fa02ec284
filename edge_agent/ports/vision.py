"""What judging several cameras at once needs, and how their pictures keep pace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from edge_agent.ports.cameras import Camera, Found, Frame, Judged
from endcap.models.gaps.boxes import Box


@dataclass(frozen=True, slots=True)
class Look:
    """A picture, and the facings to judge on it."""

    frame: Frame
    facings: Mapping[str, Box]


class BatchModels(Protocol):
    """The gap models for several pictures at once.

    Both raise ModelUnusableError when there is no model of the kind, or it failed.
    """

    async def judge_all(self, looks: Sequence[Look]) -> Sequence[Judged]: ...

    async def find(self, frame: Frame) -> Found: ...


@dataclass(frozen=True, slots=True)
class Counts:
    """What a camera has done since it was opened."""

    pictures: int = 0
    damaged: int = 0
    lost: int = 0


class RunningCamera(Camera, Protocol):
    """A camera that is open: `fresh` says that its newest picture was not looked at yet.

    `shrink` may be set: how many times smaller, each way, its next pictures may be.
    """

    shrink: int
    counts: Counts

    @property
    def fresh(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class CameraPace:
    """What became of a camera's pictures since the start.

    Of those `taken`, `dropped` gave way to a newer one before anything looked at them. `age_s` is
    how old the last one was when its answer was there, None before the first; `waited_s` is how
    long pictures have waited for their turn, all together, and `waiting` whether one waits now.
    """

    camera: str
    taken: int
    damaged: int
    lost: int
    analysed: int
    dropped: int
    age_s: float | None
    waited_s: float
    waiting: bool


@dataclass(frozen=True, slots=True)
class VisionPace:
    """How all cameras fare: `stages` are seconds of processor time, `runs` those of the model.

    `waiting` is how many cameras wait for their turn, `pictures` how many the runs have judged.
    """

    cameras: tuple[CameraPace, ...] = ()
    stages: Mapping[str, float] = field(default_factory=dict)
    waiting: int = 0
    runs: int = 0
    pictures: int = 0


class VisionReads(Protocol):
    """Tells how the cameras' pictures keep pace; never waits."""

    @property
    def pace(self) -> VisionPace: ...
