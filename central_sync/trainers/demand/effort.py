"""How much a fit may cost: seconds for a few stores, minutes for a chain."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is spent on a fit: rows looked at, trees of the mean at most, leaves of each."""

    rows: int
    trees: int
    leaves: int
    rate: float
    forest: int = 40
    forest_leaves: int = 63


SMALL = Effort(rows=60_000, trees=80, leaves=15, rate=0.1)
LARGE = Effort(rows=1_000_000, trees=360, leaves=63, rate=0.06)

_LARGE_CELLS = 100_000


def effort_for(cells: int) -> Effort:
    """Return the effort that suits so many cells: series times periods."""
    return LARGE if cells >= _LARGE_CELLS else SMALL
