"""The catalogue and the planogram are what their files say, also after those changed."""

import asyncio
from datetime import UTC
from pathlib import Path

import pytest

from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.feed_intake import SqliteIntake
from edge_agent.core.feed.kinds import FeedKind
from edge_agent.loops.follow_files import Followed, follow_files, follow_once
from edge_agent.ports.sales import FeedUnreadableError
from endcap.plumbing.sqlite_file import SqliteFile
from tests.edge_agent.adapters.store_file import rows, with_store
from tests.fakes.clock import NOON, FakeClock, until
from tests.fakes.store_files import MemoryFolder

HEADER = "gtin,name,brand,department,category,size,price\n"
MILK = HEADER + "4006381333931,Milk,,Dairy,,1 l,1.49\n"
OAT_MILK = HEADER + "4006381333931,Oat milk,,Dairy,,1 l,1.99\n"
PLANOGRAM = "camera,facing,gtin,x,y,w,h\naisle-1,a1,4006381333931,0.1,0.1,0.2,0.2\n"
NAMES = "SELECT name FROM items"


def intake(file: SqliteFile) -> SqliteIntake:
    return SqliteIntake(file, UTC, CardReader(b"key"))


def test_a_file_holds_what_the_settings_say_whatever_its_name(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        folder = MemoryFolder(**{"ours.csv": MILK, "walls.csv": PLANOGRAM})
        files = [
            Followed(FeedKind.CATALOGUE, folder, "ours.csv"),
            Followed(FeedKind.PLANOGRAM, folder, "walls.csv"),
        ]
        await follow_once(files, intake(file), NOON)
        assert [row[0] for row in await rows(file, NAMES)] == ["Milk"]
        assert len(await rows(file, "SELECT * FROM facings")) == 1

    with_store(tmp_path, work)


def test_a_changed_file_is_read_again_and_the_same_is_not(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        folder, clock = MemoryFolder(**{"c.csv": MILK}), FakeClock()
        files = [Followed(FeedKind.CATALOGUE, folder, "c.csv")]
        following = asyncio.create_task(follow_files(files, intake(file), clock))
        await until(lambda: len(clock.slept) >= 3)
        reads = await rows(file, "SELECT * FROM outbox WHERE kind LIKE '%feed-read%'")
        assert len(reads) == 1
        folder.files["c.csv"] = OAT_MILK
        seen = len(clock.slept)
        await until(lambda: len(clock.slept) >= seen + 3)
        following.cancel()
        assert [row[0] for row in await rows(file, NAMES)] == ["Oat milk"]

    with_store(tmp_path, work)


def test_an_unreadable_file_is_told_after_the_others_were_read(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        folder = MemoryFolder(**{"bad.csv": "nonsense\n1\n", "gone.csv": "", "c.csv": MILK})
        folder.broken.add("gone.csv")
        names = ("bad.csv", "gone.csv", "c.csv")
        files = [Followed(FeedKind.CATALOGUE, folder, name) for name in names]
        with pytest.raises(FeedUnreadableError, match=r"bad\.csv: nothing in it can be read"):
            await follow_once(files, intake(file), NOON)
        assert [row[0] for row in await rows(file, NAMES)] == ["Milk"]

    with_store(tmp_path, work)
