"""The tables of rollouts: plans, journals, approvals, and what each store was given, when and why.

Keeps what was decided, with the assignments that follow and the entry of the audit log in the same
transaction; which release a store may trust is the signed repository's to say. Decides nothing.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from central_sync.adapters.plan_file import plan_as_json
from central_sync.adapters.release_tables import assign_each, assign_new
from central_sync.adapters.rollout_rows import live_releases, read_rollouts, read_stores, ways_back
from central_sync.core.releases import champions_after
from central_sync.core.rollouts.decision import Decision
from central_sync.core.rollouts.facts import Store
from central_sync.core.rollouts.machine import (
    BY_ITSELF,
    BY_PEOPLE,
    UNDER_WAY,
    Entry,
    Event,
    Rollout,
)
from central_sync.core.rollouts.plan import Plan
from central_sync.core.rollouts.succession import (
    RolloutRefusedError,
    allowed,
    begun,
    due,
    fleet_runs,
)
from central_sync.ports.rollouts import KeptRollout
from endcap.plumbing import audit_log
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.manifest import ReleaseManifest

_START = """
INSERT INTO rollouts (release, base, fallback, plan, started_by, started) VALUES (?, ?, ?, ?, ?, ?)
"""
_CONTENTS = """
SELECT json_extract(manifest, '$.models'), json_extract(manifest, '$.settings') FROM releases
WHERE release = ?
"""
_MANIFEST = "SELECT manifest FROM releases WHERE release = ?"
_CHAMPIONS = """
SELECT a.kind, v.sha256 FROM model_aliases a
JOIN model_versions v ON v.kind = a.kind AND v.version = a.version WHERE a.alias = 'champion'
"""
_REINSTATE = """
UPDATE model_aliases SET since = :at, version = (
    SELECT version FROM model_versions WHERE kind = :kind AND sha256 = :sha256
    ORDER BY created DESC LIMIT 1)
WHERE alias = 'champion' AND kind = :kind
    AND EXISTS (SELECT 1 FROM model_versions WHERE kind = :kind AND sha256 = :sha256)
"""
_ENTRY = "INSERT INTO rollout_journal (rollout, entry, event, at, reason, by) VALUES (?,?,?,?,?,?)"
_APPROVE = "INSERT OR IGNORE INTO rollout_approvals (rollout, wave, by, at) VALUES (?, ?, ?, ?)"
_WISH = """
INSERT INTO rollout_wishes (rollout, store, release, wave, at, reason) VALUES (?, ?, ?, ?, ?, ?)
"""
_AUDITED = BY_PEOPLE | {Event.GATE_FAILED}


class RolloutTables:
    """Keeps the promises of central_sync.ports.rollouts, and takes the orders of people."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def rollouts(self) -> tuple[KeptRollout, ...]:
        """Return every rollout, newest first."""
        return await self._file.read(read_rollouts)

    async def stores(self, kept: KeptRollout, at: datetime) -> Sequence[Store]:
        """Return every known store, as it matters to one rollout."""
        return await self._file.read(lambda db: read_stores(db, kept, at))

    async def record(self, kept: KeptRollout, decision: Decision, at: datetime) -> bool:
        """Keep a decision and what stores should want by it; False when it comes too late."""
        return await self._file.write(lambda db: _record(db, kept, decision, at))

    async def start(self, release: int, plan: Plan, by: str, at: datetime) -> Rollout:
        """Begin a rollout.

        Raises:
            RolloutRefusedError: it may not begin.
        """
        return await self._file.write(lambda db: _start(db, release, plan, by, at))

    async def start_due(self, plan: Plan, by: str, at: datetime) -> Rollout | None:
        """Begin a rollout of the release that is due; None when there is none."""

        def change(db: sqlite3.Connection) -> Rollout | None:
            forward = live_releases(db) - set(ways_back(db).values())
            rollouts = [one.rollout for one in read_rollouts(db)]
            release = due(forward, rollouts, _runs(db))
            return _start(db, release, plan, by, at) if release else None

        return await self._file.write(change)

    async def give_new(self, at: datetime) -> int:
        """Let stores that want nothing yet want what is allowed to all; return how many."""

        def change(db: sqlite3.Connection) -> int:
            rollouts = [one.rollout for one in read_rollouts(db)]
            release = allowed(rollouts, live_releases(db))
            return assign_new(db, release, at) if release else 0

        return await self._file.write(change)

    async def order(self, number: int, entry: Entry) -> Rollout:
        """Keep what a person ordered; the stores hear of it with the next decision.

        Raises:
            RolloutRefusedError: there is no such rollout, or no way back.
            NoSuchTransitionError: the rollout does not stand where this can be done.
        """

        def change(db: sqlite3.Connection) -> Rollout:
            kept = _one(db, number)
            if entry.event is Event.REVERT and not kept.rollout.fallback:
                raise RolloutRefusedError(
                    f"release {kept.rollout.release} has no way back; see `release revert`"
                )
            after = kept.rollout.after(entry)
            _add_entry(db, kept, entry)
            return after

        return await self._file.write(change)

    async def approve(self, number: int, by: str, at: datetime) -> KeptRollout:
        """Keep that a person agrees to the present wave.

        Raises:
            RolloutRefusedError: there is no such rollout, it is over, or the person started it.
        """

        def change(db: sqlite3.Connection) -> KeptRollout:
            rollout = _one(db, number).rollout
            if rollout.state not in UNDER_WAY:
                raise RolloutRefusedError(f"rollout {number} is {rollout.state.value}")
            if by.casefold() == rollout.started_by.casefold():
                raise RolloutRefusedError(f"{by} started rollout {number}; another must agree")
            if db.execute(_APPROVE, (number, rollout.wave, by, at.isoformat())).rowcount:
                _note(db, rollout, audit_log.Act(by, f"agrees to wave {rollout.wave + 1}"), at)
            return _one(db, number)

        return await self._file.write(change)


def _one(db: sqlite3.Connection, number: int) -> KeptRollout:
    found = read_rollouts(db, number)
    if not found:
        raise RolloutRefusedError(f"there is no rollout {number}; see `rollout list`")
    return found[0]


def _runs(db: sqlite3.Connection) -> int:
    """Return the release that the fleet runs."""
    assigned = (row["release"] for row in db.execute("SELECT release FROM assignments"))
    return fleet_runs(assigned, live_releases(db))


def _same_models(db: sqlite3.Connection, one: int, other: int) -> bool:
    """Tell whether two releases run the same models with the same settings."""
    contents = [tuple(db.execute(_CONTENTS, (release,)).fetchone()) for release in (one, other)]
    return contents[0] == contents[1]


def _start(db: sqlite3.Connection, release: int, plan: Plan, by: str, at: datetime) -> Rollout:
    """Begin a rollout, in a transaction of the caller's."""
    back, live = ways_back(db), live_releases(db)
    rollouts = [one.rollout for one in read_rollouts(db)]
    fallback, base = begun(release, live - set(back.values()), back, rollouts), _runs(db)
    if fallback not in live or base not in live or not _same_models(db, fallback, base):
        fallback = 0  # it was made when the fleet ran something else
    values = (release, base, fallback, plan_as_json(plan), by, at.isoformat())
    number = db.execute(_START, values).lastrowid
    rollout = _one(db, number or 0).rollout
    _note(db, rollout, audit_log.Act(by, "started", after=rollout.state.value), at)
    return rollout


def _record(db: sqlite3.Connection, kept: KeptRollout, decision: Decision, at: datetime) -> bool:
    """Keep a decision, in a transaction of the caller's."""
    number = kept.rollout.number
    if _one(db, number).journal != kept.journal:
        return False
    if decision.entry is not None:
        _add_entry(db, kept, decision.entry)
    assign_each(db, [(wish.store, wish.release) for wish in decision.wishes], at)
    wave, when = decision.rollout.wave, at.isoformat()
    rows = [(number, one.store, one.release, wave, when, one.reason) for one in decision.wishes]
    db.executemany(_WISH, rows)
    return True


def _add_entry(db: sqlite3.Connection, kept: KeptRollout, entry: Entry) -> None:
    """Write the next line of a rollout's journal."""
    at = entry.at.isoformat()
    line = len(kept.journal) + 1
    values = (kept.rollout.number, line, entry.event.value, at, entry.reason, entry.by)
    db.execute(_ENTRY, values)
    if entry.event in _AUDITED:
        _note(db, kept.rollout, _act(kept.rollout, entry), entry.at)
    if entry.event is Event.REVERT:
        _reinstate(db, kept.rollout, at)


def _act(rollout: Rollout, entry: Entry) -> audit_log.Act:
    """Return what an entry of a rollout's journal is to the audit log."""
    said = entry.event.value.replace("_", " ") + (f": {entry.reason}" if entry.reason else "")
    after = rollout.after(entry).state.value
    return audit_log.Act(entry.by or BY_ITSELF, said, rollout.state.value, after)


def _note(db: sqlite3.Connection, rollout: Rollout, act: audit_log.Act, at: datetime) -> None:
    """Note in the audit log what was done to a rollout."""
    what = f"rollout {rollout.number} of release {rollout.release}: {act.what}"
    audit_log.note(db, replace(act, what=what), at)


def _reinstate(db: sqlite3.Connection, rollout: Rollout, at: str) -> None:
    """Make the models of the way back champions again.

    Otherwise the next candidate would be measured by the model that the fleet has just refused.
    """
    gone, back = (
        ReleaseManifest.model_validate_json(db.execute(_MANIFEST, (one,)).fetchone()["manifest"])
        for one in (rollout.release, rollout.fallback)
    )
    champions = {row["kind"]: row["sha256"] for row in db.execute(_CHAMPIONS)}
    for kind, sha256 in champions_after(gone, back, champions).items():
        db.execute(_REINSTATE, {"kind": kind, "sha256": sha256, "at": at})
