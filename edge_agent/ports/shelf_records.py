"""What the store writes down of its shelves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from edge_agent.core.feed.shelf import Facing
from endcap.wire.events import CameraChanged, CameraCondition, GapClosed, GapOpened

ShelfChange = GapOpened | GapClosed | CameraChanged


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
    """What stands now: the open gaps, and each camera ever heard of."""

    gaps: tuple[StandingGap, ...]
    cameras: Mapping[str, StandingCamera]


class ShelfRecords(Protocol):
    """Keeps what changed on the shelves, each change with its event, in one write.

    `record` is safe to repeat: a gap that stands open is not opened again, one that does not is
    not closed, and a camera's condition is told when it becomes another. After a restart `standing`
    returns what was recorded.
    """

    async def record(self, changes: Sequence[ShelfChange], at: datetime) -> None: ...

    async def standing(self) -> ShelfStanding: ...


class Planogram(Protocol):
    """What should stand where, camera by camera."""

    async def facings(self) -> tuple[Facing, ...]: ...
