"""What a picture of a shelf shows of its rows and packs, in numbers: long edges, and likeness.

A board's edge runs far across, packs stand upon it, and what stands above it does not go on below.
Packs end at edges that run far down a row, beside others that look alike. What is a row and what a
facing is decided elsewhere, from these numbers.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.crops import Picture

WIDE = 480
"""Pixels to which a picture's longer side is scaled: a facing is a dozen or more across then."""
BAND = 64
"""Rows of a straightened band."""

_STRIPS = 12
_SHOWN = 25
"""A board is as clear as the quarter of its strips that show it least: pack tops do not run on."""
_SLOPES = tuple(np.linspace(-0.08, 0.08, 17).tolist())
"""How much lower a board may lie on the right than on the left, as shares of the height."""
_STANDS = slice(24, 60)
"""Where packs of any height stand in a band of 64: its lower part, above the price rail."""

Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Line:
    """A long edge across the picture: its height in the middle, its fall to the right, both shares.

    `clear` is how far it runs; `board` is that, less where nothing stands upon it, and where what
    stands above goes on below.
    """

    y: float
    fall: float
    clear: float
    board: float


def small(picture: Picture) -> Numbers:
    """Return the picture in Lab colours, float32 [h, w, 3], its longer side 480 pixels."""
    height, width = picture.shape[:2]
    scale = WIDE / max(height, width)
    size = max(round(width * scale), 32), max(round(height * scale), 32)
    scaled = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(scaled, cv2.COLOR_RGB2LAB), dtype=np.float32)


def lines(picture: Numbers) -> tuple[Line, ...]:
    """Return the long edges across a picture of `small`, from top to bottom."""
    clear, falls = _clearness(picture)
    board = clear * _boardness(picture)
    height = len(clear)
    peaks = [y for y in range(2, height - 2) if 0 < clear[y] == clear[y - 2 : y + 3].max()]
    return tuple(Line(y / height, float(falls[y]), float(clear[y]), float(board[y])) for y in peaks)


def _clearness(picture: Numbers) -> tuple[Numbers, Numbers]:
    """Return how clear an edge across is at each height, and the fall under which it is clearest.

    Steps from row to row are summed with their sign along an eighth of the width, so that print
    on packs cancels out and only what runs far remains.
    """
    height, width = picture.shape[:2]
    step = cv2.Sobel(picture, cv2.CV_32F, 0, 1, ksize=3)
    far = cv2.boxFilter(step, -1, (max(width // 8, 3), 1), borderType=cv2.BORDER_REFLECT)
    clear = cv2.dilate(np.abs(far).sum(axis=2), np.ones((3, 1), np.uint8))
    strips = [part.mean(axis=1) for part in np.array_split(clear, _STRIPS, axis=1)]
    middles = (np.arange(_STRIPS) + 0.5) / _STRIPS - 0.5
    heights = np.arange(height)
    found = np.empty((len(_SLOPES), height), dtype=np.float32)
    for number, fall in enumerate(_SLOPES):
        shifted = [
            np.interp(heights + fall * height * middle, heights, strip)
            for middle, strip in zip(middles, strips, strict=True)
        ]
        found[number] = np.percentile(shifted, _SHOWN, axis=0)
    return found.max(axis=0), np.asarray(_SLOPES, np.float32)[found.argmax(axis=0)]


def _boardness(picture: Numbers) -> Numbers:
    """Return, for each height, whether things stand upon it and end there: 0 to 1.2."""
    height = picture.shape[0]
    span = max(height // 20, 4)
    step = cv2.Sobel(picture, cv2.CV_32F, 1, 0, ksize=3)
    edges = cv2.boxFilter(step, -1, (3, span), borderType=cv2.BORDER_REFLECT)
    above = np.clip(np.arange(height) - span // 2 - 2, 0, height - 1)
    below = np.clip(np.arange(height) + span // 2 + 2, 0, height - 1)
    stands = np.sqrt(np.sqrt((edges[above] ** 2).sum(axis=2))).mean(axis=1) ** 2
    upper, lower = edges[above].reshape(height, -1), edges[below].reshape(height, -1)
    both = np.sqrt((upper**2).sum(axis=1) * (lower**2).sum(axis=1)) + 1e-6
    goes_on = np.maximum((upper * lower).sum(axis=1) / both, 0.0)
    busy = np.clip(stands / (np.percentile(stands, 90) + 1e-6), 0.02, 1.2)
    return np.asarray(busy * (1 - goes_on) ** 2, dtype=np.float32)


def band(picture: Numbers, top: tuple[float, float], bottom: tuple[float, float]) -> Numbers:
    """Return what lies between two lines (their heights left, right), float32 [64, w, 3]."""
    height, width = picture.shape[:2]
    across = np.linspace(0, 1, width, dtype=np.float32)
    upper = (top[0] + (top[1] - top[0]) * across) * height
    lower = (bottom[0] + (bottom[1] - bottom[0]) * across) * height
    down = (np.arange(BAND, dtype=np.float32)[:, None] + 0.5) / BAND
    rows = (upper + (lower - upper) * down - 0.5).astype(np.float32)
    columns = np.ascontiguousarray(np.broadcast_to(np.arange(width, dtype=np.float32), rows.shape))
    found = cv2.remap(picture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, dtype=np.float32)


def seams(row: Numbers) -> Numbers:
    """Return how clear an edge down a band is at each column, [w + 1]: 1 is clearer than most."""
    step = cv2.Sobel(row, cv2.CV_32F, 1, 0, ksize=3)[_STANDS]
    parts = [np.abs(part.mean(axis=0)).sum(axis=1) for part in np.array_split(step, 3)]
    found = np.append(np.mean(parts, axis=0), 0.0)
    near = np.maximum(np.roll(found, 1), np.roll(found, -1))
    found = np.maximum(found, 0.6 * near) / (np.percentile(found, 90) + 1e-6)
    found = np.minimum(found, 1.3)
    found[0] = found[-1] = 0.8
    return np.asarray(found, dtype=np.float32)


def likeness(row: Numbers, widths: range) -> Numbers:
    """Return how alike the `w` columns before and after each column are, [widths, columns + 1].

    1 is the same, 0 no more alike than any two places of the row; 0 where either leaves the row.
    """
    looks = cv2.resize(row[12:], (row.shape[1], 13), interpolation=cv2.INTER_AREA)
    looks = cv2.GaussianBlur(looks, (3, 1), 0)
    usual = 2 * looks.var(axis=1).mean() + 1e-6
    columns = row.shape[1]
    found = np.zeros((len(widths), columns + 1), dtype=np.float32)
    for number, wide in enumerate(widths):
        if 2 * wide > columns:
            break
        apart = ((looks[:, wide:] - looks[:, :-wide]) ** 2).mean(axis=(0, 2))
        sums = np.concatenate([[0.0], np.cumsum(apart)])
        found[number, wide : columns + 1 - wide] = 1 - (sums[wide:] - sums[:-wide]) / wide / usual
    return found


def tops(row: Numbers, left: int, right: int) -> Numbers:
    """Return how clear an edge across the columns from `left` to `right` is, by height, [64]."""
    margin = max((right - left) // 6, 1)
    middle = row[:, left + margin : max(right - margin, left + margin + 1)]
    step = cv2.Sobel(middle, cv2.CV_32F, 0, 1, ksize=3)
    return np.asarray(np.abs(step.mean(axis=1)).sum(axis=1), dtype=np.float32)
