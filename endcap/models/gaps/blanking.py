"""What may be shown of a picture to people: the shelves, and nobody who passes before them.

Everything outside the shelves, and wherever something moves, is filled with grey: applied before a
part of a picture is shown to anyone or leaves the store. Models see the whole picture, in memory.
Who may see what is decided elsewhere.
"""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from endcap.models.gaps.alignment import Alignment
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import Picture
from endcap.models.gaps.polygons import Polygon

GREY = 128
MARGIN = 0.02
"""So much of the picture round about a facing is shelf too: rails, tags, the neighbours' edges."""


def round_facings(boxes: Iterable[Box]) -> tuple[Polygon, ...]:
    """Return the shelves that a planogram tells of: each facing with a margin."""
    grown = [Box(b.x0 - MARGIN, b.y0 - MARGIN, b.x1 + MARGIN, b.y1 + MARGIN) for b in boxes]
    return tuple(((b.x0, b.y0), (b.x1, b.y0), (b.x1, b.y1), (b.x0, b.y1)) for b in grown)


def blanked(
    picture: Picture,
    shelves: Iterable[Polygon],
    moving: Sequence[Sequence[bool]] = (),
    alignment: Alignment | None = None,
) -> Picture:
    """Return a copy of `picture` (RGB uint8) that shows the shelves alone, and nobody before them.

    `shelves` are polygons on the camera's reference, which `alignment` takes to this picture;
    `moving` is a grid over the picture, and a cell beside one that moves is blanked too. Without
    any shelf nothing is shown.
    """
    high, wide = picture.shape[:2]
    kept = np.zeros((high, wide), dtype=np.uint8)
    for polygon in shelves:
        places = np.asarray(polygon, dtype=np.float64)
        corners = places if alignment is None else alignment.carried(places)
        cv2.fillPoly(kept, [np.rint(corners * (wide, high)).astype(np.int32)], (1,))
    if moving:
        cells = np.asarray(moving, dtype=np.uint8)
        near = cv2.dilate(cells, np.ones((3, 3), np.uint8))
        kept[cv2.resize(near, (wide, high), interpolation=cv2.INTER_NEAREST) > 0] = 0
    return np.where(kept[:, :, None] > 0, picture, np.uint8(GREY))
