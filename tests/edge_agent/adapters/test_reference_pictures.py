"""A picture for setting a shelf up: of the source itself, or the last one where that is held."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_agent.adapters.cameras import ThreadedCamera
from edge_agent.adapters.reference_pictures import ReferencePictures, judged
from edge_agent.ports.cameras import Frame
from edge_agent.ports.enrolment import SetupRefusedError
from endcap.plumbing.clock import SystemClock
from tests.edge_agent.adapters.test_shelf_proposals import drawn_shelf
from tests.fakes.clock import FakeClock


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "1.png"), drawn_shelf()[0])
    return tmp_path


def take(pictures: ReferencePictures, camera: str = "aisle-1") -> Frame:
    return asyncio.run(pictures.take(camera))


def test_a_picture_is_taken_whole_and_judged(folder: Path) -> None:
    frame = take(ReferencePictures({"aisle-1": str(folder)}, FakeClock()))
    assert (frame.camera, frame.pixels.shape) == ("aisle-1", (480, 640, 3))
    assert judged(frame) == ("ok", "")
    facts = replace(frame.facts, brightness=2.0)
    assert judged(replace(frame, facts=facts))[1].startswith("it is too dark")


def test_a_source_that_somebody_holds_gives_the_picture_that_was_watched_last(folder: Path) -> None:
    frame = take(ReferencePictures({"aisle-1": str(folder)}, FakeClock()))
    held = ReferencePictures({"aisle-1": "/dev/video99"}, FakeClock(), newest=lambda _: frame)
    assert np.array_equal(take(held).pixels, frame.pixels)
    with pytest.raises(SetupRefusedError, match="cannot be opened") as refused:
        take(ReferencePictures({"aisle-1": "/dev/video99"}, FakeClock()))
    assert refused.value.code == "camera-blind"


def test_a_damaged_picture_is_said(folder: Path) -> None:
    (folder / "1.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises(SetupRefusedError, match="the picture is damaged"):
        take(ReferencePictures({"aisle-1": str(folder)}, FakeClock()))


def test_a_camera_that_is_open_tells_its_newest_picture(folder: Path) -> None:
    async def watched() -> tuple[Frame | None, Frame | None]:
        clock = SystemClock()
        async with ThreadedCamera("aisle-1", str(folder), timedelta(days=1), clock) as camera:
            before = camera.newest
            await camera.look()
            return before, camera.newest

    before, after = asyncio.run(watched())
    assert before is None
    assert after is not None
