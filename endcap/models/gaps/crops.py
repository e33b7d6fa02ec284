"""Crops of facings as the facing model wants them: squares that show a little of the surroundings.

Both the trainer and the store cut here, so that a facing looks the same to both. Reading pictures
is not done here.
"""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.boxes import Box

Picture = NDArray[np.uint8]
"""RGB, [height, width, 3]."""

SIDE = 64
ACROSS = 1.3
DOWN = 1.15
SMALLEST = (8, 10)
"""Facings under this width or height in pixels show too little to be judged."""

ENOUGH = 24
"""Pixels across a facing and its surroundings that a smaller picture must leave.

On real shelves (val_sku), facings of twice as many have an AUC of .9971 whole and .9972 halved.
"""


def large_enough(box: Box, width: int, height: int) -> bool:
    """Return whether `box` has pixels enough on a picture of this size."""
    return box.width * width >= SMALLEST[0] and box.height * height >= SMALLEST[1]


def cut(picture: Picture, boxes: Sequence[Box], side: int = SIDE) -> NDArray[np.uint8]:
    """Return one square crop per box, uint8 [n, side, side, 3].

    Each box is widened by 1.3 across and 1.15 down; what lies outside the picture repeats its edge.
    A facing much larger than `side` is cut from a copy of the picture that was halved, once for all
    of them: it costs a third of shrinking each, and a picture that was decoded at half its size
    gives much the same crops.
    """
    crops = np.empty((len(boxes), side, side, 3), dtype=np.uint8)
    copies = [picture]
    for number, box in enumerate(boxes):
        wide = box.widened(ACROSS, DOWN)
        while len(copies) <= (times := halvings(picture, wide, side)):
            copies.append(halved(copies[-1]))
        _crop(copies[times], wide, crops[number])
    return crops


def halvings(picture: Picture, box: Box, side: int = SIDE) -> int:
    """Return how often `picture` can be halved with at least `side` pixels of `box` left."""
    height, width = picture.shape[:2]
    return max(int(min(box.width * width, box.height * height) / side).bit_length() - 1, 0)


def coarsest(picture: Picture, boxes: Iterable[Box], shrunk: int = 1) -> int:
    """Return how many times smaller (1, 2 or 4) a camera's pictures may be, each way.

    The least facing keeps `ENOUGH` pixels. `picture` is one of them, and `shrunk` so far.
    """
    height, width = (side * shrunk for side in picture.shape[:2])
    wide = [box.widened(ACROSS, DOWN) for box in boxes]
    least = min((min(box.width * width, box.height * height) for box in wide), default=0.0)
    return 4 if least >= 4 * ENOUGH else 2 if least >= 2 * ENOUGH else 1


def halved(picture: Picture) -> Picture:
    """Return a picture of half the size each way, averaged."""
    height, width = picture.shape[:2]
    half = (width + 1) // 2, (height + 1) // 2
    return np.asarray(cv2.resize(picture, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _crop(picture: Picture, box: Box, into: NDArray[np.uint8]) -> None:
    height, width = picture.shape[:2]
    x0, x1 = _pixels(box.x0, box.x1, width)
    y0, y1 = _pixels(box.y0, box.y1, height)
    inside = picture[max(y0, 0) : min(y1, height), max(x0, 0) : min(x1, width)]
    edges = (max(-y0, 0), max(y1 - height, 0), max(-x0, 0), max(x1 - width, 0))
    if any(edges):
        inside = np.asarray(cv2.copyMakeBorder(inside, *edges, cv2.BORDER_REPLICATE), np.uint8)
    cv2.resize(inside, into.shape[1::-1], dst=into, interpolation=cv2.INTER_LINEAR)


def _pixels(low: float, high: float, size: int) -> tuple[int, int]:
    """Return a span in pixels that is not empty and has at least one pixel on the picture."""
    first = min(max(round(low * size), -size), size - 1)
    last = min(max(round(high * size), first + 1, 1), 2 * size)
    return first, last
