"""A real SQLite file under asyncio: durable when it says so, and each write on its own."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from endcap.plumbing.sqlite_file import SqliteFile, StorageError, connect, open_sqlite


def make_table(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, text TEXT)")


def inside(path: Path, use: Callable[[SqliteFile], Awaitable[None]], **options: int) -> None:
    async def run() -> None:
        async with open_sqlite(path, make_table, **options) as file:
            await use(file)

    asyncio.run(run())


def insert(number: int, text: str = "") -> Callable[[sqlite3.Connection], int]:
    def change(db: sqlite3.Connection) -> int:
        db.execute("INSERT INTO t VALUES (?, ?)", (number, text))
        return number

    return change


def count(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM t").fetchone()[0])


def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    async def write(file: SqliteFile) -> None:
        assert await asyncio.gather(*(file.write(insert(n)) for n in range(200))) == list(
            range(200)
        )
        assert await file.read(count) == 200

    async def read(file: SqliteFile) -> None:
        assert await file.read(count) == 200

    inside(tmp_path / "a.db", write)
    inside(tmp_path / "a.db", read)


def test_a_write_that_fails_leaves_its_neighbours(tmp_path: Path) -> None:
    async def use(file: SqliteFile) -> None:
        outcomes = await asyncio.gather(
            file.write(insert(1)),
            file.write(insert(1)),
            file.write(insert(2)),
            return_exceptions=True,
        )
        assert [type(one) for one in outcomes] == [int, sqlite3.IntegrityError, int]
        assert await file.read(count) == 2

    inside(tmp_path / "a.db", use)


def test_a_change_that_raises_is_undone_whole(tmp_path: Path) -> None:
    def half(db: sqlite3.Connection) -> None:
        insert(1)(db)
        raise ValueError("no")

    async def use(file: SqliteFile) -> None:
        with pytest.raises(ValueError, match="no"):
            await file.write(half)
        assert await file.read(count) == 0

    inside(tmp_path / "a.db", use)


def test_a_full_file_refuses_and_takes_again_after_a_deletion(tmp_path: Path) -> None:
    async def use(file: SqliteFile) -> None:
        with pytest.raises(StorageError, match="full"):
            await file.write(insert(1, "x" * 500_000))
        assert await file.read(count) == 0
        await file.write(insert(1, "x" * 100_000))
        await file.write(lambda db: db.execute("DELETE FROM t").rowcount)
        await file.write(insert(2, "x" * 100_000))

    inside(tmp_path / "a.db", use, max_bytes=200_000)


def test_a_short_question_is_answered_at_once_and_sees_what_was_written(tmp_path: Path) -> None:
    async def use(file: SqliteFile) -> None:
        await file.write(insert(1))
        assert file.read_now(count) == 1
        with pytest.raises(StorageError, match="readonly"):
            file.read_now(insert(2))

    inside(tmp_path / "a.db", use)


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    async def use(file: SqliteFile) -> None:
        with pytest.raises(StorageError, match="readonly"):
            await file.read(insert(1))

    inside(tmp_path / "a.db", use)


def test_acknowledged_writes_are_synchronous_full(tmp_path: Path) -> None:
    db = connect(tmp_path / "a.db")
    assert db.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    db.close()


def test_a_schema_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    def broken(db: sqlite3.Connection) -> None:
        db.execute("CREATE NONSENSE")

    async def run() -> None:
        async with open_sqlite(tmp_path / "a.db", broken):
            raise AssertionError("not reached")

    with pytest.raises(sqlite3.OperationalError, match="syntax"):
        asyncio.run(run())


def test_a_write_that_waits_when_the_file_closes_is_told(tmp_path: Path) -> None:
    async def run() -> object:
        async with open_sqlite(tmp_path / "a.db", make_table) as file:
            waiting = asyncio.ensure_future(file.write(insert(1)))
        outcomes = await asyncio.gather(waiting, return_exceptions=True)
        return outcomes[0]

    assert isinstance(asyncio.run(run()), (StorageError, int))


def test_what_is_in_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.db"

    async def look(file: SqliteFile) -> None:
        await file.write(insert(1))
        modes = {one.name: one.stat().st_mode & 0o777 for one in path.parent.iterdir()}
        assert modes == {"a.db": 0o600, "a.db-wal": 0o600, "a.db-shm": 0o600}

    inside(path, look)
