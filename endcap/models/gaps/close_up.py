"""A facing as a person is shown it: a small picture of it with its surroundings, as a JPEG.

The same box cut from the close-up is what the facing model saw, but for the JPEG, so that an answer
teaches it. Whom a close-up may be shown, and what is blanked before, is not decided here.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from endcap.models.gaps.blanking import GREY
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import Picture

SIDE = 96
"""The longer side of a close-up in pixels, at most."""

_ACROSS, _DOWN = 1.6, 1.45
_QUALITIES = (90, 80, 65, 50, 35, 20)


@dataclass(frozen=True, slots=True)
class CloseUp:
    """A JPEG of at most `SIDE` pixels a side, where the facing is on it, and the blanked share."""

    jpeg: bytes
    place: Box
    masked: float


def close_up(picture: Picture, facing: Box, most: int) -> CloseUp | None:
    """Return the close-up of `facing` in at most `most` bytes; None where there is nothing of it.

    Args:
        picture: RGB uint8 [height, width, 3].
        facing: the box in shares of the picture.
        most: bytes.
    """
    high, wide = picture.shape[:2]
    around = facing.widened(_ACROSS, _DOWN)
    x0, x1 = _inside(around.x0, wide), _inside(around.x1, wide)
    y0, y1 = _inside(around.y0, high), _inside(around.y1, high)
    if x1 - x0 < 2 or y1 - y0 < 2:  # noqa: PLR2004 - no picture is that small
        return None
    shown = picture[y0:y1, x0:x1]
    masked, shrunk = float((shown == GREY).all(axis=2).mean()), _shrunk(shown)
    place = Box(
        *(_share(facing.x0 * wide, x0, x1), _share(facing.y0 * high, y0, y1)),
        *(_share(facing.x1 * wide, x0, x1), _share(facing.y1 * high, y0, y1)),
    )
    for quality in _QUALITIES:
        jpeg = _encoded(shrunk, quality)
        if len(jpeg) <= most:
            return CloseUp(jpeg, place, masked)
    return None


def opened(jpeg: bytes) -> Picture | None:
    """Return the RGB pixels of a close-up; None where it is none."""
    try:
        found = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error:
        return None
    if found is None or max(found.shape[:2]) > SIDE:
        return None
    return np.asarray(found, np.uint8)


def _shrunk(inside: Picture) -> Picture:
    """Return a picture that is no longer than `SIDE`; one that is smaller stays as it is."""
    high, wide = inside.shape[:2]
    scale = min(1.0, SIDE / max(high, wide))
    size = max(1, round(wide * scale)), max(1, round(high * scale))
    return np.asarray(cv2.resize(inside, size, interpolation=cv2.INTER_AREA), np.uint8)


def _encoded(picture: Picture, quality: int) -> bytes:
    """Return the JPEG, which holds nothing but pixels: no time, no place, no device."""
    _, coded = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(coded)


def _inside(share: float, size: int) -> int:
    return min(max(round(share * size), 0), size)


def _share(at: float, low: int, high: int) -> float:
    return min(max((at - low) / (high - low), 0.0), 1.0)
