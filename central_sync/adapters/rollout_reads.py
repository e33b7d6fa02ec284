"""Reads how rollouts go from the centre's database, for the dashboard and the commands."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from central_sync.adapters.rollout_rows import read_rollouts, read_stores
from central_sync.core.overview import Moment
from central_sync.core.rollouts.decision import Question
from central_sync.core.rollouts.facts import Store
from central_sync.core.rollouts.progress import Progress, progress
from central_sync.ports.reads import CentreUnreadableError
from central_sync.ports.rollouts import KeptRollout
from endcap.plumbing.sqlite_file import SqliteFile, StorageError
from endcap.wire.events import UpdateAdvanced

T = TypeVar("T")

_GIVEN = "SELECT at, release, reason FROM rollout_wishes WHERE rollout = ? AND store = ?"
_TOLD = """
SELECT time, json_extract(body, '$.release') AS release, json_extract(body, '$.state') AS state,
    json_extract(body, '$.reason') AS reason
FROM events WHERE store = ? AND kind = ? AND json_extract(body, '$.release') IN (?, ?)
"""


class RolloutReads:
    """Keeps the promises of central_sync.ports.reads.RolloutReads."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def rollouts(self, limit: int) -> tuple[KeptRollout, ...]:
        """Return the last rollouts, newest first."""
        return await self._ask(lambda db: read_rollouts(db, limit=limit))

    async def rollout(self, number: int, at: datetime) -> Progress | None:
        """Return how a rollout goes; None when there is none of that number."""
        return await self._ask(lambda db: read_progress(db, number, at))

    async def exposed(self, number: int, after: str, limit: int, at: datetime) -> tuple[Store, ...]:
        """Return at most `limit` stores that got the release, whose names come after `after`."""

        def question(db: sqlite3.Connection) -> tuple[Store, ...]:
            stores = [
                one for kept in read_rollouts(db, number) for one in read_stores(db, kept, at)
            ]
            return tuple(one for one in stores if one.exposed and one.store > after)[:limit]

        return await self._ask(question)

    async def timeline(self, number: int, store: str) -> tuple[Moment, ...]:
        """Return what happened to a store in a rollout, in order."""
        return await self._ask(lambda db: _timeline(db, number, store))

    async def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._file.read(question)
        except (StorageError, sqlite3.Error) as error:
            raise CentreUnreadableError(str(error)) from error


def read_progress(db: sqlite3.Connection, number: int, at: datetime) -> Progress | None:
    """Return how a rollout goes, from any connection to the centre's database."""
    for kept in read_rollouts(db, number):
        stores = read_stores(db, kept, at)
        asked = Question(kept.plan, kept.rollout, stores, kept.approvals, at)
        return progress(asked, kept.begun, kept.journal)
    return None


def _timeline(db: sqlite3.Connection, number: int, store: str) -> tuple[Moment, ...]:
    """Return what a store was given, and what it told, in the order of its time."""
    found: list[Moment] = []
    for kept in read_rollouts(db, number):
        for row in db.execute(_GIVEN, (number, store)):
            at = datetime.fromisoformat(row["at"])
            found.append(Moment(at, "assigned", row["release"], row["reason"]))
        releases = (kept.rollout.release, kept.rollout.fallback)
        for row in db.execute(_TOLD, (store, UpdateAdvanced.kind, *releases)):
            at = datetime.fromisoformat(row["time"])
            found.append(Moment(at, row["state"], row["release"], row["reason"] or ""))
    return tuple(sorted(found, key=lambda one: one.at))
