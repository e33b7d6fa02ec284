"""A rendered shelf before a camera: facings run empty, are seen, recorded, and filled again."""

import asyncio
from datetime import timedelta
from pathlib import Path

import cv2

from edge_agent.adapters.cameras import ThreadedCamera
from edge_agent.adapters.gap_models import SiteGapModels
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.model_slots import ModelSlots
from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.evidence import Weighing
from edge_agent.core.vision.watch import Patience
from edge_agent.loops.watch_shelves import Shelves, watch_shelves
from endcap.models.gaps.crops import large_enough
from endcap.models.gaps.optics import Moment
from endcap.models.gaps.rendering import Stock, render_shelf
from endcap.models.gaps.shelves import Style, build_shelf
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.packaged import reference_models
from endcap.wire.events import GapClosed, GapOpened
from tests.fakes.shelf_eyes import FixedPlanogram
from tests.fakes.shelf_records import MemoryShelfRecords

SHELF = build_shelf(11, Style(640, 480, 3, 9, 0.02))
GONE = ("r2-f3", "r2-f4")
EACH = 8
EVERY = timedelta(milliseconds=250)
QUICK = Patience(Weighing(enough=2.0, most=1.0, apart=EVERY), settling=timedelta(0))


def write_pictures(folder: Path) -> None:
    """Full for a while, then two facings empty, with one passer-by, then full again."""
    states: list[dict[str, Stock]] = [{}, dict.fromkeys(GONE, "empty"), {}]
    for part, stock in enumerate(states):
        for number in range(EACH):
            people = int(part == 1 and number == EACH - 2)
            moment = Moment(seed=number, light=1 + 0.02 * number, people=people)
            drawn = render_shelf(SHELF, stock, moment).picture
            cv2.imwrite(str(folder / f"{part}{number:03d}.jpg"), drawn[:, :, ::-1])


def planogram() -> FixedPlanogram:
    boxes = SHELF.facing_boxes().items()
    seen = [(name, box) for name, box in boxes if large_enough(box, 640, 480)]
    return FixedPlanogram(
        *(Facing("cam", name, None, box.x0, box.y0, box.width, box.height) for name, box in seen)
    )


async def watched(pictures: Path, models: Path) -> MemoryShelfRecords:
    slots = ModelSlots(ModelFolder(models), reference_models())
    slots.swap(await slots.prepare(None))
    records, clock = MemoryShelfRecords(), SystemClock()
    shelves = Shelves(SiteGapModels(slots), planogram(), records)
    async with ThreadedCamera("cam", str(pictures), EVERY, clock) as camera:
        watching = asyncio.create_task(watch_shelves(camera, shelves, clock, QUICK))
        for _ in range(300):
            await asyncio.sleep(0.1)
            if sum(isinstance(event, GapClosed) for event in records.events) >= len(GONE):
                break
        watching.cancel()
    return records


def test_what_runs_empty_before_a_camera_is_opened_and_closed(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    write_pictures(pictures)
    records = asyncio.run(watched(pictures, tmp_path / "models"))
    opened = [event.facing for event in records.events if isinstance(event, GapOpened)]
    closed = [event.facing for event in records.events if isinstance(event, GapClosed)]
    assert set(GONE) <= set(opened)
    assert set(GONE) <= set(closed)
    assert len(set(opened) - set(GONE)) <= 1, "at most one facing of this shelf is misjudged"
