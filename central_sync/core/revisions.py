"""Chooses, among the revisions a store told of a day, the one that counts.

A day may be told again, and in parts; parts may be missing, or come twice. The highest revision
of which every part is there wins. A store whose database was made anew counts its revisions anew,
so its later life wins over its earlier one. Knows nothing of what a part holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a revision, told at `at`; `row` is where it lies."""

    store: str
    day: date
    epoch: str
    revision: int
    part: int
    parts: int
    at: datetime
    row: int


def rows_that_count(parts: Iterable[Part]) -> tuple[int, ...]:
    """Return the rows of the winning revision of each store's days, in order."""
    told: dict[tuple[str, date, str, int], dict[int, Part]] = {}
    lived: dict[tuple[str, str], datetime] = {}
    for one in parts:
        told.setdefault((one.store, one.day, one.epoch, one.revision), {})[one.part] = one
        life = (one.store, one.epoch)
        lived[life] = max(one.at, lived.get(life, one.at))
    best: dict[tuple[str, date], tuple[datetime, str, int]] = {}
    for (store, day, epoch, revision), found in told.items():
        if _is_whole(found):
            rank = (lived[store, epoch], epoch, revision)
            best[store, day] = max(rank, best.get((store, day), rank))
    return tuple(
        sorted(
            one.row
            for (store, day), (_, epoch, revision) in best.items()
            for one in told[store, day, epoch, revision].values()
        )
    )


def _is_whole(found: dict[int, Part]) -> bool:
    """Tell whether every part of a revision is there."""
    return set(found) == set(range(1, max(one.parts for one in found.values()) + 1))
