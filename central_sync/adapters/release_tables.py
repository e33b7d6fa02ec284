"""Releases and assignments in the centre's database.

Keeps what people and loops decided: which releases there are, and which store should want which,
each with its entry of the audit log in the same write. What a store may trust is the signed
repository's to say, never this table's.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from central_sync.adapters.rollout_rows import read_rollouts
from central_sync.core.rollouts.machine import BY_ITSELF, UNDER_WAY
from central_sync.ports.releases import Assignment, ReleaseRow
from central_sync.ports.training import Champion
from endcap.plumbing import audit_log
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.manifest import ModelManifest, ReleaseManifest

_CHAMPIONS = """
SELECT v.kind, v.folder, v.manifest, a.since FROM model_aliases a
JOIN model_versions v ON v.kind = a.kind AND v.version = a.version WHERE a.alias = 'champion'
"""
_KEEP = """
INSERT INTO releases (release, created, signed_at, revoked_at, manifest, notes)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (release) DO UPDATE SET signed_at = excluded.signed_at, revoked_at = excluded.revoked_at
"""
_ASSIGN = """
INSERT INTO assignments (store, release, assigned, told_at) VALUES (?, ?, ?, NULL)
ON CONFLICT (store) DO UPDATE
SET release = excluded.release, assigned = excluded.assigned, told_at = NULL, expires = NULL,
envelope = NULL
WHERE release <> excluded.release
"""
_ASSIGN_NEW = """
INSERT INTO assignments (store, release, assigned) SELECT store, ?, ? FROM stores
WHERE store NOT IN (SELECT store FROM assignments)
"""


class ReleaseTables:
    """The tables `releases` and `assignments`, and a look at the champions.

    A model's folder may be stored relative to `models`, the registry's folder. `who` orders what is
    changed here, for the audit log.
    """

    def __init__(self, file: SqliteFile, models: Path, who: str = BY_ITSELF) -> None:
        self._file = file
        self._models = models
        self._who = who

    async def training_under_way(self) -> bool:
        """Tell whether a model is being trained now."""
        question = "SELECT EXISTS (SELECT 1 FROM trainings WHERE outcome = 'running') AS busy"
        return bool(await self._file.read(lambda db: db.execute(question).fetchone()["busy"]))

    async def rollout_under_way(self) -> bool:
        """Tell whether a release is on its way to the stores, or back."""
        rollouts = await self._file.read(lambda db: read_rollouts(db, limit=1))
        return any(one.rollout.state in UNDER_WAY for one in rollouts)

    async def champions(self) -> Mapping[str, Champion]:
        """Return the champion of every kind that has one."""
        rows = await self._file.read(lambda db: db.execute(_CHAMPIONS).fetchall())
        return {
            row["kind"]: Champion(
                manifest=ModelManifest.model_validate_json(row["manifest"]),
                folder=self._models / row["folder"],
                since=datetime.fromisoformat(row["since"]),
            )
            for row in rows
        }

    async def releases(self) -> tuple[ReleaseRow, ...]:
        """Return every release, newest first."""
        rows = await self._file.read(
            lambda db: db.execute("SELECT * FROM releases ORDER BY release DESC").fetchall()
        )
        return tuple(_release(row) for row in rows)

    async def keep(self, row: ReleaseRow) -> None:
        """Add a release, or change when it was signed or revoked; its models never change."""
        await self._file.write(lambda db: db.execute(_KEEP, _values(row)))

    async def ways_back(self) -> Mapping[int, int]:
        """Return the releases that lead back, by the release they lead back from."""
        rows = await self._file.read(lambda db: db.execute("SELECT * FROM ways_back").fetchall())
        return {row["release"]: row["back"] for row in rows}

    async def keep_new(self, row: ReleaseRow, back: ReleaseRow | None) -> None:
        """Keep a release and the one that leads back from it, both or none."""

        def change(db: sqlite3.Connection) -> None:
            db.execute(_KEEP, _values(row))
            if back is not None:
                db.execute(_KEEP, _values(back))
                pair = (row.manifest.release, back.manifest.release)
                db.execute("INSERT INTO ways_back (release, back) VALUES (?, ?)", pair)
            made = row.manifest
            what = f"release {made.release}: made" + (f": {made.notes}" if made.notes else "")
            audit_log.note(db, audit_log.Act(self._who, what), made.created)

        await self._file.write(change)

    async def assign(self, release: int, stores: Sequence[str] | None, at: datetime) -> int:
        """Let `stores`, or every known store for None, want `release`; return how many changed."""

        def change(db: sqlite3.Connection) -> int:
            known = stores
            if known is None:
                known = [row["store"] for row in db.execute("SELECT store FROM stores")]
            count = assign_each(db, [(store, release) for store in known], at)
            if count:
                whom = "every known store" if stores is None else ", ".join(stores)
                what = f"release {release}: assigned to {whom}"
                audit_log.note(db, audit_log.Act(self._who, what), at)
            return count

        return await self._file.write(change)

    async def assign_new(self, release: int, at: datetime) -> int:
        """Let the stores that have no assignment yet want `release`; return how many there were."""
        return await self._file.write(lambda db: assign_new(db, release, at))

    async def assignments(self) -> tuple[Assignment, ...]:
        """Return every assignment."""
        rows = await self._file.read(
            lambda db: db.execute("SELECT * FROM assignments ORDER BY store").fetchall()
        )
        return tuple(
            Assignment(
                store=row["store"],
                release=row["release"],
                assigned=datetime.fromisoformat(row["assigned"]),
                told=row["told_at"] is not None,
            )
            for row in rows
        )


def _values(row: ReleaseRow) -> tuple[object, ...]:
    """Return a release as a row."""
    manifest = row.manifest
    return (
        manifest.release,
        manifest.created.isoformat(),
        _text(row.signed_at),
        _text(row.revoked_at),
        manifest.model_dump_json(),
        manifest.notes,
    )


def assign_each(db: sqlite3.Connection, wishes: Sequence[tuple[str, int]], at: datetime) -> int:
    """Let each store want its release, in a transaction of the caller's; return how many changed.

    A store that wants it already is left as it is.
    """
    rows = [(store, release, at.isoformat()) for store, release in wishes]
    return db.executemany(_ASSIGN, rows).rowcount if rows else 0


def assign_new(db: sqlite3.Connection, release: int, at: datetime) -> int:
    """Let the stores that want nothing yet want `release`; return how many there were."""
    return db.execute(_ASSIGN_NEW, (release, at.isoformat())).rowcount


def _release(row: sqlite3.Row) -> ReleaseRow:
    """Return a row as a release."""
    return ReleaseRow(
        manifest=ReleaseManifest.model_validate_json(row["manifest"]),
        signed_at=_moment(row["signed_at"]),
        revoked_at=_moment(row["revoked_at"]),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
