"""Polygons on a picture, and what may be wrong with one that a person wrote down."""

from collections.abc import Sequence

Point = tuple[float, float]
Polygon = tuple[Point, ...]
"""Corners in shares of the picture (x to the right, y down), in order, not closed."""

_LEAST = 3


def flaw_of(polygon: Sequence[Point]) -> str | None:
    """Return what is wrong with a polygon, in words of what is wanted; None for nothing.

    >>> flaw_of([(0, 0), (1, 1), (1, 0), (0, 1)])
    'corners in order, so that no two sides cross'
    """
    if len(polygon) < _LEAST:
        return "three corners [x, y] or more"
    if any(not 0 <= share <= 1 for point in polygon for share in point):
        return "corners inside the picture, x and y from 0 to 1"
    sides = list(zip(polygon, [*polygon[1:], polygon[0]], strict=True))
    for number, one in enumerate(sides):
        for other in sides[number + 1 :]:
            if _cross(one, other):
                return "corners in order, so that no two sides cross"
    return None if abs(_area(polygon)) > 0 else "corners that do not lie on one line"


def _cross(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    """Return whether two sides go through each other; touching ends are neighbours."""
    (a, b), (c, d) = one, other
    return _area((a, b, c)) * _area((a, b, d)) < 0 and _area((c, d, a)) * _area((c, d, b)) < 0


def _area(polygon: Sequence[Point]) -> float:
    """Return twice the area, positive when the corners run clockwise on the picture."""
    ends = zip(polygon, [*polygon[1:], polygon[0]], strict=True)
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in ends)
