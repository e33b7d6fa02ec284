"""A camera that was knocked is followed; one that looks elsewhere is believed no more."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import cv2
import numpy as np

from edge_agent.adapters.aligned_cameras import LEARNED_FROM, AlignedCamera
from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.watch import PATIENCE
from edge_agent.loops.watch_shelves import Shelves, Watched, look_once, resume
from edge_agent.ports.cameras import Frame, Judged
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import Picture
from endcap.wire.events import CameraChanged
from tests.edge_agent.adapters.test_aligned_cameras import SHOWN, ShowingCamera, pushed
from tests.fakes.clock import FakeClock
from tests.fakes.memory_views import MemoryViews
from tests.fakes.shelf_eyes import FixedPlanogram, KnowingModels
from tests.fakes.shelf_records import MemoryShelfRecords

MINUTE = timedelta(minutes=1)
PLAN = FixedPlanogram(
    Facing("cam", "middle", None, 0.45, 0.4, 0.1, 0.2),
    Facing("cam", "edge", None, 0.94, 0.4, 0.06, 0.2),
)


class NotingModels(KnowingModels):
    """Notes where it was asked to look."""

    def __init__(self) -> None:
        super().__init__("middle")
        self.boxes: list[Mapping[str, Box]] = []

    async def judge(self, frame: Frame, facings: Mapping[str, Box]) -> Judged:
        self.boxes.append(facings)
        return await super().judge(frame, facings)


def play(*pictures: Picture) -> tuple[NotingModels, MemoryShelfRecords, Watched]:
    """Watch a camera that learns its view from the shelf and then shows these pictures."""
    models, records, shown = NotingModels(), MemoryShelfRecords(), ShowingCamera()
    clock = FakeClock(shown.at)
    shelves = Shelves(models, PLAN, records)

    async def run() -> Watched:
        camera = AlignedCamera(shown, MemoryViews())
        watched = await resume("cam", records, PATIENCE)
        for picture in [SHOWN] * LEARNED_FROM + list(pictures):
            shown.picture = picture
            clock.turn(MINUTE)
            watched = await look_once(camera, shelves, watched, clock)
        return watched

    return models, records, asyncio.run(run())


def conditions(records: MemoryShelfRecords) -> list[str]:
    return [one.condition for one in records.events if isinstance(one, CameraChanged)]


def test_facings_are_judged_where_a_knocked_camera_shows_them() -> None:
    models, records, watched = play(*[pushed(SHOWN, 0.05)] * 6)
    assert watched.camera.believed
    assert conditions(records) == ["ok"]
    assert list(models.boxes[-1]) == ["middle"], "the other one left the picture"
    assert abs(models.boxes[-1]["middle"].x0 - 0.5) < 0.01


def test_a_camera_that_looks_elsewhere_is_not_judged_and_told_within_five_minutes() -> None:
    models, records, watched = play(*[pushed(SHOWN, 0.25)] * 5)
    assert not watched.camera.believed
    assert conditions(records) == ["ok", "moved"]
    assert len(models.boxes) == LEARNED_FROM, "no picture of the moved camera was judged"


def test_a_camera_that_is_turned_back_is_believed_again() -> None:
    _, records, watched = play(*[pushed(SHOWN, 0.25)] * 5, SHOWN)
    assert watched.camera.believed
    assert conditions(records) == ["ok", "moved", "ok"]


def test_a_camera_that_shows_another_shape_is_unknown_and_nothing_breaks() -> None:
    upright = np.ascontiguousarray(np.rot90(SHOWN))
    models, records, _ = play(*[upright] * 5)
    assert conditions(records) == ["ok", "moved"]
    assert len(models.boxes) == LEARNED_FROM


def test_another_resolution_of_the_same_view_goes_on() -> None:
    large = np.asarray(cv2.resize(SHOWN, None, fx=2, fy=2), np.uint8)
    models, records, _ = play(*[large] * 3)
    assert conditions(records) == ["ok"]
    assert len(models.boxes) == LEARNED_FROM + 3
