"""A picture in the few numbers that tell whether its camera is to be believed.

What they mean is decided elsewhere.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.crops import Picture, halved

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
    while picture.shape[1] >= 2 * _WIDE and picture.shape[0] >= 2 * _HIGH:
        picture = halved(picture)  # costs a fraction of what shrinking by an odd factor does
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (_WIDE, _HIGH), interpolation=cv2.INTER_LINEAR), np.uint8)


def statistics(grey: NDArray[np.uint8]) -> Statistics:
    """Return brightness (mean), contrast (deviation), sharpness (variance of the Laplacian)."""
    (brightness,), (contrast,) = cv2.meanStdDev(grey)
    _, (sharpness,) = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    values = grey.astype(np.float32)
    spread = _per_cell(values * values) - _per_cell(values) ** 2
    return Statistics(
        brightness=float(brightness[0]),
        contrast=float(contrast[0]),
        sharpness=float(sharpness[0] ** 2),
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
    cells = _per_cell(cv2.absdiff(grey, before).astype(np.float32))
    return tuple(tuple(row) for row in (cells > _MOVES).tolist())


def _per_cell(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean of each of 12 by 16 cells."""
    cells = _WIDE // _CELL, _HIGH // _CELL
    return np.asarray(cv2.resize(values, cells, interpolation=cv2.INTER_AREA), dtype=np.float32)
