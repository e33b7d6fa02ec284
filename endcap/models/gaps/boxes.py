"""Boxes on a picture, relative to its size: overlap, cover, suppression.

Arrays of boxes are float64 [n, 4], columns x0, y0, x1, y1 in 0..1. What stands in a box is not
known here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]

_GRID = 256


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in shares of the picture's width and height, x0 < x1 and y0 < y1.

    >>> Box.around(0.5, 0.5, 0.2, 0.4)
    Box(x0=0.4, y0=0.3, x1=0.6, y1=0.7)
    """

    x0: float
    y0: float
    x1: float
    y1: float

    @classmethod
    def around(cls, x: float, y: float, width: float, height: float) -> "Box":
        """Return the box with this centre and size."""
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2)

    @property
    def width(self) -> float:
        """Share of the picture's width."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Share of the picture's height."""
        return self.y1 - self.y0

    @property
    def centre(self) -> tuple[float, float]:
        """The middle, x then y."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def widened(self, across: float, down: float) -> "Box":
        """Return the box grown about its centre by these factors; it may leave the picture."""
        x, y = self.centre
        return Box.around(x, y, self.width * across, self.height * down)


@dataclass(frozen=True, slots=True)
class Detection:
    """A gap seen without a planogram, and how sure the network is."""

    box: Box
    score: float


def as_array(boxes: Sequence[Box]) -> Boxes:
    """Return boxes as an array [n, 4]."""
    rows = [(box.x0, box.y0, box.x1, box.y1) for box in boxes]
    return np.asarray(rows, dtype=np.float64).reshape(-1, 4)


def overlap(ones: Boxes, others: Boxes) -> NDArray[np.float64]:
    """Return the intersection over union of every pair, [n, m]."""
    low = np.maximum(ones[:, None, :2], others[None, :, :2])
    high = np.minimum(ones[:, None, 2:], others[None, :, 2:])
    shared = np.clip(high - low, 0.0, None).prod(axis=2)
    union = _areas(ones)[:, None] + _areas(others)[None, :] - shared
    found: NDArray[np.float64] = shared / np.maximum(union, 1e-12)
    return found


def _areas(boxes: Boxes) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.clip(boxes[:, 2:] - boxes[:, :2], 0.0, None).prod(axis=1)
    return found


def suppress(boxes: Boxes, scores: NDArray[np.float64], limit: float) -> list[int]:
    """Return which boxes stay, best first: none overlaps a better one by more than `limit`."""
    kept: list[int] = []
    overlaps = overlap(boxes, boxes)
    for one in np.argsort(-scores, kind="stable").tolist():
        if all(overlaps[one, other] <= limit for other in kept):
            kept.append(one)
    return kept


def cover(boxes: Boxes) -> NDArray[np.bool_]:
    """Return which cells of a 256 by 256 grid over the picture the boxes cover."""
    grid = np.zeros((_GRID, _GRID), dtype=np.bool_)
    for x0, y0, x1, y1 in np.clip(np.rint(boxes * _GRID), 0, _GRID).astype(int).tolist():
        grid[y0:y1, x0:x1] = True
    return grid
