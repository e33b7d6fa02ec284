"""A camera's pictures come with where its facings are; its reference is kept or learned."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import cv2
import numpy as np
import pytest

from edge_agent.adapters.aligned_cameras import (
    KEPT_EVERY,
    LEARNED_FROM,
    RENEWED_EVERY,
    AlignedCamera,
)
from edge_agent.core.vision.condition import PictureFacts
from edge_agent.ports.camera_views import CameraView
from edge_agent.ports.cameras import Frame
from endcap.models.gaps.crops import Picture
from endcap.models.gaps.optics import Moment
from endcap.models.gaps.registration import grey_of, read_back, written
from endcap.models.gaps.rendering import render_shelf
from endcap.models.gaps.shelves import Style, build_shelf
from tests.fakes.clock import NOON
from tests.fakes.memory_views import MemoryViews

SOUND = PictureFacts(brightness=110, contrast=50, sharpness=900)
DARK = PictureFacts(brightness=2, contrast=50, sharpness=900)
SHELF = build_shelf(5, Style(384, 288, 4, 8))
SHOWN = render_shelf(SHELF, {}, Moment()).picture
OTHER = render_shelf(build_shelf(6, Style(384, 288, 4, 8)), {}, Moment()).picture
MINUTE = timedelta(minutes=1)


def pushed(picture: Picture, share: float = 0.05) -> Picture:
    turn = np.array([[1, 0, share * picture.shape[1]], [0, 1, 0]])
    size = picture.shape[1], picture.shape[0]
    return np.asarray(cv2.warpAffine(picture, turn, size, borderMode=cv2.BORDER_REFLECT), np.uint8)


@dataclass
class ShowingCamera:
    """Shows a picture for as long as nobody puts another there."""

    picture: Picture = field(default_factory=lambda: SHOWN)
    facts: PictureFacts = SOUND
    at: datetime = NOON
    every: timedelta = MINUTE
    name: str = "cam"

    async def look(self) -> Frame:
        self.at += self.every
        return Frame(self.at, self.picture, self.facts)


def play(
    work: Callable[[ShowingCamera, AlignedCamera, MemoryViews], Awaitable[None]],
    camera: ShowingCamera | None = None,
) -> None:
    shown, views = camera or ShowingCamera(), MemoryViews()
    asyncio.run(asyncio.wait_for(_done(work(shown, AlignedCamera(shown, views), views)), 60))


async def _done(work: Awaitable[None]) -> None:
    await work


async def looks(camera: AlignedCamera, count: int) -> list[Frame]:
    return [await camera.look() for _ in range(count)]


def test_a_reference_is_learned_from_the_first_sound_pictures() -> None:
    async def work(shown: ShowingCamera, camera: AlignedCamera, views: MemoryViews) -> None:
        shown.facts = DARK
        await looks(camera, LEARNED_FROM)
        assert not views.kept
        shown.facts = SOUND
        frames = await looks(camera, LEARNED_FROM)
        assert all(frame.alignment is None and frame.facts.likeness is None for frame in frames)
        assert np.array_equal(read_back(views.kept["cam"].picture), grey_of(SHOWN))
        shown.picture = pushed(SHOWN)
        (frame,) = await looks(camera, 1)
        assert frame.alignment is not None
        assert frame.facts.shift == pytest.approx(0.05, abs=0.01)
        assert frame.facts.likeness == frame.alignment.likeness > 0.5

    play(work)


def test_pictures_that_follow_one_another_closely_teach_nothing() -> None:
    async def work(shown: ShowingCamera, camera: AlignedCamera, views: MemoryViews) -> None:
        await looks(camera, 3 * LEARNED_FROM)
        assert not views.kept
        await looks(camera, 100)
        assert views.kept

    play(work, ShowingCamera(every=timedelta(seconds=1)))


def test_what_facings_were_drawn_on_is_taken_up_at_once() -> None:
    async def work(shown: ShowingCamera, camera: AlignedCamera, views: MemoryViews) -> None:
        await looks(camera, LEARNED_FROM)
        view = CameraView("cam", written(grey_of(OTHER)), shown.at + MINUTE)
        await views.keep(view)
        (frame,) = await looks(camera, 1)
        assert frame.facts.likeness is not None
        assert frame.facts.likeness < 0.35
        shown.picture = OTHER
        (frame,) = await looks(camera, 1)
        assert frame.facts.likeness is not None
        assert frame.facts.likeness > 0.9
        assert views.kept["cam"] == view

    play(work)


def test_a_damaged_view_is_learned_anew() -> None:
    async def work(shown: ShowingCamera, camera: AlignedCamera, views: MemoryViews) -> None:
        await views.keep(CameraView("cam", b"no picture", NOON))
        frames = await looks(camera, LEARNED_FROM + 1)
        assert frames[-1].alignment is not None

    play(work)


def test_a_picture_of_another_shape_is_not_aligned() -> None:
    async def work(shown: ShowingCamera, camera: AlignedCamera, views: MemoryViews) -> None:
        await looks(camera, LEARNED_FROM)
        shown.picture = np.ascontiguousarray(np.rot90(SHOWN))
        (frame,) = await looks(camera, 1)
        assert (frame.alignment, frame.facts.likeness, frame.facts.shift) == (None, 0.0, None)

    play(work)


def test_the_reference_follows_the_shelf_and_is_kept_now_and_then() -> None:
    async def work(shown: ShowingCamera, camera: AlignedCamera, views: MemoryViews) -> None:
        await looks(camera, LEARNED_FROM)
        before = views.kept["cam"]
        shown.picture = np.asarray(SHOWN * 0.8, np.uint8)
        count = KEPT_EVERY // RENEWED_EVERY
        await looks(camera, count - 1)
        assert views.kept["cam"] == before
        await looks(camera, 2)
        after = views.kept["cam"]
        assert after.taken_at == before.taken_at
        assert read_back(after.picture).mean() < read_back(before.picture).mean()

    play(work, ShowingCamera(every=RENEWED_EVERY))


def test_a_camera_that_looks_elsewhere_teaches_the_reference_nothing() -> None:
    async def work(shown: ShowingCamera, camera: AlignedCamera, views: MemoryViews) -> None:
        await looks(camera, LEARNED_FROM)
        before = views.kept["cam"]
        shown.picture = OTHER
        await looks(camera, KEPT_EVERY // RENEWED_EVERY + 1)
        assert views.kept["cam"] == before

    play(work, ShowingCamera(every=RENEWED_EVERY))
