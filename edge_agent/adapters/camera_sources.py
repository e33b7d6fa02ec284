"""Where pictures come from: streams, devices, video files, folders. Blocking; one thread each.

Each source is an iterator of pixels, or of what was wrong with a picture; it ends by a lost source,
or by itself for a video that is over. Only the newest picture is decoded. Reconnecting, and whether
a camera is to be believed, are not decided here.
"""

import os
import re
import stat
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
from numpy.typing import NDArray

from edge_agent.adapters.pictures import MOST_BYTES, PictureDamagedError, decode, rgb
from edge_agent.adapters.stages import Stages
from endcap.plumbing.files import sha256_of
from endcap.plumbing.masking import masked


@dataclass(frozen=True, slots=True)
class Picture:
    """RGB pixels uint8 [h, w, 3], and the SHA-256 of what was sent; a stream's have none."""

    pixels: NDArray[np.uint8]
    sha256: str | None = None


Shown = Picture | PictureDamagedError
Due = Callable[[], bool]
"""Whether a new picture is wanted now; one that is not is passed over undecoded."""
Pause = Callable[[], bool]
"""Waits until the next picture is due; false when the camera is being closed."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a camera wants of its source: when, and how many times smaller a picture may be."""

    due: Due
    pause: Pause
    shrink: Callable[[], int]
    stages: Stages


_OPEN_MS, _READ_MS = 3000, 2000
_DEVICE = re.compile(r"/dev/video\d{1,3}")
VIDEOS = {".mp4", ".mkv", ".avi", ".mov", ".webm"}
PICTURES = {".jpg", ".jpeg", ".png"}
_LIMIT = httpx.Timeout(connect=3.0, read=2.0, write=2.0, pool=2.0)
_CONTAINERS = "rtsp,sdp,rtp,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"
_FFMPEG = {
    "OPENCV_FFMPEG_CAPTURE_OPTIONS": "rtsp_transport;tcp|"
    "protocol_whitelist;file,crypto,tcp,tls,udp,rtp,rtsp,rtsps|"
    f"format_whitelist;{_CONTAINERS}",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
}
"""Nothing a stream or a video refers to is fetched by another protocol, no playlist is followed."""


class SourceLostError(Exception):
    """A source cannot be opened, or gives no more pictures; the message is safe to show."""


def is_stills(source: str) -> bool:
    """Whether the source may well show one picture twice: then a standstill says nothing."""
    return not _address(source) and not _DEVICE.fullmatch(source)


def pictures_of(source: str, pace: Pace) -> Generator[Shown, None, None]:
    """Return the pictures of a source: an address, a device, a video file or a folder.

    Raises:
        SourceLostError: it is none of these, it cannot be opened, or it went silent.
    """
    scheme = _address(source)
    if scheme in ("http", "https"):
        return _over_http(source, pace)
    if scheme in ("rtsp", "rtsps"):
        return _stream(source, cv2.CAP_FFMPEG, pace)
    if _DEVICE.fullmatch(source):
        return _stream(source, cv2.CAP_V4L2, pace)
    if not scheme and os.path.isabs(source):  # noqa: PTH117 - a text is judged, no file is touched
        return _from_disk(Path(source), pace)
    raise SourceLostError(
        f"{masked(source)[:120]!r} is no rtsp, rtsps, http or https address, "
        "no /dev/videoN and no absolute path"
    )


def _address(source: str) -> str:
    """Return the scheme of an address, empty for a path."""
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", source)
    return found[1] if found else ""


def _from_disk(path: Path, pace: Pace) -> Generator[Shown, None, None]:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise SourceLostError(f"{path}: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        return _folder(path, pace)
    if stat.S_ISREG(mode) and path.suffix.lower() in VIDEOS:
        return _video(path, pace)
    raise SourceLostError(f"{path}: neither a folder nor a video ({', '.join(sorted(VIDEOS))})")


def _folder(path: Path, pace: Pace) -> Generator[Shown, None, None]:
    """Yield the folder's pictures in order of name, for ever; new files are picked up."""
    last = ""
    while True:
        try:
            names = sorted(e.name for e in path.iterdir() if e.suffix.lower() in PICTURES)
        except OSError as error:
            raise SourceLostError(f"{path}: {error.strerror}") from error
        if not names:
            raise SourceLostError(f"{path}: no .jpg or .png picture there yet")
        last = next((name for name in names if name > last), names[0])
        yield _read(path / last, pace)
        if not pace.pause():
            return


def _read(path: Path, pace: Pace) -> Shown:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        return _made(content, pace)
    except OSError as error:
        return PictureDamagedError(f"{path.name}: {error.strerror}")
    except PictureDamagedError as error:
        return PictureDamagedError(f"{path.name}: {error}")


def _video(path: Path, pace: Pace) -> Generator[Shown, None, None]:
    """Yield every picture of a video, one whenever it is due, until its end."""
    capture = open_capture(str(path), cv2.CAP_FFMPEG)
    try:
        while capture.grab():
            yield _retrieve(capture, pace)
            if not pace.pause():
                return
    finally:
        capture.release()


def _stream(source: str, backend: int, pace: Pace) -> Generator[Shown, None, None]:
    """Yield the newest picture whenever one is due; the others are taken in but not decoded."""
    capture = open_capture(source, backend)
    try:
        while True:
            if not capture.grab():
                raise SourceLostError(f"{masked(source)}: no picture for {_READ_MS / 1000:g} s")
            if pace.due():
                yield _retrieve(capture, pace)
    finally:
        capture.release()


def open_capture(source: str, backend: int) -> Any:  # noqa: ANN401 - it has no useful type
    """Return OpenCV's capture of a stream, a device or a video, limited in what it may reach.

    Raises:
        SourceLostError: it cannot be opened.
    """
    os.environ.update(_FFMPEG)  # noqa: TID251 - FFmpeg takes its protocol whitelist from nowhere else
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _OPEN_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _READ_MS]
    try:
        capture = cv2.VideoCapture(source, backend, limits if backend == cv2.CAP_FFMPEG else [])
    except cv2.error as error:
        raise SourceLostError(f"{masked(source)}: cannot be opened") from error
    if not capture.isOpened():
        capture.release()
        raise SourceLostError(f"{masked(source)}: cannot be opened")
    return capture


def retrieved(
    capture: Any,  # noqa: ANN401 - OpenCV's capture has no useful type
    shrink: int = 1,
) -> NDArray[np.uint8] | PictureDamagedError:
    """Return the picture that was taken in last, RGB, or what is wrong with it."""
    try:
        sound, picture = capture.retrieve()
    except cv2.error:
        sound, picture = False, None
    if not sound or picture is None or picture.ndim != 3:  # noqa: PLR2004 - colour has three axes
        return PictureDamagedError("a picture of the stream could not be decoded")
    return rgb(picture, shrink)


def _retrieve(capture: Any, pace: Pace) -> Shown:  # noqa: ANN401 - OpenCV's has no useful type
    with pace.stages.at("decode"):
        found = retrieved(capture, pace.shrink())
    return found if isinstance(found, PictureDamagedError) else Picture(found)


def _over_http(source: str, pace: Pace) -> Generator[Shown, None, None]:
    """Yield the parts of a multipart stream, or ask for a single picture again and again."""
    secured = source.lower().startswith("https:")  # else no certificates are read: a quarter second
    try:
        with httpx.Client(timeout=_LIMIT, trust_env=False, verify=secured) as client:
            wanted = True
            while wanted:
                with client.stream("GET", source) as answer:
                    kind = answer.headers.get("content-type", "").lower()
                    if not answer.is_success:
                        raise SourceLostError(f"{masked(source)}: HTTP {answer.status_code}")
                    if kind.startswith("multipart/"):
                        yield from _parts(answer, _boundary(kind), pace)
                        raise SourceLostError(f"{masked(source)}: the stream ended")
                    yield _decoded(_whole(answer), pace)
                wanted = pace.pause()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = masked(str(error)) or type(error).__name__
        raise SourceLostError(f"{masked(source)}: {reason}") from error


def _whole(answer: httpx.Response) -> bytes:
    content = bytearray()
    for piece in answer.iter_bytes():
        content += piece
        if len(content) > MOST_BYTES:
            raise SourceLostError(f"the answer is longer than {MOST_BYTES} bytes")
    return bytes(content)


def _boundary(kind: str) -> bytes:
    found = re.search(r'boundary="?(?:--)?([^";,\s]+)', kind)
    return b"--" + found[1].encode() if found else b"--"


def _parts(answer: httpx.Response, boundary: bytes, pace: Pace) -> Generator[Shown, None, None]:
    """Yield each part that is due when it is whole, that is when the next one begins."""
    kept = b""
    for piece in answer.iter_bytes():
        *whole, kept = (kept + piece).split(boundary)
        if len(kept) > MOST_BYTES:
            raise SourceLostError(f"a part of the stream is longer than {MOST_BYTES} bytes")
        newest = next((part for part in reversed(whole) if len(part) > len(boundary)), None)
        if newest is not None and pace.due():
            yield _decoded(newest.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n"), pace)


def _decoded(content: bytes, pace: Pace) -> Shown:
    try:
        return _made(content, pace)
    except PictureDamagedError as error:
        return error


def _made(content: bytes, pace: Pace) -> Picture:
    with pace.stages.at("decode"):
        return Picture(decode(content, pace.shrink()), sha256_of(content))
