"""Shelf records in memory: what was recorded, and the events it would have made."""

from collections.abc import Sequence
from datetime import datetime

from edge_agent.ports.shelf_records import (
    ShelfChange,
    ShelfStanding,
    StandingCamera,
    StandingGap,
)
from endcap.wire.events import CameraChanged, GapClosed, GapOpened


class MemoryShelfRecords:
    """Keeps the promises of edge_agent.ports.shelf_records.ShelfRecords until it is dropped."""

    def __init__(self) -> None:
        self.events: list[ShelfChange] = []
        self.last_recorded: datetime | None = None
        self._gaps: dict[tuple[str, str], StandingGap] = {}
        self._cameras: dict[str, StandingCamera] = {}

    async def record(self, changes: Sequence[ShelfChange], at: datetime) -> None:
        self.last_recorded = at
        self.events += [change for change in changes if self._is_new(change)]

    async def standing(self) -> ShelfStanding:
        gaps = tuple(gap for _, gap in sorted(self._gaps.items()))
        return ShelfStanding(gaps, dict(self._cameras))

    def _is_new(self, change: ShelfChange) -> bool:
        match change:
            case GapOpened(camera=camera, facing=facing):
                place = (camera, facing)
                gap = StandingGap(camera, facing, change.gtin, change.since, change.probability)
                return self._gaps.setdefault(place, gap) is gap
            case GapClosed(camera=camera, facing=facing):
                return self._gaps.pop((camera, facing), None) is not None
            case CameraChanged(camera=camera):
                before = self._cameras.get(camera)
                if before is not None and before.condition == change.condition:
                    return False
                self._cameras[camera] = StandingCamera(
                    change.condition, change.since, change.detail
                )
                return True
