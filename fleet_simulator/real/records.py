"""What the centre's database says of a rehearsal: releases, rollouts, and when stores were told.

Reads rows; what they mean for the rules is account.py's.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from central_sync.adapters.rollout_rows import live_releases, read_rollouts
from central_sync.core.rollouts.machine import Event
from central_sync.ports.rollouts import KeptRollout
from endcap.plumbing.sqlite_file import SqliteFile

_WISHES = "SELECT store, release, at FROM rollout_wishes WHERE rollout = ? ORDER BY wish"
_ASSIGNED = "SELECT store, release, counter FROM assignments"
_COMMITS = """
SELECT release, min(at) AS at FROM update_journal WHERE state = 'committed' GROUP BY release
"""


@dataclass(frozen=True, slots=True)
class Wished:
    """A store was told what to want."""

    store: str
    release: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """A rollout, and whom it told what."""

    kept: KeptRollout
    wishes: tuple[Wished, ...]

    @property
    def stopped(self) -> datetime | None:
        """Return when a gate stopped it."""
        found = (one.at for one in self.kept.journal if one.event is Event.GATE_FAILED)
        return next(found, None)


@dataclass(frozen=True, slots=True)
class Records:
    """All that the centre knows: its rollouts, the releases that are live, who wants what."""

    rollouts: tuple[Told, ...]
    live: frozenset[int]
    assigned: dict[str, int]
    counters: dict[str, int]


async def read_records(file: SqliteFile) -> Records:
    """Return what the centre's database says now."""
    return await file.read(_records)


def _records(db: sqlite3.Connection) -> Records:
    rollouts = tuple(
        Told(
            kept,
            tuple(
                Wished(row["store"], row["release"], datetime.fromisoformat(row["at"]))
                for row in db.execute(_WISHES, (kept.rollout.number,))
            ),
        )
        for kept in reversed(read_rollouts(db))
    )
    rows = db.execute(_ASSIGNED).fetchall()
    return Records(
        rollouts,
        live_releases(db),
        {row["store"]: row["release"] for row in rows},
        {row["store"]: row["counter"] for row in rows},
    )


def read_commits(db: sqlite3.Connection) -> dict[int, datetime]:
    """Return when a store committed each release, from its own database."""
    rows = db.execute(_COMMITS).fetchall()
    return {row["release"]: datetime.fromisoformat(row["at"]) for row in rows}
