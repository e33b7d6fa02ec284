"""What cameras see becomes gaps that are opened, closed and survive a restart."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.condition import PictureFacts
from edge_agent.core.vision.watch import Patience
from edge_agent.loops.watch_shelves import Shelves, watch_shelves
from edge_agent.ports.cameras import CameraBlindError
from edge_agent.ports.shelf_records import ShelfChange
from endcap.models.gaps.boxes import Box, Detection
from endcap.wire.events import CameraChanged, GapClosed, GapOpened
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.shelf_eyes import (
    SOUND,
    FixedPlanogram,
    KnowingModels,
    ScriptedCamera,
    ScriptEndedError,
)
from tests.fakes.shelf_records import MemoryShelfRecords

GTIN = "04006381333931"
LEFT = Facing("cam", "left", GTIN, 0.1, 0.1, 0.2, 0.5)
RIGHT = Facing("cam", "right", None, 0.6, 0.1, 0.2, 0.5)
ELSEWHERE = Facing("other", "left", None, 0.1, 0.1, 0.2, 0.5)
SECOND = timedelta(seconds=1)
Script = Sequence[PictureFacts | CameraBlindError]


@dataclass
class World:
    """A store with one camera, `cam`."""

    models: KnowingModels = field(default_factory=KnowingModels)
    facings: tuple[Facing, ...] = (LEFT, RIGHT, ELSEWHERE)
    records: MemoryShelfRecords = field(default_factory=MemoryShelfRecords)
    clock: FakeClock = field(default_factory=FakeClock)
    moving: tuple[tuple[bool, ...], ...] = ()

    def watch(self, script: Script) -> list[ShelfChange]:
        """Play the script to a loop that starts anew; return what was recorded by it."""
        before = len(self.records.events)
        shelves = Shelves(self.models, FixedPlanogram(*self.facings), self.records)
        camera = ScriptedCamera(script, self.clock)
        camera.moving = self.moving
        with pytest.raises(ScriptEndedError):
            asyncio.run(watch_shelves(camera, shelves, self.clock, Patience(agreeing=2, window=3)))
        return self.records.events[before:]


def test_an_empty_facing_opens_with_its_item_and_a_filled_one_closes() -> None:
    world = World(KnowingModels("left"))
    ok, opened = world.watch([SOUND] * 3)
    assert isinstance(ok, CameraChanged)
    assert isinstance(opened, GapOpened)
    assert (opened.facing, opened.gtin, opened.since) == ("left", GTIN, NOON + SECOND)
    world.models.empty.clear()
    (closed,) = world.watch([SOUND] * 3)
    assert isinstance(closed, GapClosed)
    assert (closed.facing, closed.opened) == ("left", opened.since)


def test_only_the_cameras_own_facings_are_judged() -> None:
    world = World()
    world.watch([SOUND])
    assert world.models.judged == [{"left", "right"}]


def test_after_a_restart_an_open_gap_is_not_opened_again() -> None:
    world = World(KnowingModels("left"))
    world.watch([SOUND] * 3)
    assert world.watch([SOUND] * 5) == []


def test_a_blind_camera_is_told_and_opens_nothing() -> None:
    world = World(KnowingModels("left", "right"))
    dark = replace(SOUND, brightness=2)
    (told,) = world.watch([dark] * 9)
    assert isinstance(told, CameraChanged)
    assert told.condition == "dark"
    assert world.models.judged == []


def test_a_missing_camera_is_told_with_its_reason_and_then_that_it_is_back() -> None:
    missing = CameraBlindError("missing", "no answer")
    events = World().watch([SOUND, *[missing] * 5, SOUND])
    assert [(e.condition, e.detail) for e in events if isinstance(e, CameraChanged)] == [
        ("ok", ""),
        ("missing", "no answer"),
        ("ok", ""),
    ]


def test_one_damaged_picture_changes_nothing() -> None:
    world = World(KnowingModels("left"))
    events = world.watch([SOUND, CameraBlindError("damaged", "cut off"), SOUND])
    assert [type(event) for event in events] == [CameraChanged, GapOpened]


def test_evidence_from_before_a_failure_does_not_count() -> None:
    world = World(KnowingModels("left"))
    missing = CameraBlindError("missing", "no answer")
    events = world.watch([SOUND, *[missing] * 5, SOUND])
    assert not any(isinstance(event, GapOpened) for event in events)


def test_a_facing_that_someone_stands_before_is_not_judged() -> None:
    grid = tuple(tuple(column < 5 for column in range(16)) for _ in range(12))
    world = World(KnowingModels("left"), moving=grid)
    world.watch([SOUND] * 4)
    assert world.models.judged == [{"right"}] * 4


def test_without_a_planogram_places_of_gaps_are_watched() -> None:
    gap = Detection(Box(0.3, 0.3, 0.5, 0.5), 0.8)
    world = World(KnowingModels(detections=(gap,)), facings=(ELSEWHERE,))
    _, opened = world.watch([SOUND] * 3)
    assert isinstance(opened, GapOpened)
    assert (opened.facing, opened.gtin) == ("at-40-40", None)
    assert world.watch([SOUND] * 3) == []
    world.models.detections = ()
    (closed,) = world.watch([SOUND] * 3)
    assert isinstance(closed, GapClosed)
