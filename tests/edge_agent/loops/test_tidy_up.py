"""What is too much is shed, what is too old is forgotten, and a wrong clock forgets nothing."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge_agent.adapters.history_tables import HistoryTables
from edge_agent.core.outbox import ShedPolicy
from edge_agent.loops.tidy_up import tidy_once, tidy_up
from edge_agent.ports.sync import Retention
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.commands import Ack
from endcap.wire.events import FeedRead
from tests.edge_agent.adapters.store_file import rows, with_store
from tests.fakes.clock import NOON, FakeClock, until
from tests.fakes.memory_outbox import MemoryOutbox

EPOCH = "00112233445566aa"
NORMAL = FeedRead(file="sales.csv", accepted=1, refused=0)
ROOM = ShedPolicy(max_rows=1000, max_bytes=1_000_000)
OLD = "INSERT INTO day_sales VALUES ('2023-01-01', '04006381333931', 1, 0, 1, 1, 0, 1)"


def outbox(waiting: int) -> MemoryOutbox:
    made = MemoryOutbox("s-0001", EPOCH)
    made.append([NORMAL] * waiting, NOON)
    return made


def test_everything_is_brought_within_its_bounds(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        box = outbox(10)
        await file.write(lambda db: db.execute(OLD).rowcount)
        await box.acknowledge(Ack(centre="aa" * 8, epoch=EPOCH, committed=((1, 2),)), NOON)
        later = NOON + timedelta(days=8)
        await tidy_once(box, HistoryTables(file), ShedPolicy(5, 10_000), Retention(), later)
        assert (await box.backlog()).rows == 5 + 1
        assert await box.forget(later) == 0
        assert await rows(file, "SELECT * FROM day_sales") == []

    with_store(tmp_path, work)


def test_a_clock_that_was_never_set_forgets_nothing(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        box, unset = outbox(2), datetime(1970, 1, 1, tzinfo=UTC)
        await file.write(lambda db: db.execute(OLD).rowcount)
        await box.acknowledge(Ack(centre="aa" * 8, epoch=EPOCH, committed=((1, 2),)), unset)
        await tidy_once(box, HistoryTables(file), ROOM, Retention(), unset)
        assert await box.forget(NOON) == 2
        assert len(await rows(file, "SELECT * FROM day_sales")) == 1

    with_store(tmp_path, work)


def test_the_loop_goes_on(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        box, clock = outbox(0), FakeClock()
        tidying = asyncio.create_task(
            tidy_up(box, HistoryTables(file), ShedPolicy(3, 10_000), Retention(), clock)
        )
        await asyncio.sleep(0)
        box.append([NORMAL] * 9, NOON)
        looks = len(clock.slept)
        await until(lambda: len(clock.slept) > looks + 2)
        assert (await box.backlog()).rows == 3 + 1
        tidying.cancel()

    with_store(tmp_path, work)
