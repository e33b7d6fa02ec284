"""What cameras see becomes gaps that are opened, closed and survive a restart."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.condition import PictureFacts
from edge_agent.core.vision.evidence import Weighing
from edge_agent.core.vision.watch import Patience
from edge_agent.loops.watch_shelves import Shelves, look_once, resume, watch_shelves
from edge_agent.ports.cameras import CameraBlindError
from edge_agent.ports.shelf_records import ShelfChange
from endcap.models.gaps.boxes import Box, Detection
from endcap.wire.events import (
    CameraChanged,
    FacingSeen,
    FacingUnknown,
    GapClosed,
    GapOpened,
)
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.memory_references import MemoryReferences
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
DARK = replace(SOUND, brightness=2)
QUICK = Patience(Weighing(enough=1.5, most=1.0, apart=SECOND), settling=timedelta(0))
Script = Sequence[PictureFacts | CameraBlindError]


@dataclass
class World:
    """A store with one camera, `cam`."""

    models: KnowingModels = field(default_factory=KnowingModels)
    facings: tuple[Facing, ...] = (LEFT, RIGHT, ELSEWHERE)
    records: MemoryShelfRecords = field(default_factory=MemoryShelfRecords)
    clock: FakeClock = field(default_factory=FakeClock)
    moving: tuple[tuple[bool, ...], ...] = ()
    pace: timedelta = SECOND

    def watch(self, script: Script) -> list[ShelfChange]:
        """Play the script to a loop that starts anew; return what was recorded by it."""
        before = len(self.records.events)
        shelves = Shelves(self.models, FixedPlanogram(*self.facings), self.records)
        camera = ScriptedCamera(script, self.clock)
        camera.moving, camera.pace = self.moving, self.pace
        with pytest.raises(ScriptEndedError):
            asyncio.run(watch_shelves(camera, shelves, self.clock, QUICK))
        return self.records.events[before:]


def test_an_empty_facing_opens_with_its_item_and_a_filled_one_closes() -> None:
    world = World(KnowingModels("left"))
    ok, opened, full = world.watch([SOUND] * 3)
    assert isinstance(ok, CameraChanged)
    assert isinstance(opened, GapOpened)
    assert (opened.facing, opened.gtin, opened.since) == ("left", GTIN, NOON + 2 * SECOND)
    assert isinstance(full, FacingSeen)
    assert (full.facing, full.state) == ("right", "full")
    world.models.empty.clear()
    (closed,) = world.watch([SOUND] * 3)
    assert isinstance(closed, GapClosed)
    assert (closed.facing, closed.opened, closed.restocked) == ("left", opened.since, True)


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
    told, *unknown = world.watch([DARK] * 9)
    assert isinstance(told, CameraChanged)
    assert told.condition == "dark"
    assert [(e.facing, e.reason) for e in unknown if isinstance(e, FacingUnknown)] == [
        ("left", "camera"),
        ("right", "camera"),
    ]
    assert world.models.judged == []


def test_what_a_blind_camera_hid_is_told_once_it_was_seen_again() -> None:
    world = World(KnowingModels("left"))
    events = world.watch([*[SOUND] * 3, *[DARK] * 5, *[SOUND] * 6])
    assert [kind for kind in map(type, events) if kind is not CameraChanged] == [
        *(GapOpened, FacingSeen),
        *(FacingUnknown, FacingUnknown),
        *(FacingSeen, FacingSeen),
    ]
    again = [e for e in events[-2:] if isinstance(e, FacingSeen)]
    assert [(e.facing, e.state) for e in again] == [("left", "gap"), ("right", "full")]


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
    damaged = CameraBlindError("damaged", "cut off")
    events = world.watch([SOUND, damaged, SOUND, damaged, SOUND])
    assert [type(event) for event in events] == [CameraChanged, GapOpened, FacingSeen]


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


def test_pictures_a_minute_apart_show_nobody_moving() -> None:
    grid = tuple(tuple(column < 5 for column in range(16)) for _ in range(12))
    world = World(KnowingModels("left"), moving=grid, pace=60 * SECOND)
    world.watch([SOUND] * 3)
    assert world.models.judged == [{"right"}, {"left", "right"}, {"left", "right"}]


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


def test_what_a_person_says_counts_and_is_kept_as_what_it_looks_like() -> None:
    world, references = World(KnowingModels("left")), MemoryReferences()
    references.plan(LEFT, RIGHT)
    planogram = FixedPlanogram(*world.facings)
    shelves = Shelves(world.models, planogram, world.records, references)
    camera = ScriptedCamera([SOUND] * 9, world.clock)

    async def play() -> datetime:
        watched = await resume("cam", world.records, QUICK)
        for _ in range(3):
            watched = await look_once(camera, shelves, watched, world.clock)
        said = world.clock.now()
        await world.records.record([full_again(said)], said)
        for _ in range(6):
            watched = await look_once(camera, shelves, watched, world.clock)
        return said

    said = asyncio.run(play())
    assert isinstance(world.records.events[-1], GapClosed), "what still looks empty opens no gap"
    kept = asyncio.run(references.of("cam"))["left"]
    assert list(kept) == ["full"]
    assert (kept["full"].taken_at, kept["full"].crop.shape) == (said + SECOND, (64, 64, 3))


def full_again(at: datetime) -> GapClosed:
    opened = NOON + 2 * SECOND
    return GapClosed(camera="cam", facing="left", gtin=GTIN, opened=opened, since=at, by="person")
