"""Bytes from a camera or a folder made into pixels, or refused.

The header is read before a decoder is: a small file may claim a picture that fills the memory.
Only what cameras send is decoded: baseline or progressive JPEG and PNG, 8 bits, up to 16 million
pixels. An orientation in EXIF is ignored, so that a facing stays where the planogram says.
"""

import struct
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

MOST_PIXELS = 16_000_000
MOST_BYTES = 32 * 1024 * 1024
LEAST_SIDE = 16
MOST_SCANS = 100

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended and progressive, Huffman coded
_OTHER_FRAMES = {0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_SCAN = 0xDA
_ALONE = {0x01, *range(0xD0, 0xD9)}
_READ = {1: "IMREAD_COLOR", 2: "IMREAD_REDUCED_COLOR_2", 4: "IMREAD_REDUCED_COLOR_4"}


class PictureDamagedError(Exception):
    """These bytes are no picture, or none that is decoded here; the message says why."""


@dataclass(frozen=True, slots=True)
class _Header:
    """What a picture claims of itself before it is decoded."""

    width: int
    height: int
    bits: int


def decode(content: bytes, shrink: int = 1) -> NDArray[np.uint8]:
    """Return RGB pixels uint8 [h, w, 3], each way `shrink` (1, 2, 4) times fewer than were sent.

    A JPEG of half the size costs two thirds, and all that follows a quarter.

    Raises:
        PictureDamagedError: always when anything is wrong, never another exception.
    """
    header = _header(content)
    _check(header)
    reduced = content.startswith(_JPEG) and min(header.width, header.height) // shrink >= LEAST_SIDE
    try:
        how = getattr(cv2, _READ[shrink if reduced else 1]) | cv2.IMREAD_IGNORE_ORIENTATION
        found = cv2.imdecode(np.frombuffer(content, np.uint8), how)
    except (cv2.error, MemoryError) as error:
        raise PictureDamagedError("the decoder refused it") from error
    if found is None:
        raise PictureDamagedError("the decoder could not read it")
    return rgb(found, 1 if reduced else shrink)


def rgb(picture: Any, shrink: int = 1) -> NDArray[np.uint8]:  # noqa: ANN401 - as OpenCV gives it
    """Return what OpenCV decoded as RGB pixels, `shrink` times fewer each way, averaged."""
    while shrink > 1 and min(picture.shape[:2]) >= 2 * LEAST_SIDE:
        height, width = picture.shape[:2]
        half = (width + 1) // 2, (height + 1) // 2
        picture = cv2.resize(picture, half, interpolation=cv2.INTER_AREA)
        shrink //= 2
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _header(content: bytes) -> _Header:
    if len(content) > MOST_BYTES:
        raise PictureDamagedError(f"{len(content)} bytes, at most {MOST_BYTES} are read")
    try:
        if content.startswith(_PNG):
            return _png_header(content)
        if content.startswith(_JPEG):
            return _jpeg_header(content)
    except (struct.error, IndexError) as error:
        raise PictureDamagedError("cut off inside its header") from error
    raise PictureDamagedError("neither JPEG nor PNG")


def _check(header: _Header) -> None:
    """Refuse what would cost too much, or is too small to show anything."""
    width, height = header.width, header.height
    if width * height > MOST_PIXELS:
        raise PictureDamagedError(f"{width} x {height} pixels, at most 16 million are decoded")
    if min(width, height) < LEAST_SIDE:
        raise PictureDamagedError(f"{width} x {height} pixels, at least 16 each way are wanted")
    if header.bits != 8:  # noqa: PLR2004 - cameras send 8 bits
        raise PictureDamagedError(f"{header.bits} bits a channel, 8 are decoded")


def _png_header(content: bytes) -> _Header:
    width, height, bits = struct.unpack_from(">IIB", content, 16)
    if content[12:16] != b"IHDR":
        raise PictureDamagedError("a PNG without its header")
    return _Header(width, height, bits)


def _jpeg_header(content: bytes) -> _Header:
    """Return the size in the frame header, walking the segments; scans are counted."""
    place = 2
    while True:
        place = _next_marker(content, place)
        marker = content[place]
        if marker in _FRAMES:
            bits, height, width = struct.unpack_from(">BHH", content, place + 3)
            if content.count(b"\xff\xda") > MOST_SCANS:
                raise PictureDamagedError(f"a JPEG of more than {MOST_SCANS} scans")
            return _Header(width, height, bits)
        if marker in _OTHER_FRAMES:
            raise PictureDamagedError("a JPEG of a kind that is not decoded")
        if marker == _SCAN:
            raise PictureDamagedError("a JPEG without a frame header")
        place += 1 if marker in _ALONE else 1 + struct.unpack_from(">H", content, place + 1)[0]


def _next_marker(content: bytes, place: int) -> int:
    """Return where the next marker's second byte is; a marker may be padded with 0xFF."""
    if content[place] != 0xFF:  # noqa: PLR2004 - every marker begins so
        raise PictureDamagedError("a JPEG whose segments do not follow one another")
    while content[place] == 0xFF:  # noqa: PLR2004
        place += 1
    return place
