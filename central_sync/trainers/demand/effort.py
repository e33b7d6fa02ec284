"""How much a fit may cost: seconds for a few stores, minutes for a chain."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is spent on a fit: rows looked at, trees at most, leaves of each.

    As many `trees` are fitted for the mean as for the median; a store runs them all every night.
    """

    rows: int
    trees: int
    leaves: int
    rate: float
    forest: int = 40
    forest_leaves: int = 63


SMALL = Effort(rows=60_000, trees=80, leaves=15, rate=0.1)
MEDIUM = Effort(rows=150_000, trees=120, leaves=31, rate=0.08)
LARGE = Effort(rows=1_000_000, trees=110, leaves=63, rate=0.1, forest=30)

_MEDIUM_CELLS = 100_000
_LARGE_CELLS = 1_000_000
_LARGE_SERIES = 5_000


def effort_for(cells: int, series: int = 0) -> Effort:
    """Return the effort that suits so many cells, series times periods; many series are worth it.

    Five thousand items of a hundred stores teach more in three months than four hundred in years.
    """
    if cells >= _LARGE_CELLS or series >= _LARGE_SERIES:
        return LARGE
    return MEDIUM if cells >= _MEDIUM_CELLS else SMALL
