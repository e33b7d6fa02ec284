"""Decides, from a picture's edges in numbers, where shelf rows are and where facings stand in them.

What it returns is a proposal: a person corrects it. Nothing here sees a picture, and which item
belongs in a facing is not known; see naming.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.boxes import Box, as_array, overlap
from endcap.models.gaps.rows import BAND, Line, Numbers

_APART = 0.065
"""Two boards are at least this share of the picture's height apart."""
_BOARD = 0.2
"""A line this share as sure as the surest four is a board."""
_THICK = 0.05
"""The two edges of one board are at most this share of the height apart."""
_LOWEST = 0.045
"""No facing is lower than this share of the height."""

_EACH = 1.0
"""What a boundary must be worth: seams that are clearer make a facing end there."""
_ALIKE, _ALIKE_FROM = 0.08, 0.5
"""What a column of a facing like its neighbour is worth, and from which likeness on."""
_SHAPE, _USUAL_SHAPE = 0.3, 0.5
"""How much a facing of another shape than usual costs, and the usual width by its row's height."""
_NARROW, _BROAD = 0.15, 1.5
_NEVER = -1e9
_TOP, _TOP_SPREAD = 14.0, 22.0
"""Where in a band packs usually end, and how far from there they do."""


@dataclass(frozen=True, slots=True)
class Row:
    """A shelf's opening: the heights of its top and bottom at the picture's left and right side."""

    top: tuple[float, float]
    bottom: tuple[float, float]

    @property
    def height(self) -> float:
        """Its height in the middle, as a share of the picture's."""
        return (sum(self.bottom) - sum(self.top)) / 2

    def at(self, x: float) -> tuple[float, float]:
        """Return the heights of top and bottom at a place across."""
        top, bottom = (one[0] + (one[1] - one[0]) * x for one in (self.top, self.bottom))
        return top, bottom


@dataclass(frozen=True, slots=True)
class _Board:
    """A shelf board's front: its upper and its lower edge in the middle, and its fall."""

    upper: float
    lower: float
    fall: float


def rows_of(lines: Sequence[Line]) -> tuple[Row, ...]:
    """Return the rows between the boards among `lines`, from top to bottom.

    The top row is as high as the others usually are.
    """
    boards = _boards(lines)
    heights = [below.upper - above.lower for above, below in pairwise(boards)]
    usual = float(np.median(heights)) if heights else 0.25
    rows: list[Row] = []
    above: _Board | None = None
    for board in boards:
        top = max(board.upper - 1.15 * usual, 0.0) if above is None else above.lower
        fall = board.fall if above is None else above.fall
        row = Row(_ends(top, fall), _ends(board.upper, board.fall))
        if row.height > _LOWEST:
            rows.append(row)
        above = board
    return tuple(rows)


def _ends(y: float, fall: float) -> tuple[float, float]:
    """Return the heights of a line at the picture's sides."""
    left, right = (min(max(y + side * fall / 2, 0.0), 1.0) for side in (-1, 1))
    return left, right


def _boards(lines: Sequence[Line]) -> list[_Board]:
    """Return the boards among the lines: the surest first, each well apart from the others."""
    surest = sorted(lines, key=lambda one: -one.board)
    least = _BOARD * float(np.mean([one.board for one in surest[:4]])) if surest else 0.0
    chosen: list[Line] = []
    for line in surest:
        if line.board >= least and all(abs(line.y - one.y) >= _APART for one in chosen):
            chosen.append(line)
    return [_with_other_edge(line, lines) for line in sorted(chosen, key=lambda one: one.y)]


def _with_other_edge(line: Line, lines: Sequence[Line]) -> _Board:
    """Return a board from one of its edges: the clearest line near it is the other."""
    near = [
        one.y
        for one in sorted(lines, key=lambda one: -one.clear)
        if 0 < abs(one.y - line.y) <= _THICK and one.clear > 0.35 * line.clear
    ]
    ys = [line.y, *near[:1]]
    return _Board(min(ys), max(ys), line.fall)


def widths_of(row_height: float, columns: int) -> range:
    """Return how many columns a facing may have in a row `row_height` columns high."""
    least = max(7, int(_NARROW * row_height))
    return range(least, max(min(int(_BROAD * row_height) + 2, columns // 2), least + 2))


def cut_row(
    seams: Numbers, likeness: Numbers, widths: range, row_height: float
) -> list[tuple[int, int]]:
    """Return where a row's facings begin and end, in columns: the dearest way to cut it.

    Each facing is worth the seam at its end and its likeness to its neighbour of about the same
    width, and costs a bit, more when its shape is unusual. Found from left to right over all
    widths (a shortest path). `seams` is [columns + 1], `likeness` [widths, columns + 1].
    """
    wide = np.arange(widths.start, widths.stop)
    cost = _EACH + _SHAPE * np.log(wide / (_USUAL_SHAPE * row_height)) ** 2
    alike = _ALIKE * wide[:, None] * np.maximum(likeness - _ALIKE_FROM, -0.2)
    columns = len(seams) - 1
    worth = np.full((columns + 1, len(wide) + 2), _NEVER)  # one width more on either side
    before = np.full((columns + 1, len(wide)), -1)
    best = np.zeros(columns + 1, dtype=int)
    best_worth = np.full(columns + 1, _NEVER)
    for end in range(widths.start, columns + 1):
        fits = min(len(wide), end - widths.start + 1)
        found, came = _reached(end - wide[:fits], widths.start, worth, (best_worth, best), alike)
        worth[end, 1 : fits + 1] = found + seams[end] - cost[:fits]
        before[end, :fits] = came
        best[end] = int(worth[end, 1 : fits + 1].argmax())
        best_worth[end] = worth[end, best[end] + 1]
    last = max(range(columns - widths.start + 1, columns + 1), key=best_worth.__getitem__)
    return _walked_back(last, best[last], before, wide)


def _reached(
    starts: NDArray[np.int_],
    free: int,
    worth: NDArray[np.float64],
    best: tuple[NDArray[np.float64], NDArray[np.int_]],
    alike: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int_]]:
    """Return what it is worth to begin a facing at `starts`, one for each width, and from which.

    Before the first `free` columns nothing need stand: that is -1.
    """
    each = np.arange(len(starts))
    found = np.where(starts < free, 0.0, _NEVER)
    came = np.full(len(starts), -1)
    ways = [(best[0][starts], best[1][starts])]
    ways += [
        (worth[starts, each + step] + alike[each, starts], each + step - 1) for step in (0, 1, 2)
    ]
    for value, width in ways:
        better = value > found
        found, came = np.where(better, value, found), np.where(better, width, came)
    return found, came


def _walked_back(
    end: int, width: int, before: NDArray[np.int_], wide: NDArray[np.int_]
) -> list[tuple[int, int]]:
    """Return the facings of the dearest way, from left to right."""
    found: list[tuple[int, int]] = []
    while width >= 0:
        start = end - int(wide[width])
        found.append((start, end))
        end, width = start, int(before[end, width])
    return found[::-1]


def top_of(edges: Numbers) -> float:
    """Return how far down a band a pack's top is, 0 to 1, from its edges by height, [64]."""
    heights = np.arange(BAND)
    usual = np.exp(-(((heights - _TOP) / _TOP_SPREAD) ** 2))
    usual[:2] *= 0.5  # the board above is no pack's top
    usual[3 * BAND // 4 :] = 0.0
    return float((edges * usual).argmax()) / BAND


def facing_box(row: Row, left: float, right: float, top: float) -> Box:
    """Return the place of a pack that stands in `row` and begins `top` of its height below."""
    upper, lower = row.at((left + right) / 2)
    return Box(left, upper + (lower - upper) * top, right, lower)


def with_gaps(proposed: Sequence[Box], gaps: Sequence[Box], limit: float = 0.3) -> tuple[Box, ...]:
    """Return the proposed facings and the gaps that none of them stands for."""
    if not proposed or not gaps:
        return (*proposed, *gaps)
    most = overlap(as_array(list(gaps)), as_array(list(proposed))).max(axis=1)
    return (*proposed, *(gap for gap, one in zip(gaps, most, strict=True) if one < limit))


def in_order(boxes: Sequence[Box]) -> tuple[tuple[Box, ...], ...]:
    """Return boxes row by row from top to bottom, each row from left to right.

    Boxes are of one row when the middle of one lies within the other.
    """
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda one: one.y1):
        row = next((row for row in rows[-2:] if row[-1].y0 < box.centre[1] < row[-1].y1), None)
        if row is None:
            rows.append([box])
        else:
            row.append(box)
    return tuple(tuple(sorted(row, key=lambda one: one.x0)) for row in rows)
