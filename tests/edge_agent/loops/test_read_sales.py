"""Files are taken in, then put away, and nothing is lost or doubled in between."""

import asyncio
from datetime import UTC
from pathlib import Path

import pytest

from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.feed_intake import SqliteIntake
from edge_agent.loops.read_sales import read_once, read_sales
from edge_agent.ports.sales import FeedUnreadableError
from endcap.plumbing.sqlite_file import SqliteFile
from tests.edge_agent.adapters.store_file import rows, told, with_store
from tests.fakes.clock import NOON, FakeClock, until
from tests.fakes.store_files import SALES_HEADER, MemoryFolder

SALE = "t1,1,4006381333931,1,1.5,2026-03-01T10:00:00,,\n"


def intake(file: SqliteFile) -> SqliteIntake:
    return SqliteIntake(file, UTC, CardReader(b"key"))


def test_a_good_file_is_done_and_an_unreadable_one_refused(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        folder = MemoryFolder(**{"a.csv": SALES_HEADER + SALE, "b.csv": "nonsense", "c.csv": ""})
        assert await read_once(folder, intake(file), NOON) == 3
        assert (folder.done, folder.refused) == (["a.csv", "c.csv"], ["b.csv"])

    with_store(tmp_path, work)


def test_a_power_cut_before_the_file_was_put_away_is_harmless(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        content = SALES_HEADER + SALE
        await read_once(MemoryFolder(**{"a.csv": content}), intake(file), NOON)
        again = MemoryFolder(**{"a.csv": content})
        await read_once(again, intake(file), NOON)
        assert again.done == ["a.csv"]
        assert len(await told(file)) == 1
        assert len(await rows(file, "SELECT * FROM sale_lines")) == 1

    with_store(tmp_path, work)


def test_a_file_that_cannot_be_read_does_not_hold_up_the_others(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        folder = MemoryFolder(**{"a.csv": "", "b.csv": SALES_HEADER + SALE})
        folder.broken.add("a.csv")
        with pytest.raises(FeedUnreadableError, match=r"a\.csv"):
            await read_once(folder, intake(file), NOON)
        assert folder.done == ["b.csv"]

    with_store(tmp_path, work)


def test_the_loop_looks_again_and_again(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        folder, clock = MemoryFolder(), FakeClock()
        reading = asyncio.create_task(read_sales(folder, intake(file), clock))
        await until(lambda: bool(clock.slept))
        folder.files["late.csv"] = SALES_HEADER + SALE
        await until(lambda: bool(folder.done))
        reading.cancel()

    with_store(tmp_path, work)
