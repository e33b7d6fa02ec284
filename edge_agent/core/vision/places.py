"""Where facings are: those of the planogram, and, without one, places where gaps were ever seen.

A detector's box has no name. The place it covers gets one, and keeps it for as long as the place
is of interest, so that the same watch serves a store that has no planogram.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from edge_agent.core.feed.shelf import Facing
from endcap.models.gaps.boxes import Box, Detection, as_array, overlap

SAME = 0.3
"""Two boxes that overlap by more are one place."""

MOVED = 0.5
"""A facing whose box overlaps less with where it was stands somewhere else."""

MOST = 200
"""Places remembered of one camera; a picture of noise must not fill the memory."""


def box_of(facing: Facing) -> Box:
    """Return where a facing of the planogram is on the picture."""
    return Box(facing.x, facing.y, facing.x + facing.w, facing.y + facing.h)


def same_place(was: Facing | None, now: Facing | None) -> bool:
    """Return whether a facing is still where it was, with the same item."""
    if was is None or now is None or was.gtin != now.gtin:
        return False
    return float(overlap(as_array([box_of(was)]), as_array([box_of(now)]))[0, 0]) > MOVED


def hidden_facings(
    boxes: Mapping[str, Box], moving: Sequence[Sequence[bool]], share: float = 0.34
) -> frozenset[str]:
    """Return the facings before which something moves.

    `moving` is a grid over the picture, row by row. Where most of the picture changes at once, the
    light did, and nothing is hidden.
    """
    cells = [cell for row in moving for cell in row]
    if not cells or sum(cells) > 0.6 * len(cells):
        return frozenset()
    return frozenset(name for name, box in boxes.items() if _moving(box, moving) > share)


def _moving(box: Box, moving: Sequence[Sequence[bool]]) -> float:
    """Return which share of the grid's cells under `box` move."""
    rows, columns = len(moving), len(moving[0])
    down = range(*_span(box.y0, box.y1, rows))
    across = range(*_span(box.x0, box.x1, columns))
    under = [moving[row][column] for row in down for column in across]
    return sum(under) / len(under)


def _span(low: float, high: float, cells: int) -> tuple[int, int]:
    """Return the cells a span touches: at least one."""
    first = min(max(int(low * cells), 0), cells - 1)
    return first, min(max(int(high * cells) + 1, first + 1), cells)


@dataclass(frozen=True, slots=True)
class Places:
    """Places where a detector saw gaps, by the name each was given."""

    known: Mapping[str, Box] = field(default_factory=dict)

    def saw(self, detections: Sequence[Detection]) -> tuple["Places", dict[str, float]]:
        """Take in a picture's detections, best first.

        Returns the places and how probable a gap is at each: 0 where none was seen.
        """
        known = dict(self.known)
        probabilities = dict.fromkeys(known, 0.0)
        for detection in detections:
            name = _place_of(detection.box, known)
            if name is None and len(known) < MOST:
                name = _name(detection.box, known)
                known[name] = detection.box
            if name is not None:
                probabilities[name] = max(probabilities.get(name, 0.0), detection.score)
        return Places(known), probabilities

    def keeping(self, interesting: Collection[str]) -> "Places":
        """Return the places without those nobody is interested in any more."""
        return replace(self, known={n: box for n, box in self.known.items() if n in interesting})


def _place_of(box: Box, known: Mapping[str, Box]) -> str | None:
    """Return the name of the place `box` covers best, None for a new one."""
    if not known:
        return None
    overlaps = overlap(as_array([box]), as_array(list(known.values())))[0].tolist()
    best = max(range(len(overlaps)), key=overlaps.__getitem__)
    return list(known)[best] if overlaps[best] > SAME else None


def _name(box: Box, known: Mapping[str, Box]) -> str:
    """Return a name no other place has, from the middle of the box in percent."""
    x, y = box.centre
    name = f"at-{round(100 * x):02d}-{round(100 * y):02d}"
    while name in known:
        name += "x"
    return name
