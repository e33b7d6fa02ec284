"""Where the places of a camera's reference picture are on another of its pictures.

A value and its arithmetic: pictures are not warped, boxes are moved. How an alignment is found is
registration.py's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.boxes import Box, Detection, as_array

Matrix = NDArray[np.float64]

_SHOWN = 0.85
"""A facing of which less is on the picture is not judged."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where the reference's places are on a picture.

    `matrix` takes a place on the reference (x, y in shares of it) to the picture, row by row.
    `likeness` is which share of the reference's details is seen there, 0 to 1.
    """

    matrix: tuple[float, ...]
    likeness: float

    @property
    def shift(self) -> float:
        """How far the farthest corner has moved, in shares of the picture."""
        corners = np.array([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
        return float(np.abs(_taken(self._square, corners) - corners).max())

    def moved(self, box: Box) -> Box:
        """Return where a box of the reference is on the picture; it may leave it."""
        return self.all_moved([box])[0]

    def all_moved(self, boxes: Sequence[Box]) -> list[Box]:
        """Return where boxes of the reference are on the picture: quicker than one by one."""
        return _boxes_under(self._square, boxes)

    def back(self, box: Box) -> Box:
        """Return where a box of the picture is on the reference: the way back of `moved`."""
        return _boxes_under(np.asarray(np.linalg.inv(self._square)), [box])[0]

    def carried(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where places of the reference, [n, 2], are on the picture."""
        return _taken(self._square, places)

    @property
    def _square(self) -> Matrix:
        return np.reshape(np.asarray(self.matrix, dtype=np.float64), (3, 3))


IN_PLACE = Alignment((1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0), 1.0)


def in_sight(boxes: Mapping[str, Box], alignment: Alignment | None) -> dict[str, Box]:
    """Return where the reference's boxes are on a picture; those that mostly leave it are left out.

    Without an alignment they are where they were drawn.
    """
    if alignment is None:
        return dict(boxes)
    moved = zip(boxes, alignment.all_moved(list(boxes.values())), strict=True)
    return {name: box for name, box in moved if _inside(box) >= _SHOWN}


def as_drawn(detections: Sequence[Detection], alignment: Alignment | None) -> tuple[Detection, ...]:
    """Return what was detected on a picture where it would be on the reference."""
    if alignment is None:
        return tuple(detections)
    return tuple(replace(one, box=alignment.back(one.box)) for one in detections)


def _inside(box: Box) -> float:
    """Return which share of a box lies on the picture."""
    across = min(box.x1, 1.0) - max(box.x0, 0.0)
    down = min(box.y1, 1.0) - max(box.y0, 0.0)
    return max(across, 0.0) * max(down, 0.0) / (box.width * box.height)


def _boxes_under(turn: Matrix, boxes: Sequence[Box]) -> list[Box]:
    """Return the upright boxes that are nearest to where the four corners of each of `boxes` go."""
    x0, y0, x1, y1 = as_array(boxes).T
    corners = np.stack([x0, y0, x1, y0, x0, y1, x1, y1], axis=1).reshape(-1, 2)
    places = np.sort(_taken(turn, corners).reshape(-1, 4, 2), axis=1)
    sides = places.reshape(-1, 2, 2, 2).mean(axis=2).reshape(-1, 4)
    return [Box(*row) for row in sides.tolist()]


def _taken(turn: Matrix, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where places (x, y) go."""
    seen = np.column_stack([places, np.ones(len(places))]) @ turn.T
    return np.asarray(seen[:, :2] / seen[:, 2:], dtype=np.float64)
