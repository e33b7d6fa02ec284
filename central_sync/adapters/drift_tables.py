"""Where the tests for drift stand, and the alarms they opened, in the centre's database.

A step reads what is not judged yet, moves the tests and journals the alarms in one write: it is
done whole or not at all, and never twice. What drift is, core/drift decides.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from pydantic import TypeAdapter

from central_sync.core.drift import WHOLE_STORE, Change, Score, Watch, watched
from central_sync.ports.drift import Drifted, Judged
from endcap.plumbing.sqlite_file import SqliteFile

_WATCH = TypeAdapter(Watch)
_STORES = """
SELECT DISTINCT store FROM forecast_scores WHERE judged = 0 ORDER BY store LIMIT ?
"""
_NEW = """
SELECT item_group, day, items, covered, units, absolute_error, error FROM forecast_scores
WHERE store = ? AND judged = 0 ORDER BY item_group, day
"""
_JUDGED = "UPDATE forecast_scores SET judged = 1 WHERE store = ? AND judged = 0"
_WATCHES = "SELECT item_group, watch FROM drift_watches WHERE store = ?"
_KEEP = """
INSERT INTO drift_watches (store, item_group, watch) VALUES (?, ?, ?)
ON CONFLICT (store, item_group) DO UPDATE SET watch = excluded.watch
"""
_OLD = """
SELECT DISTINCT store FROM forecast_scores WHERE item_group = '' AND day < ? LIMIT ?
"""
_DELETE = "DELETE FROM forecast_scores WHERE store = ? AND day < ?"
_LATER = timedelta(days=30)
_OPEN = """
INSERT OR IGNORE INTO drift_alarms (store, item_group, sign, since, opened, opened_at, why)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_CLOSE = """
UPDATE drift_alarms SET closed = ?, closed_at = ?
WHERE store = ? AND item_group = ? AND sign = ? AND closed IS NULL
"""


class DriftTables:
    """Keeps the promises of DriftBook."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def judge(self, stores: int, at: datetime) -> Judged:
        """Take in what is new of at most `stores` stores."""
        return await self._file.write(lambda db: judge(db, stores, at))

    async def forget(self, day: date, stores: int) -> int:
        """Delete the scores of days before `day`, of at most `stores` stores; return how many."""
        return await self._file.write(lambda db: _forget(db, day, stores))


def judge(db: sqlite3.Connection, stores: int, at: datetime) -> Judged:
    """Do what DriftTables.judge does, inside a transaction of the caller's."""
    names = [row["store"] for row in db.execute(_STORES, (stores,))]
    return Judged(len(names), tuple(one for name in names for one in _store(db, name, at)))


def _store(db: sqlite3.Connection, store: str, at: datetime) -> Iterator[Drifted]:
    """Judge one store's new scores.

    A day to come is a clock gone wrong; taken in, it would make every real day a late one.
    """
    kept = {row["item_group"]: row["watch"] for row in db.execute(_WATCHES, (store,))}
    latest = (at + timedelta(days=1)).date()
    new = [row for row in db.execute(_NEW, (store,)) if row["day"] <= latest.isoformat()]
    told = {group: list(rows) for group, rows in groupby(new, key=lambda row: row["item_group"])}
    groups = max(1, len((set(kept) | set(told)) - {WHOLE_STORE}))
    for group, rows in told.items():
        before = _WATCH.validate_json(kept[group]) if group in kept else Watch()
        shared = 1 if group == WHOLE_STORE else groups
        after, changes = watched(before, (_score(row) for row in rows), shared)
        db.execute(_KEEP, (store, group, _WATCH.dump_json(after).decode()))
        _journal(db, (store, group), changes, at)
        yield from (Drifted(store, group, change) for change in changes)
    db.execute(_JUDGED, (store,))


def _forget(db: sqlite3.Connection, day: date, stores: int) -> int:
    """Delete a store's old scores once a month of them is too old: each time reads all it has."""
    oldest, before = (day - _LATER).isoformat(), day.isoformat()
    db.execute("DELETE FROM fleet_scores WHERE day < ?", (before,))
    names = [row["store"] for row in db.execute(_OLD, (oldest, stores))]
    db.executemany(_DELETE, ((name, before) for name in names))
    return len(names)


def _journal(
    db: sqlite3.Connection, place: tuple[str, str], changes: Sequence[Change], at: datetime
) -> None:
    """Write down which alarms opened and ended."""
    for one in changes:
        day = one.day.isoformat()
        if one.opened:
            since = one.since.isoformat()
            db.execute(_OPEN, (*place, one.sign, since, day, at.isoformat(), one.why))
        else:
            db.execute(_CLOSE, (day, at.isoformat(), *place, one.sign))


def _score(row: sqlite3.Row) -> Score:
    """Return a row as what it says."""
    return Score(
        day=date.fromisoformat(row["day"]),
        items=row["items"],
        covered=row["covered"],
        units=row["units"],
        absolute_error=row["absolute_error"],
        error=row["error"],
    )
