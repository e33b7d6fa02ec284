"""Cameras of every kind give their newest picture, say when they cannot, and come back."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import pytest

from edge_agent.adapters.camera_sources import Pace, SourceLostError, pictures_of
from edge_agent.adapters.cameras import PATIENCE, CameraSwitchedOff, ThreadedCamera
from edge_agent.adapters.stages import Stages
from edge_agent.ports.cameras import Camera, CameraBlindError, Frame
from endcap.plumbing.clock import SystemClock
from tests.edge_agent.adapters.picture_server import http_camera, number_of, numbered
from tests.fakes.clock import FakeClock

EVERY = timedelta(milliseconds=40)


T = TypeVar("T")


def with_camera(source: str, work: Callable[[ThreadedCamera], Awaitable[T]]) -> T:
    async def run() -> T:
        async with ThreadedCamera("cam", source, EVERY, SystemClock()) as camera:
            return await work(camera)

    return asyncio.run(run())


async def pictures(camera: Camera, wanted: int) -> list[Frame]:
    return [await camera.look() for _ in range(wanted)]


async def next_sound(camera: Camera, tries: int = 60) -> Frame:
    for _ in range(tries):
        try:
            return await camera.look()
        except CameraBlindError:
            continue
    raise AssertionError("the camera never came back")


async def blindness(camera: Camera) -> CameraBlindError:
    with pytest.raises(CameraBlindError) as blind:
        await camera.look()
    return blind.value


def folder_of(tmp_path: Path, *numbers: int) -> Path:
    for number in numbers:
        (tmp_path / f"{number:03d}.jpg").write_bytes(numbered(number))
    return tmp_path


def test_a_folder_is_played_in_order_of_name_and_again(tmp_path: Path) -> None:
    source = str(folder_of(tmp_path, 1, 2, 3))
    frames = with_camera(source, lambda camera: pictures(camera, 5))
    assert [number_of(frame.pixels) for frame in frames] == [1, 2, 3, 1, 2]
    assert frames[0].moving == ()
    assert len(frames[1].moving) == 12
    assert all(frame.facts.change is None for frame in frames), "a folder may repeat itself"
    assert frames[0].facts.contrast > 9


def test_new_pictures_of_a_folder_are_picked_up(tmp_path: Path) -> None:
    async def work(camera: ThreadedCamera) -> list[int]:
        await camera.look()
        folder_of(tmp_path, 9)
        return [number_of(frame.pixels) for frame in await pictures(camera, 4)]

    assert 9 in with_camera(str(folder_of(tmp_path, 1)), work)


def test_a_damaged_picture_is_counted_and_passed_over(tmp_path: Path) -> None:
    folder_of(tmp_path, 1, 3)
    (tmp_path / "002.jpg").write_bytes(b"<html>")

    async def work(camera: ThreadedCamera) -> None:
        await camera.look()
        blind = await blindness(camera)
        assert blind.condition == "damaged"
        assert str(blind) == "002.jpg: neither JPEG nor PNG"
        assert number_of((await camera.look()).pixels) == 3
        assert camera.counts.damaged >= 1
        assert camera.counts.pictures >= 2

    with_camera(str(tmp_path), work)


def test_a_picture_that_cannot_be_read_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "1.png").mkdir()
    assert with_camera(str(tmp_path), blindness).condition == "damaged"


def test_a_video_is_played_to_its_end_and_again(tmp_path: Path) -> None:
    path = tmp_path / "shelf.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for number in (2, 10, 20):
        decoded = cv2.imdecode(np.frombuffer(numbered(number), np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None
        writer.write(decoded)
    writer.release()
    frames = with_camera(str(path), lambda camera: pictures(camera, 4))
    assert [number_of(frame.pixels) for frame in frames] == pytest.approx([2, 10, 20, 2], abs=1)


def test_a_stream_gives_its_newest_picture_once() -> None:
    async def work(camera: ThreadedCamera) -> None:
        first = await camera.look()
        await asyncio.sleep(0.4)
        second = await camera.look()
        third = await camera.look()
        assert number_of(second.pixels) - number_of(first.pixels) > 3
        assert number_of(third.pixels) != number_of(second.pixels)
        assert second.facts.change is not None
        assert second.facts.change > 0

    with http_camera() as (_, address):
        with_camera(f"{address}/stream", work)


def test_an_address_of_a_single_picture_is_asked_again_and_again() -> None:
    with http_camera() as (camera, address):
        source = f"{address.replace('//', '//admin:secret@')}/picture"
        frames = with_camera(source, lambda one: pictures(one, 3))
    numbers = [number_of(frame.pixels) for frame in frames]
    assert numbers == sorted(set(numbers))
    assert camera.headers[0].startswith("Basic ")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/refused", "HTTP 401"),
        ("/page", "neither JPEG nor PNG"),
        ("/endless", "longer than"),
    ],
)
def test_an_address_without_pictures_says_what_came_instead(path: str, reason: str) -> None:
    with http_camera() as (_, address):
        source = f"{address.replace('//', '//admin:hunter2@')}{path}?token=hunter2"
        blind = with_camera(source, blindness)
    assert reason in str(blind)
    assert "hunter2" not in str(blind)


def test_a_stream_that_falls_silent_is_missing_within_five_seconds() -> None:
    async def work(camera: ThreadedCamera) -> None:
        await pictures(camera, 1)
        while (await last_blindness(camera)).condition != "missing":
            pass

    assert timedelta(seconds=5) > PATIENCE
    with http_camera() as (_, address):
        with_camera(f"{address}/silent", work)


async def last_blindness(camera: Camera) -> CameraBlindError:
    while True:
        try:
            await camera.look()
        except CameraBlindError as blind:
            return blind


def test_a_camera_that_was_away_comes_back_by_itself() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]

    async def work(camera: ThreadedCamera) -> None:
        assert (await blindness(camera)).condition == "missing"
        with http_camera(port):
            await next_sound(camera)

    with_camera(f"http://127.0.0.1:{port}/picture", work)


def test_a_camera_that_takes_the_call_and_says_nothing_blocks_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        source = f"rtsp://admin:hunter2@127.0.0.1:{silent.getsockname()[1]}/live"
        blind = with_camera(source, blindness)
    assert blind.condition == "missing"
    assert "hunter2" not in str(blind)


@pytest.mark.parametrize(
    "source",
    [
        "concat:/etc/passwd|/etc/hosts",
        "data:image/svg+xml,<svg/>",
        "pipe:0",
        "file:///etc/passwd",
        "ftp://127.0.0.1/picture.jpg",
        "subfile,,start,0,end,9,,:/etc/passwd",
        "relative/folder",
        "/dev/video0x",
        "/dev/null",
        "/dev/zero",
        "",
    ],
)
def test_other_sources_are_refused(source: str) -> None:
    blind = with_camera(source, blindness)
    assert blind.condition == "missing"
    assert "\n" not in str(blind)


def test_a_device_a_folder_and_a_file_that_are_not_there_are_missing(tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("no video")
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0" * 5000)
    for source in ("/dev/video97", str(tmp_path / "absent"), str(note), str(broken), str(tmp_path)):
        assert with_camera(source, blindness).condition == "missing"


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{address}/picture\n",
        "ffconcat version 1.0\nfile {address}/picture\n",
        "<svg xmlns='http://www.w3.org/2000/svg'><image href='{address}/picture'/></svg>",
        "[playlist]\nFile1={address}/picture\n",
    ],
)
def test_a_playlist_dressed_as_a_video_reaches_nothing(tmp_path: Path, playlist: str) -> None:
    with http_camera() as (camera, address):
        path = tmp_path / "evil.mp4"
        path.write_text(playlist.format(address=address))
        assert with_camera(str(path), blindness).condition == "missing"
    assert camera.served == 0


def test_a_list_of_files_is_not_followed_even_to_a_sound_video(tmp_path: Path) -> None:
    writer = cv2.VideoWriter(
        str(tmp_path / "sound.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48)
    )
    writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    path = tmp_path / "list.mp4"
    path.write_text("ffconcat version 1.0\nfile sound.avi\n")
    assert with_camera(str(path), blindness).condition == "missing"


def test_pictures_may_change_their_size_from_one_to_the_next(tmp_path: Path) -> None:
    for number, size in enumerate([(48, 64), (480, 640), (96, 32)]):
        picture = np.full((*size, 3), 60 * number + 40, np.uint8)
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture)
    frames = with_camera(str(tmp_path), lambda camera: pictures(camera, 4))
    assert [frame.pixels.shape[:2] for frame in frames] == [
        (48, 64),
        (480, 640),
        (96, 32),
        (48, 64),
    ]
    assert all(len(frame.moving) == 12 for frame in frames[1:])


def test_cameras_that_come_and_go_leave_no_thread(tmp_path: Path) -> None:
    source = str(folder_of(tmp_path, 1))
    before = threading.active_count()

    async def work() -> None:
        for _ in range(20):
            async with ThreadedCamera("cam", source, EVERY, SystemClock()) as camera:
                await camera.look()

    asyncio.run(work())
    assert threading.active_count() <= before


def test_a_camera_that_is_switched_off_says_so_at_once_and_then_now_and_again() -> None:
    async def run() -> None:
        clock = FakeClock()
        camera = CameraSwitchedOff("cam", clock)
        for slept in (0, 1):
            blind = await blindness(camera)
            assert (blind.condition, len(clock.slept)) == ("missing", slept)
            assert "switched off" in str(blind)

    asyncio.run(run())


def test_pictures_become_coarser_when_less_is_wanted(tmp_path: Path) -> None:
    async def work(camera: ThreadedCamera) -> None:
        assert (await camera.look()).pixels.shape == (48, 64, 3)
        camera.shrink = 2
        frame = await camera.look()
        while frame.shrunk == 1:
            frame = await camera.look()
        assert (frame.shrunk, frame.pixels.shape) == (2, (24, 32, 3))

    with_camera(str(folder_of(tmp_path, 1, 2, 3)), work)


def test_lost_connections_leave_no_file_open() -> None:
    """Each one opens a socket: what a camera that comes and goes must not add up to."""
    with http_camera() as (_, address):
        source = f"{address}/refused"
        pace = Pace(lambda: True, lambda: True, lambda: 1, Stages())
        open_files = []
        for _ in range(6):
            for _ in range(20):
                with pytest.raises(SourceLostError, match="HTTP 401"):
                    list(pictures_of(source, pace))
            open_files.append(len(list(Path("/proc/self/fd").iterdir())))
    assert max(open_files[1:]) <= open_files[0] + 3


def test_videos_that_cannot_be_opened_leave_no_file_open(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0" * 5000)
    pace = Pace(lambda: True, lambda: True, lambda: 1, Stages())
    open_files = []
    for _ in range(3):
        for _ in range(20):
            with pytest.raises(SourceLostError, match="cannot be opened"):
                list(pictures_of(str(broken), pace))
        open_files.append(len(list(Path("/proc/self/fd").iterdir())))
    assert open_files[-1] <= open_files[0]
