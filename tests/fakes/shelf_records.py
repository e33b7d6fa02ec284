"""Shelf records in memory: what was recorded, and the events it would have made."""

from collections.abc import Sequence
from datetime import datetime

from edge_agent.adapters.facing_rows import standing_after
from edge_agent.core.vision.machine import NEVER_SEEN, FacingEvent, Standing
from edge_agent.ports.shelf_records import (
    ShelfChange,
    ShelfStanding,
    StandingCamera,
    StandingGap,
)
from endcap.wire.events import CameraChanged, GapClosed, GapOpened


class MemoryShelfRecords:
    """Keeps the promises of edge_agent.ports.shelf_records.ShelfRecords until it is dropped.

    It knows of no planogram: what a facing is stays known when its gap ends.
    """

    def __init__(self) -> None:
        self.events: list[ShelfChange] = []
        self.last_recorded: datetime | None = None
        self.facings: dict[str, dict[str, Standing]] = {}
        self._gaps: dict[tuple[str, str], StandingGap] = {}
        self._cameras: dict[str, StandingCamera] = {}
        self._opened: set[tuple[str, str, datetime]] = set()

    async def record(self, changes: Sequence[ShelfChange], at: datetime) -> None:
        self.last_recorded = at
        self.events += [change for change in changes if self._is_new(change)]

    async def standing(self) -> ShelfStanding:
        gaps = tuple(gap for _, gap in sorted(self._gaps.items()))
        facings = {camera: dict(names) for camera, names in self.facings.items()}
        return ShelfStanding(gaps, dict(self._cameras), facings)

    def _is_new(self, change: ShelfChange) -> bool:
        if isinstance(change, CameraChanged):
            before = self._cameras.get(change.camera)
            if before is not None and before.condition == change.condition:
                return False
            self._cameras[change.camera] = StandingCamera(
                change.condition, change.since, change.detail
            )
            return True
        return self._is_news_of_a_facing(change)

    def _is_news_of_a_facing(self, change: FacingEvent) -> bool:
        if isinstance(change, GapOpened) and (*_place(change), change.since) in self._opened:
            return False
        of_camera = self.facings.setdefault(change.camera, {})
        now = standing_after(of_camera.get(change.facing, NEVER_SEEN), change)
        if now is None:
            return False
        of_camera[change.facing] = now
        place = _place(change)
        if isinstance(change, GapOpened):
            self._gaps[place] = StandingGap(*place, change.gtin, change.since, change.probability)
            self._opened.add((*place, change.since))
        elif isinstance(change, GapClosed):
            del self._gaps[place]
        return True


def _place(change: FacingEvent) -> tuple[str, str]:
    return change.camera, change.facing
