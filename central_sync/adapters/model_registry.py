"""The model registry: files in folders by kind and version, and what became of each training.

`FOLDER/KIND/VERSION/` holds model.onnx, golden.json and manifest.json, written once and never
changed; the tables say which of them is champion and which candidate. What a person changes there
is an entry of the audit log, in the same write. Whether a candidate deserves promotion is the
core's to decide; how one is fitted, the workshop's.
"""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from central_sync.core.evaluation import PartScore
from central_sync.core.training import INTERRUPTED, LEARNS_FROM, Outcome, Past, next_version
from central_sync.ports.identity import By
from central_sync.ports.training import Champion, DataUnusableError
from endcap.plumbing import audit_log
from endcap.plumbing.files import sha256_of, sync_folder, write_atomically
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.manifest import FileRef, Golden, ModelManifest

MANIFEST = "manifest.json"
MAX_MANIFEST = 8 * 1024 * 1024

_ALIAS = """
INSERT INTO model_aliases (kind, alias, version, since) VALUES (?, ?, ?, ?)
ON CONFLICT (kind, alias) DO UPDATE SET version = excluded.version, since = excluded.since
"""
_NAMED = """
SELECT v.folder, v.manifest, a.since FROM model_aliases a
JOIN model_versions v ON v.kind = a.kind AND v.version = a.version
WHERE a.kind = ? AND a.alias = 'champion'
"""
_CHAMPION = "SELECT version FROM model_aliases WHERE kind = ? AND alias = 'champion'"
_STANDING = """
SELECT
    (SELECT count(*) FROM trainings WHERE kind = :kind AND outcome = 'running') AS running,
    (SELECT max(started) FROM trainings WHERE kind = :kind) AS last_started,
    (SELECT events FROM trainings WHERE kind = :kind AND outcome IN ('promoted', 'rejected')
     ORDER BY training DESC LIMIT 1) AS events,
    (SELECT count(*) FROM trainings WHERE kind = :kind AND reason = :interrupted
     AND training > coalesce((SELECT max(training) FROM trainings WHERE kind = :kind
         AND outcome <> 'running' AND reason <> :interrupted), 0)) AS interrupted,
    (SELECT count(DISTINCT store) FROM drift_alarms WHERE closed IS NULL AND :kind = 'demand'
     AND opened_at > coalesce((SELECT max(started) FROM trainings WHERE kind = :kind), '')
    ) AS drifting,
    (SELECT count(*) FROM stores) AS stores,
    (SELECT coalesce(sum(rows), 0) FROM lake_files WHERE kind = :source) + (
        SELECT count(*) FROM review_answers WHERE withdrawn_at IS NULL AND :kind = 'gaps'
    ) AS now
"""
_FINISH = """
UPDATE trainings SET finished = ?, outcome = ?, reason = ?, version = ?, metric = ?,
    candidate = ?, champion = ?, rows = ? WHERE training = ?
"""
_PART = "INSERT INTO training_parts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_REJECT = "DELETE FROM model_aliases WHERE kind = ? AND alias = 'candidate' AND version = ?"
_ABANDON = """
UPDATE trainings SET finished = ?, outcome = 'failed', reason = ? WHERE outcome = 'running'
"""


class ModelRegistry:
    """The registry of one centre: its folder, and its tables in the centre's database."""

    def __init__(self, file: SqliteFile, folder: Path) -> None:
        self._file = file
        self._folder = folder

    # ---- models

    async def champion(self, kind: str) -> Champion | None:
        """Return the model of `kind` that serves, or None."""
        row = await self._file.read(lambda db: db.execute(_NAMED, (kind,)).fetchone())
        if row is None:
            return None
        return Champion(
            manifest=ModelManifest.model_validate_json(row["manifest"]),
            folder=self._folder / row["folder"],
            since=datetime.fromisoformat(row["since"]),
        )

    async def register(self, kind: str, folder: Path, at: datetime) -> ModelManifest:
        """Copy a model's files under the next version of `kind`, as its candidate.

        Raises:
            DataUnusableError: the files are not those that their manifest names.
        """
        return await self._take_in(kind, folder, "candidate", at)

    async def import_references(self, references: Path, at: datetime) -> tuple[str, ...]:
        """Make the packaged models champions of the kinds that have none; return those kinds.

        Raises:
            DataUnusableError: a packaged model is damaged.
        """
        imported = []
        for kind, folder in (await asyncio.to_thread(_packaged, references)).items():
            if await self.champion(kind) is None:
                await self._take_in(kind, folder, "champion", at)
                imported.append(kind)
        return tuple(imported)

    async def promote(self, kind: str, version: str, by: By) -> None:
        """Make a registered version the champion of its kind, because a person says so."""

        def change(db: sqlite3.Connection) -> None:
            row = db.execute(_CHAMPION, (kind,)).fetchone()
            before = row["version"] if row else ""
            _promote(db, kind, version, by.at)
            act = audit_log.Act(by.who, f"model {kind} {version}: champion", before, version)
            audit_log.note(db, act, by.at)

        await self._file.write(change)

    async def reject(self, kind: str, version: str, by: By) -> None:
        """Take the candidate's name from a version, if it has it, because a person says so."""

        def change(db: sqlite3.Connection) -> None:
            if db.execute(_REJECT, (kind, version)).rowcount:
                act = audit_log.Act(by.who, f"model {kind} {version}: no candidate any more")
                audit_log.note(db, act, by.at)

        await self._file.write(change)

    async def _take_in(self, kind: str, folder: Path, alias: str, at: datetime) -> ModelManifest:
        """Copy a model's files and note the version under `alias`."""
        rows = await self._file.read(
            lambda db: db.execute(
                "SELECT version FROM model_versions WHERE kind = ?", (kind,)
            ).fetchall()
        )
        taken = [row["version"] for row in rows]
        manifest = await asyncio.to_thread(self._copy, kind, folder, taken)
        version = manifest.version
        values = (
            kind, version, f"{kind}/{version}", manifest.model.sha256, at.isoformat(),
            manifest.model_dump_json(),
        )  # fmt: skip

        def note(db: sqlite3.Connection) -> None:
            db.execute("INSERT INTO model_versions VALUES (?, ?, ?, ?, ?, ?)", values)
            db.execute(_ALIAS, (kind, alias, version, at.isoformat()))

        await self._file.write(note)
        return manifest

    def _copy(self, kind: str, folder: Path, taken: list[str]) -> ModelManifest:
        """Copy checked files into their place; what a crash left there before is replaced."""
        manifest, files = read_model(folder)
        if manifest.kind != kind:
            raise DataUnusableError(f"{folder} holds a model of {manifest.kind}, not of {kind}")
        version = next_version(taken) if taken else manifest.version
        manifest = manifest.model_copy(update={"version": version})
        files[MANIFEST] = manifest.model_dump_json(indent=2).encode() + b"\n"
        place = self._folder / kind / version
        part = place.with_name(f".{version}.part")
        for leftover in (part, place):
            shutil.rmtree(leftover, ignore_errors=True)
        for name, content in files.items():
            write_atomically(part / name, content, mode=0o444)
        os.rename(part, place)  # noqa: PTH104 - a folder, in one step
        sync_folder(place.parent)
        return manifest

    # ---- trainings

    async def standing(self, kind: str) -> tuple[Past, int]:
        """Return what was tried of `kind`, and how many events the lake has for it now."""
        source = LEARNS_FROM.get(kind, "")
        asked = {"kind": kind, "source": source, "interrupted": INTERRUPTED}
        row = await self._file.read(lambda db: db.execute(_STANDING, asked).fetchone())
        started = row["last_started"]
        past = Past(
            running=bool(row["running"]),
            last_started=datetime.fromisoformat(started) if started else None,
            events=row["events"] or 0,
            interrupted=row["interrupted"],
            drifting=row["drifting"],
            stores=row["stores"],
        )
        return past, int(row["now"])

    async def begin(self, kind: str, events: int, at: datetime, cause: str) -> int:
        """Journal that a training begins, and why; return its number."""
        insert = (
            "INSERT INTO trainings (kind, started, outcome, reason, events, cause) "
            "VALUES (?, ?, 'running', '', ?, ?)"
        )
        values = (kind, at.isoformat(), events, cause)
        number = await self._file.write(lambda db: db.execute(insert, values).lastrowid)
        return number or 0

    async def finish(
        self, training: int, outcome: Outcome, version: str | None, at: datetime
    ) -> None:
        """Journal how a training ended; a promoted version is champion in the same write."""
        found = outcome.verdict
        figures = (found.metric, found.candidate, found.champion, found.rows) if found else _NONE
        parts = [(training, *one) for one in _part_rows(found.parts if found else ())]
        values = (at.isoformat(), outcome.ending, outcome.reason, version, *figures, training)

        def close(db: sqlite3.Connection) -> None:
            db.execute(_FINISH, values)
            db.executemany(_PART, parts)
            kind = db.execute("SELECT kind FROM trainings WHERE training = ?", (training,))
            if outcome.ending == "promoted" and version is not None:
                _promote(db, kind.fetchone()["kind"], version, at)

        await self._file.write(close)

    async def abandon(self, at: datetime) -> int:
        """Fail every training that never came to an end; return how many."""
        values = (at.isoformat(), INTERRUPTED)
        return await self._file.write(lambda db: db.execute(_ABANDON, values).rowcount)


_NONE = (None, None, None, None)


def _part_rows(parts: tuple[PartScore, ...]) -> Iterator[tuple[object, ...]]:
    """Yield the parts of a verdict as rows, in their order."""
    for place, one in enumerate(parts):
        figures = (one.rows, one.share, one.candidate, one.champion, one.low, one.high)
        yield (place, one.by, one.name, *figures)


def _promote(db: sqlite3.Connection, kind: str, version: str, at: datetime) -> None:
    """Give a version the alias of the champion; it is no candidate any more."""
    db.execute(_ALIAS, (kind, "champion", version, at.isoformat()))
    db.execute(_REJECT, (kind, version))


def _packaged(references: Path) -> dict[str, Path]:
    """Return the folder of each model that came with the program, by its kind."""
    folders = sorted(one.parent for one in references.glob(f"*/{MANIFEST}"))
    return {read_manifest(folder).kind: folder for folder in folders}


def read_manifest(folder: Path) -> ModelManifest:
    """Return the manifest of the model in `folder`.

    Raises:
        DataUnusableError: there is none, or it is damaged.
    """
    try:
        return ModelManifest.model_validate_json((folder / MANIFEST).read_bytes()[:MAX_MANIFEST])
    except OSError as error:
        raise DataUnusableError(f"{folder / MANIFEST} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise DataUnusableError(f"{folder / MANIFEST} is no model manifest") from error


def read_model(folder: Path) -> tuple[ModelManifest, dict[str, bytes]]:
    """Return the manifest in `folder` and the files it names, by the names it gives them.

    Raises:
        DataUnusableError: a file is missing, or is not the one that the manifest names.
    """
    manifest = read_manifest(folder)
    files = {one.file: _checked(folder, one) for one in (manifest.model, manifest.golden)}
    try:
        Golden.model_validate_json(files[manifest.golden.file])
    except ValidationError as error:
        raise DataUnusableError(f"{folder / manifest.golden.file} is no golden file") from error
    return manifest, files


def _checked(folder: Path, wanted: FileRef) -> bytes:
    """Return a file's bytes when they are those that the manifest names."""
    path = folder / wanted.file
    if Path(wanted.file).name != wanted.file:
        raise DataUnusableError(f"{folder / MANIFEST} names a file elsewhere: {wanted.file}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataUnusableError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) != wanted.length or sha256_of(content) != wanted.sha256:
        raise DataUnusableError(f"{path} is not the file that its manifest names")
    return content
