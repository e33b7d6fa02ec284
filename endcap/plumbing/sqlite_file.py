"""One SQLite file under asyncio: a writer that commits in groups, readers that never wait for it.

WAL with synchronous=FULL: when `write` returns, the change survives a power cut. Writes that arrive
while a commit is under way share the next one, each under a savepoint of its own, so that one that
fails does not undo its neighbours. Does not know what is in the file.
"""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

MAX_GROUP = 64
PAGE = 4096
READERS = 2


class StorageError(Exception):
    """The disk refused: it is full, broken or read-only. Nothing of the write was kept."""


@dataclass(slots=True)
class _Job:
    """A write that waits for its commit."""

    change: Callable[[sqlite3.Connection], Any]
    done: asyncio.Future[Any]


def connect(path: Path, *, max_bytes: int | None = None) -> sqlite3.Connection:
    """Open `path` for durable writing, in autocommit: begin and commit are explicit.

    `max_bytes` keeps the file below a size, so that deleting still works when it is reached. A file
    that is made here, and its log, are for their owner alone.
    """
    path.touch(mode=0o600)
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    db.row_factory = sqlite3.Row
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "wal_autocheckpoint=256",
        "journal_size_limit=1048576",
        "busy_timeout=10000",
    ):
        db.execute(f"PRAGMA {pragma}").close()
    if max_bytes is not None:
        db.execute(f"PRAGMA max_page_count={max(16, max_bytes // PAGE)}").close()
    return db


class SqliteFile:
    """A SQLite file that is open. Make one with `open_sqlite`."""

    def __init__(self, path: Path, writer: sqlite3.Connection) -> None:
        self.path = path
        self._writer = writer
        self._queue: asyncio.Queue[_Job] = asyncio.Queue(maxsize=10_000)
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-write")
        self._read_threads = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-read")
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []

    async def write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Run `change` in a transaction and return its result once that is on the disk.

        Raises:
            StorageError: the disk refused; nothing of `change` was kept.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        await self._queue.put(_Job(change, done))
        return await done

    async def read(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Run `question` on a read-only connection and return its result.

        Raises:
            StorageError: the file cannot be read.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._read_threads, self._ask, question)

    def read_now(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Run a short `question` on the caller's own thread, and return its result.

        For what takes less time than to hand it to another thread and to be woken: a few rows by
        their keys. Readers never wait for the writer, so it ends as soon as the disk answers.

        Raises:
            StorageError: the file cannot be read.
        """
        return self._ask(question)

    async def alone(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on the writer between two groups, outside of any transaction: for VACUUM.

        Raises:
            StorageError: the disk refused.
        """
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._write_thread, work, self._writer)
        except sqlite3.Error as error:
            raise StorageError(f"{self.path.name} was not written: {error}") from error

    async def commit_groups(self) -> None:
        """Commit what waits, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            group = [await self._queue.get()]
            while len(group) < MAX_GROUP and not self._queue.empty():
                group.append(self._queue.get_nowait())
            outcomes = await loop.run_in_executor(self._write_thread, self._commit, group)
            for job, outcome in zip(group, outcomes, strict=True):
                _settle(job.done, outcome)

    def close(self) -> None:
        """Close every connection; what was not committed is dropped."""
        self._write_thread.shutdown(wait=True)
        self._read_threads.shutdown(wait=True)
        while not self._queue.empty():
            _settle(self._queue.get_nowait().done, StorageError(f"{self.path.name} was closed"))
        for connection in (*self._opened, self._writer):
            connection.close()

    def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Run `question` on this thread's own connection."""
        try:
            connection = getattr(self._local, "connection", None)
            if connection is None:
                connection = sqlite3.connect(
                    f"file:{self.path}?mode=ro", uri=True, check_same_thread=False, timeout=10
                )
                connection.row_factory = sqlite3.Row
                self._local.connection = connection
                self._opened.append(connection)
            return question(connection)
        except sqlite3.OperationalError as error:
            raise StorageError(f"{self.path.name} cannot be read: {error}") from error

    def _commit(self, group: list[_Job]) -> list[Any]:
        """Run a group in one transaction; return a result or an exception for each."""
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            outcomes = [self._one(job) for job in group]
            self._writer.execute("COMMIT")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                self._writer.execute("ROLLBACK")
            failure = StorageError(f"{self.path.name} was not written: {error}")
            return [failure for _ in group]
        return outcomes

    def _one(self, job: _Job) -> Any:  # noqa: ANN401 - whatever the change returns
        """Run one change under a savepoint; return its result or its exception."""
        self._writer.execute("SAVEPOINT one")
        try:
            result = job.change(self._writer)
        except sqlite3.OperationalError:
            raise  # the disk, not the change: the whole group is lost
        except Exception as error:  # noqa: BLE001 - the change's own failure is its caller's
            self._writer.execute("ROLLBACK TO one")
            self._writer.execute("RELEASE one")
            return _Failed(error)
        self._writer.execute("RELEASE one")
        return result


@dataclass(frozen=True, slots=True)
class _Failed:
    """A change raised; its neighbours were kept."""

    error: Exception


def _settle(done: asyncio.Future[Any], outcome: object) -> None:
    """Give the caller its result or its exception, unless it has gone."""
    if done.cancelled():
        return
    if isinstance(outcome, _Failed):
        done.set_exception(outcome.error)
    elif isinstance(outcome, StorageError):
        done.set_exception(outcome)
    else:
        done.set_result(outcome)


@contextlib.asynccontextmanager
async def open_sqlite(
    path: Path,
    migrate: Callable[[sqlite3.Connection], None],
    *,
    max_bytes: int | None = None,
) -> AsyncIterator[SqliteFile]:
    """Open `path`, bring its schema up to date with `migrate`, and serve until the block ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = await asyncio.to_thread(connect, path, max_bytes=max_bytes)
    try:
        await asyncio.to_thread(migrate, writer)
    except BaseException:
        writer.close()
        raise
    file = SqliteFile(path, writer)
    committing = asyncio.create_task(file.commit_groups(), name=f"commit {path.name}")
    try:
        yield file
    finally:
        committing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await committing
        await asyncio.to_thread(file.close)
