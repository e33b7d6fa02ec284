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


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a picture measures, on a grey copy of 320 by 240 pixels."""

    brightness: float
    contrast: float
    sharpness: float


def small(picture: Picture) -> NDArray[np.uint8]:
    """Return the grey copy, uint8 [240, 320], on which everything is measured."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (_WIDE, _HIGH), interpolation=cv2.INTER_AREA), np.uint8)


def statistics(grey: NDArray[np.uint8]) -> Statistics:
    """Return brightness (mean), contrast (deviation) and sharpness (variance of the Laplacian)."""
    edges = cv2.Laplacian(grey, cv2.CV_32F)
    return Statistics(float(grey.mean()), float(grey.std()), float(edges.var()))


def change(grey: NDArray[np.uint8], before: NDArray[np.uint8]) -> float:
    """Return the mean difference of two grey copies, 0 to 255."""
    return float(cv2.absdiff(grey, before).mean())


def moving(grey: NDArray[np.uint8], before: NDArray[np.uint8]) -> tuple[tuple[bool, ...], ...]:
    """Return in which cells of a grid of 12 by 16 the picture changed a lot, row by row."""
    difference = np.abs(grey.astype(np.float32) - before)
    cells = difference.reshape(_HIGH // _CELL, _CELL, _WIDE // _CELL, _CELL).mean(axis=(1, 3))
    return tuple(tuple(row) for row in (cells > _MOVES).tolist())
