"""The gap detector's two ends: a picture as its network wants it, and its maps read as boxes.

A large picture is looked at whole and in parts (tiling.py); what the views find is merged here.

The network answers on a grid of cells, one for each 8 by 8 pixels: the probability that a gap's
centre lies there, and the distances from the cell to the gap's four sides. Peaks of the first are
gaps (Zhou et al., Objects as Points, 2019), sides as in FCOS (Tian et al., 2019).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.boxes import Box, Detection, as_array, suppress
from endcap.models.gaps.crops import Picture
from endcap.models.gaps.tiling import WHOLE, not_cut, parts, pixels_of

STRIDE = 8
LONG_SIDE = 640
MOST = 100
LIMIT = 0.4
_MULTIPLE = 32
_ENLARGED = 1.5
_CONFIRMING = 0.3
"""The facing model's share in a confirmed gap's score, chosen on photographs of train_sku."""
_SIDE_UNIT = 32.0
"""Pixels for one unit of the network's side distances."""


@dataclass(frozen=True, slots=True)
class Framed:
    """A picture as the network takes it; `across` and `down` are its share of the padded frame.

    `part` is where on the whole picture it lies.
    """

    tensor: NDArray[np.uint8]
    across: float
    down: float
    part: Box = WHOLE


def views(picture: Picture) -> tuple[Framed, ...]:
    """Return what the network looks at: the whole picture, then parts of it where it is large."""
    high, wide = picture.shape[:2]
    return tuple(replace(frame(pixels_of(picture, part)), part=part) for part in parts(wide, high))


def frame(picture: Picture, long_side: int = LONG_SIDE) -> Framed:
    """Return `picture` scaled to `long_side` and padded grey: uint8 [1, h, w, 3], multiples of 32.

    A smaller picture is enlarged, as gaps on it are small too, but by half at most: what is
    blurred further only looks like a gap.
    """
    height, width = picture.shape[:2]
    scale = min(long_side / max(height, width), _ENLARGED)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = np.asarray(cv2.resize(picture, size, interpolation=how), dtype=np.uint8)
    wide, high = (-(-side // _MULTIPLE) * _MULTIPLE for side in size)
    padded = np.full((1, high, wide, 3), 114, dtype=np.uint8)
    padded[0, : size[1], : size[0]] = scaled
    return Framed(padded, size[0] / wide, size[1] / high)


def read_map(
    centre: NDArray[np.float32], sides: NDArray[np.float32], framed: Framed, threshold: float
) -> tuple[Detection, ...]:
    """Return the gaps on the network's map, best first, at most 100, in shares of the picture.

    `centre` is [1, 1, h, w] probabilities, `sides` [1, 4, h, w] distances to the left, top, right
    and bottom in units of 32 pixels.
    """
    heat = centre[0, 0]
    peaks = (heat >= cv2.dilate(heat, np.ones((3, 3), np.uint8))) & (heat >= threshold)
    rows, columns = np.nonzero(peaks)
    best = np.argsort(-heat[rows, columns], kind="stable")[: 4 * MOST]
    found = [_detection(heat, sides[0], int(rows[i]), int(columns[i]), framed) for i in best]
    found = [one for one in found if one.box.width > 0 and one.box.height > 0]
    return not_cut(merged(found), framed.part)


def merged(found: Sequence[Detection]) -> tuple[Detection, ...]:
    """Return the detections without those that overlap a better one, best first, at most 100."""
    scores = np.asarray([one.score for one in found], dtype=np.float64)
    kept = suppress(as_array([one.box for one in found]), scores, LIMIT)
    return tuple(found[number] for number in kept[:MOST])


def confirmed(found: Sequence[Detection], empty: NDArray[np.floating]) -> tuple[Detection, ...]:
    """Return the detections as the facing model sees them too, best first.

    `empty` [n] is its probability that each box is empty; the score becomes the weighted geometric
    mean of what both say, so that either can veto.
    """
    both = [
        replace(one, score=float(one.score ** (1 - _CONFIRMING) * chance**_CONFIRMING))
        for one, chance in zip(found, empty.tolist(), strict=True)
    ]
    return tuple(sorted(both, key=lambda one: -one.score))


def _detection(
    heat: NDArray[np.float32], sides: NDArray[np.float32], row: int, column: int, framed: Framed
) -> Detection:
    """Return the gap whose centre lies in one cell, relative to the picture without padding."""
    high, wide = heat.shape
    left, top, right, bottom = (float(v) * _SIDE_UNIT / STRIDE for v in sides[:, row, column])
    across, down = wide * framed.across, high * framed.down
    x, y = column + 0.5, row + 0.5
    corners = (x - left) / across, (y - top) / down, (x + right) / across, (y + bottom) / down
    x0, y0, x1, y1 = (min(max(corner, 0.0), 1.0) for corner in corners)
    part = framed.part
    box = Box(
        part.x0 + x0 * part.width,
        part.y0 + y0 * part.height,
        part.x0 + x1 * part.width,
        part.y0 + y1 * part.height,
    )
    return Detection(box, float(heat[row, column]))


def targets(
    boxes: NDArray[np.float64], high: int, wide: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what the network should answer for `boxes` (pixels, [n, 4]) on a grid of cells.

    The first array is [h, w]: 1 in the cell of a gap's centre, falling off as a Gaussian of a
    sixth of the gap's sides. The second is [4, h, w], side distances, 0 far from any centre.
    """
    heat = np.zeros((high, wide), dtype=np.float32)
    sides = np.zeros((4, high, wide), dtype=np.float32)
    rows, columns = np.mgrid[0:high, 0:wide] + 0.5
    for x0, y0, x1, y1 in boxes / STRIDE:
        column = min(int((x0 + x1) / 2), wide - 1)
        row = min(int((y0 + y1) / 2), high - 1)
        spread_x, spread_y = max((x1 - x0) / 6, 0.5), max((y1 - y0) / 6, 0.5)
        far = ((columns - column - 0.5) / spread_x) ** 2 + ((rows - row - 0.5) / spread_y) ** 2
        bump = np.exp(-far / 2).astype(np.float32)
        nearer = (bump > heat) & (bump > 0.3)  # noqa: PLR2004 - cells that may become a peak
        distances = np.stack([columns - x0, rows - y0, x1 - columns, y1 - rows])
        unit = STRIDE / _SIDE_UNIT
        sides[:, nearer] = (np.clip(distances, 0.05, None) * unit).astype(np.float32)[:, nearer]
        heat = np.maximum(heat, bump)
    return heat, sides
