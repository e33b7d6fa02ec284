"""Old events go once the lake has them; the books, the numbering and the lake know them still."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq

from central_sync.adapters.event_retention import EventRetention
from central_sync.adapters.parquet_lake import TOGETHER, ParquetLake
from central_sync.adapters.range_rows import ranges_of
from central_sync.loops.tidy_lake import tidy_lake
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.events import ItemFacts, ItemsDescribed
from tests.fakes.lake_world import arrive, with_lake
from tests.fakes.store_world import EPOCH, GTIN, NOON, STORE, at_place, gap, in_row

LATER = NOON + timedelta(days=1)


async def left(file: SqliteFile) -> list[int]:
    """Return the sequence numbers in the database."""
    rows = await file.read(lambda db: db.execute("SELECT seq FROM events ORDER BY seq").fetchall())
    return [row["seq"] for row in rows]


def files_of(folder: Path) -> list[Path]:
    """Return the lake's files, in order."""
    return sorted(folder.glob("lake/*/*/*.parquet"))


def in_the_lake(folder: Path) -> list[int]:
    """Return the sequence number of every event in the lake's files."""
    return sorted(
        row["seq"]
        for path in files_of(folder)
        for row in pq.read_table(path, columns=["seq"]).to_pylist()
    )


def test_what_the_lake_has_is_forgotten_when_old_and_only_then(tmp_path: Path) -> None:
    async def work(file: SqliteFile, lake: ParquetLake) -> None:
        events = EventRetention(file)
        await arrive(file, *in_row([gap()] * 4))
        assert await events.forget(LATER, 100) == 0  # the lake has nothing yet
        await lake.fill(100, NOON)
        await arrive(file, *in_row([gap()] * 2, first=5), at=LATER)
        assert await events.forget(NOON, 100) == 0  # nothing is that old
        assert [await events.forget(LATER, 3) for _ in range(3)] == [3, 1, 0]
        assert await left(file) == [5, 6]
        known = await file.read(lambda db: ranges_of(db, "forgotten", (STORE, EPOCH)))
        assert known.ranges == ((1, 4),)

    with_lake(tmp_path, work)


def test_what_comes_again_after_it_was_forgotten_is_no_news(tmp_path: Path) -> None:
    async def work(file: SqliteFile, lake: ParquetLake) -> None:
        await arrive(file, *in_row([gap()] * 3))
        await lake.fill(100, NOON)
        assert await EventRetention(file).forget(LATER, 100) == 2  # the newest stays
        await arrive(file, *in_row([gap()] * 5), at=LATER)
        assert await left(file) == [3, 4, 5]
        await lake.fill(100, LATER)

    with_lake(tmp_path, work)
    assert in_the_lake(tmp_path) == [1, 2, 3, 4, 5]


def test_the_lake_lets_go_of_old_days_and_keeps_what_items_are(tmp_path: Path) -> None:
    described = ItemsDescribed(revision=1, part=1, parts=1, items=(ItemFacts(gtin=GTIN, name="a"),))

    async def work(file: SqliteFile, lake: ParquetLake) -> None:
        await arrive(file, *in_row([gap(), described]))
        await lake.fill(100, NOON)
        await arrive(file, at_place(gap(), 3), at=LATER)
        await lake.fill(100, LATER)
        assert await lake.retire(LATER, LATER) == 1
        assert in_the_lake(tmp_path) == [1, 2, 3]  # whoever reads now can finish
        assert await lake.clear(LATER + timedelta(hours=1)) == 1
        assert await lake.sweep() == 0

    with_lake(tmp_path, work)
    assert in_the_lake(tmp_path) == [2, 3]


def test_files_that_a_person_took_away_are_missed_by_nobody(tmp_path: Path) -> None:
    async def work(file: SqliteFile, lake: ParquetLake) -> None:
        for seq in range(1, TOGETHER):
            await arrive(file, at_place(gap(), seq))
            await lake.fill(100, NOON)
        files_of(tmp_path)[0].unlink()
        for seq in range(TOGETHER, TOGETHER + 2):  # the first of them finds that one is gone
            await arrive(file, at_place(gap(), seq))
            await lake.fill(100, NOON)
        assert await lake.clear(LATER) == TOGETHER

    with_lake(tmp_path, work)
    assert in_the_lake(tmp_path) == list(range(2, TOGETHER + 2))


def test_the_loop_forgets_and_clears_by_itself(tmp_path: Path) -> None:
    async def work(file: SqliteFile, lake: ParquetLake) -> None:
        clock = SystemClock()
        await arrive(file, *in_row([gap()] * 3))
        await lake.fill(100, NOON)
        day, year = timedelta(days=1), timedelta(days=36500)
        loop = asyncio.create_task(tidy_lake(lake, EventRetention(file), year, day, clock))
        async with asyncio.timeout(60):
            while await left(file) != [3]:
                await clock.sleep(timedelta(seconds=0.05))
        loop.cancel()

    with_lake(tmp_path, work)
    assert in_the_lake(tmp_path) == [1, 2, 3]
