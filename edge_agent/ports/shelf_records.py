"""What the store writes down of its shelves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.machine import FacingEvent, Standing
from endcap.wire.events import CameraChanged, CameraCondition

ShelfChange = FacingEvent | CameraChanged


@dataclass(frozen=True, slots=True)
class StandingGap:
    """A facing that stands empty since `since`, as recorded."""

    camera: str
    facing: str
    gtin: str | None
    since: datetime
    probability: float


@dataclass(frozen=True, slots=True)
class StandingCamera:
    """What a camera is worth since `since`, as recorded."""

    condition: CameraCondition
    since: datetime
    detail: str


@dataclass(frozen=True, slots=True)
class ShelfStanding:
    """What stands now: the open gaps, each camera ever heard of, each facing ever judged."""

    gaps: tuple[StandingGap, ...]
    cameras: Mapping[str, StandingCamera]
    facings: Mapping[str, Mapping[str, Standing]] = field(default_factory=dict)

    def of_camera(self, camera: str) -> Mapping[str, Standing]:
        """Return what each facing of a camera is."""
        return self.facings.get(camera, {})


class ShelfRecords(Protocol):
    """Keeps what changed on the shelves, each change with its event, in one write.

    `record` is safe to repeat: a gap that stands open is not opened again, one that does not is
    not closed, and what a facing is, and a camera's condition, is told when it becomes another.
    After a restart `standing` returns what was recorded.
    """

    async def record(self, changes: Sequence[ShelfChange], at: datetime) -> None: ...

    async def standing(self) -> ShelfStanding: ...


class Planogram(Protocol):
    """What should stand where, camera by camera."""

    async def facings(self) -> tuple[Facing, ...]: ...
