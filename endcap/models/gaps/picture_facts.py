"""A picture in the few numbers that tell whether its camera is to be believed.

What they mean is decided elsewhere.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.crops import Picture

_WIDE, _HIGH = 320, 240
_CELL = 20
_MOVES = 22.0
"""Mean difference of grey values in a cell from which on something moves there."""
_PLAIN = 4.0
"""Deviation of grey values in a cell under which nothing is to be seen there."""
_ALIVE = 90
"""A picture that stands still may carry a clock: this percentile of its cells tells."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a picture measures, on a grey copy of 320 by 240 pixels.

    `plain` is the share of it, cell by cell, that shows nothing: a hand or a bag before the lens
    is too near to be in focus.
    """

    brightness: float
    contrast: float
    sharpness: float
    plain: float


def small(picture: Picture) -> NDArray[np.uint8]:
    """Return the grey copy, uint8 [240, 320], on which everything is measured."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (_WIDE, _HIGH), interpolation=cv2.INTER_AREA), np.uint8)


def statistics(grey: NDArray[np.uint8]) -> Statistics:
    """Return brightness (mean), contrast (deviation), sharpness (variance of the Laplacian)."""
    edges = cv2.Laplacian(grey, cv2.CV_32F)
    values = grey.astype(np.float32)
    spread = _per_cell(values * values) - _per_cell(values) ** 2
    return Statistics(
        brightness=float(values.mean()),
        contrast=float(values.std()),
        sharpness=float(edges.var()),
        plain=float((spread < _PLAIN**2).mean()),
    )


def change(grey: NDArray[np.uint8], before: NDArray[np.uint8]) -> float:
    """Return how much two grey copies differ, 0 to 255: a sensor's noise is everywhere.

    The 90th percentile of the cells' mean differences, so that a clock in a corner of a picture
    that stands still does not bring it to life.
    """
    cells = _per_cell(cv2.absdiff(grey, before).astype(np.float32))
    return float(np.percentile(cells, _ALIVE))


def moving(grey: NDArray[np.uint8], before: NDArray[np.uint8]) -> tuple[tuple[bool, ...], ...]:
    """Return in which cells of a grid of 12 by 16 the picture changed a lot, row by row."""
    cells = _per_cell(np.abs(grey.astype(np.float32) - before))
    return tuple(tuple(row) for row in (cells > _MOVES).tolist())


def _per_cell(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean of each of 12 by 16 cells."""
    cells = values.reshape(_HIGH // _CELL, _CELL, _WIDE // _CELL, _CELL)
    return np.asarray(cells.mean(axis=(1, 3)), dtype=np.float32)
