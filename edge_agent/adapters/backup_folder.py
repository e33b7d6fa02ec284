"""A backup of a store: its database as of one moment and its configuration, in a folder.

Keys, models and metadata are not in it: keys must never travel, the rest is brought again. Who was
erased is in it, as marks, so that they stay erased where the backup is the first to arrive. What is
restored begins a new epoch, for the centre has seen more of the old one than the backup knows;
events that waited go again under new numbers, and mean the same however often they arrive.
"""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from endcap.plumbing.files import sha256_of, sync_folder, write_atomically
from endcap.plumbing.sqlite_file import connect

DATABASE = "store.db"
CONFIG = "edge.toml"
LABEL = "backup.json"
ASIDE = ".before-restore"
ERASED = "erased"
"""The file of who was erased, beside the database."""


class BackupError(Exception):
    """A backup cannot be made or used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a backup says of itself."""

    store: str
    made: datetime
    sha256: str


def make(database: Path, config: Path, out: Path, store: str, at: datetime) -> Label:
    """Write a backup into the new folder `out`, while the agent may be running.

    Raises:
        BackupError: there is nothing to back up, or `out` cannot be made.
    """
    if out.exists():
        raise BackupError(f"{out} exists already; name a folder that does not")
    if not database.exists():
        raise BackupError(f"there is no database {database}; has the agent ever run?")
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True, mode=0o700)
        _copy_database(database, part / DATABASE)
        write_atomically(part / CONFIG, config.read_bytes(), mode=0o600)
        _copy_marks(database.parent, part)
        label = Label(store, at, sha256_of((part / DATABASE).read_bytes()))
        told = {"store": store, "made": at.isoformat(), "sha256": label.sha256}
        write_atomically(part / LABEL, json.dumps(told).encode(), mode=0o600)
        part.rename(out)
        sync_folder(out.parent)
    except (OSError, sqlite3.Error) as error:
        shutil.rmtree(part, ignore_errors=True)
        raise BackupError(f"{out} cannot be written: {error}") from error
    return label


def _copy_database(source: Path, target: Path) -> None:
    """Copy a database as of one moment, as one file that needs no other."""
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=10)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy, pages=1000, sleep=0.01)
        copy.execute("PRAGMA journal_mode=DELETE").close()
    target.chmod(0o600)
    with target.open("rb") as file:
        os.fsync(file.fileno())


def _copy_marks(source: Path, target: Path) -> None:
    """Copy who was erased, unless that is known in `target` already."""
    if (source / ERASED).exists() and not (target / ERASED).exists():
        write_atomically(target / ERASED, (source / ERASED).read_bytes(), mode=0o600)


def read_label(folder: Path) -> Label:
    """Return what a backup says of itself, once its database is proven to be the one it names.

    Raises:
        BackupError: the folder is no backup, or it is damaged.
    """
    try:
        told = json.loads((folder / LABEL).read_bytes())
        label = Label(told["store"], datetime.fromisoformat(told["made"]), told["sha256"])
        content = (folder / DATABASE).read_bytes()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{folder} is no backup: {error}") from error
    if sha256_of(content) != label.sha256:
        raise BackupError(f"{folder / DATABASE} is damaged; take another backup")
    return label


def restore(folder: Path, database: Path, epoch: str) -> Path | None:
    """Put a backup in the place of `database`, as `epoch`; return where the old one went.

    The agent must not be running.

    Raises:
        BackupError: the backup is unusable, or the place cannot be written.
    """
    read_label(folder)
    part = database.with_name(f".{database.name}.part")
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        _copy_marks(folder, database.parent)
        part.touch(mode=0o600)
        shutil.copyfile(folder / DATABASE, part)
        with closing(connect(part)) as db:
            _begin_epoch(db, epoch)
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        aside = _put_aside(database)
        part.replace(database)
        sync_folder(database.parent)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"{database} cannot be restored: {error}") from error
    return aside


def _begin_epoch(db: sqlite3.Connection, epoch: str) -> None:
    """Give the database a new epoch: what waits is numbered from 1, without holes."""
    for statement in (
        "BEGIN IMMEDIATE",
        "DELETE FROM outbox WHERE acked != 0",
        "CREATE TEMP TABLE waiting AS SELECT * FROM outbox ORDER BY seq",
        "DELETE FROM outbox",
        "DELETE FROM sqlite_sequence WHERE name = 'outbox'",
        (
            "INSERT INTO outbox (kind, priority, time, clock_ok, body)"
            " SELECT kind, priority, time, clock_ok, body FROM waiting ORDER BY seq"
        ),
        "DELETE FROM lost_events",
    ):
        db.execute(statement).close()
    db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('epoch', ?)", (epoch,)).close()
    db.execute("COMMIT").close()


def _put_aside(database: Path) -> Path | None:
    """Move an old database, with its log, out of the way."""
    if not database.exists():
        return None
    aside = database.with_name(database.name + ASIDE)
    for end in ("", "-wal", "-shm"):
        old = database.with_name(database.name + end)
        aside.with_name(aside.name + end).unlink(missing_ok=True)
        if old.exists():
            old.rename(aside.with_name(aside.name + end))
    return aside
