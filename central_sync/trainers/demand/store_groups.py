"""Which stores are worked together: as many as fit in a worker's memory.

The groups depend on the data alone, never on how many workers there are, so that the same data
gives the same models.
"""

from collections.abc import Sequence

from central_sync.ports.executor import Group
from central_sync.trainers.demand.layouts.endcap_sales import Frame

ROWS_A_GROUP = 2_000_000
"""So many rows of sales, and the panel made of them, fit in some hundred megabytes."""

Stores = tuple[Frame, tuple[str, ...]]
"""Some stores of a frame."""


def store_groups(frame: Frame, most: int = ROWS_A_GROUP) -> Sequence[Group[Stores]]:
    """Return all stores in groups of at most so many rows, each with one store at least."""
    groups: list[list[str]] = []
    rows = 0
    for name, count in frame.stores:
        if not groups or rows + count > most:
            groups.append([])
            rows = 0
        groups[-1].append(name)
        rows += count
    return [Group(_name(some), (frame, tuple(some))) for some in groups]


def _name(stores: Sequence[str]) -> str:
    """Return what a group of stores is called."""
    return stores[0] if len(stores) == 1 else f"{stores[0]} to {stores[-1]}"
