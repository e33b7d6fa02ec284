"""Which parts of a large picture the gap detector looks at, besides the whole.

Scaled to 640 pixels, a gap on a picture of a whole aisle is too small to be seen. So a picture
whose long side passes 1,600 is also looked at in parts of at most 1,280, which overlap by a fifth
or more: a gap that one part cuts is whole in another, or so wide that the whole picture shows it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from endcap.models.gaps.boxes import Box, Detection

if TYPE_CHECKING:
    from endcap.models.gaps.crops import Picture

WHOLE = Box(0.0, 0.0, 1.0, 1.0)
LARGE = 1600
PART = 1280
_SHARED = 0.2
_EDGE = 0.01
"""A box that ends this near to a part's edge is cut by it."""


def parts(width: int, height: int) -> tuple[Box, ...]:
    """Return the whole picture, then overlapping parts where it is large, row by row.

    >>> len(parts(640, 480)), len(parts(1920, 1080)), len(parts(3840, 2160))
    (1, 3, 9)
    """
    if max(width, height) <= LARGE:
        return (WHOLE,)
    across, down = _spans(width), _spans(height)
    return WHOLE, *(Box(x0, y0, x1, y1) for y0, y1 in down for x0, x1 in across)


def _spans(size: int) -> list[tuple[float, float]]:
    """Return the fewest equal spans of at most 1,280 pixels that overlap enough, in shares."""
    if size <= PART:
        return [(0.0, 1.0)]
    count = 1 + int(np.ceil((size - PART) / (PART * (1 - _SHARED))))
    length = PART / size
    return [(begin, begin + length) for begin in np.linspace(0.0, 1 - length, count).tolist()]


def pixels_of(picture: "Picture", part: Box) -> "Picture":
    """Return the pixels of a part; a view, not a copy."""
    high, wide = picture.shape[:2]
    x0, x1 = round(part.x0 * wide), round(part.x1 * wide)
    y0, y1 = round(part.y0 * high), round(part.y1 * high)
    return picture[y0:y1, x0:x1]


def not_cut(found: Sequence[Detection], part: Box) -> tuple[Detection, ...]:
    """Return what the edges of a part do not cut; the picture's own edges cut nothing."""
    near_x, near_y = _EDGE * part.width, _EDGE * part.height
    x0, x1 = (part.x0 + near_x if part.x0 > 0 else -1), (part.x1 - near_x if part.x1 < 1 else 2)
    y0, y1 = (part.y0 + near_y if part.y0 > 0 else -1), (part.y1 - near_y if part.y1 < 1 else 2)
    return tuple(
        one
        for one in found
        if one.box.x0 > x0 and one.box.x1 < x1 and one.box.y0 > y0 and one.box.y1 < y1
    )
