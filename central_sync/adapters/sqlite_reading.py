"""Opens a database that a program may be writing, for a command.

Everything read inside the block belongs to one moment; a change is on the disk, whole, when the
block ends. Never makes a file.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path


class DatabaseUnreadableError(Exception):
    """A database cannot be read; the message says which, why, and what to do."""


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database at `path` for reading.

    Raises:
        DatabaseUnreadableError: there is none, or it is none of ours.
    """
    with _opened(path, "ro") as db:
        db.execute("BEGIN")
        yield db


@contextlib.contextmanager
def changing(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database at `path` for one durable change; an exception undoes it.

    Raises:
        DatabaseUnreadableError: there is none, it is none of ours, or the disk refused.
    """
    with _opened(path, "rw") as db:
        db.execute("PRAGMA synchronous=FULL")
        db.execute("BEGIN IMMEDIATE")
        yield db
        db.execute("COMMIT")


@contextlib.contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """Open the database at `path`, and close it with the block."""
    if not path.is_file():
        raise DatabaseUnreadableError(f"{path}: there is no such database; has it ever run?")
    try:
        db = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=10
        )
        try:
            db.row_factory = sqlite3.Row
            yield db
        finally:
            db.close()
    except sqlite3.Error as error:
        raise DatabaseUnreadableError(
            f"{path}: {error}; is it the database of this version of the program?"
        ) from error
