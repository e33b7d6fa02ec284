"""A folder of files, on a real disk; and the loop's fake keeps the same promises."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from edge_agent.adapters.drop_folder import DropFolder
from edge_agent.core.feed.rows import MAX_LINE
from edge_agent.ports.sales import FeedFolder, FeedUnreadableError
from tests.fakes.clock import FakeClock
from tests.fakes.store_files import MemoryFolder

MOMENT = timedelta(seconds=1)


def ready(folder: DropFolder, clock: FakeClock) -> tuple[str, ...]:
    """Return what is ready after it had a moment to settle."""
    asyncio.run(folder.ready())
    clock.turn(MOMENT)
    return asyncio.run(folder.ready())


@pytest.fixture(params=["disk", "memory"])
def folder_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str, str], FeedFolder]:
    """Return what makes a folder with one file, on the disk or in memory."""

    def on_disk(name: str, content: str) -> FeedFolder:
        (tmp_path / name).write_text(content)
        return DropFolder(tmp_path, FakeClock(), settle=timedelta(0))

    def in_memory(name: str, content: str) -> FeedFolder:
        return MemoryFolder(**{name: content})

    return on_disk if request.param == "disk" else in_memory


def test_a_file_is_read_and_put_away(folder_of: Callable[[str, str], FeedFolder]) -> None:
    async def work() -> None:
        folder = folder_of("till.csv", "a\nb\n")
        assert await folder.ready() == ("till.csv",)
        async with folder.open("till.csv") as file:
            assert file.name == "till.csv"
            assert len(file.sha256) == 64
            assert list(file.lines) == [b"a\n", b"b\n"]
        await folder.put_away("till.csv", readable=True)
        await folder.put_away("till.csv", readable=True)
        assert await folder.ready() == ()

    asyncio.run(work())


def test_unfinished_and_foreign_names_are_passed_over(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv.part", "c.TMP", ".hidden"):
        (tmp_path / name).write_text("x")
    (tmp_path / "done").mkdir()
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    clock = FakeClock()
    assert ready(DropFolder(tmp_path, clock), clock) == ("a.csv",)


def test_a_file_that_still_grows_waits(tmp_path: Path) -> None:
    clock = FakeClock()
    folder = DropFolder(tmp_path, clock)
    (tmp_path / "a.csv").write_text("x")
    assert asyncio.run(folder.ready()) == ()
    clock.turn(MOMENT)
    (tmp_path / "a.csv").write_text("xy")
    assert asyncio.run(folder.ready()) == ()
    clock.turn(MOMENT)
    assert asyncio.run(folder.ready()) == ("a.csv",)


def test_a_jump_of_the_wall_clock_makes_nothing_ready(tmp_path: Path) -> None:
    clock = FakeClock()
    folder = DropFolder(tmp_path, clock)
    (tmp_path / "a.csv").write_text("x")
    asyncio.run(folder.ready())
    clock.jump(timedelta(days=30))
    assert asyncio.run(folder.ready()) == ()


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    clock = FakeClock()
    assert ready(DropFolder(tmp_path / "drop", clock), clock) == ()
    assert (tmp_path / "drop").is_dir()


def test_files_go_to_done_or_refused_and_never_over_another(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path, FakeClock())
    for readable in (True, True, False):
        (tmp_path / "a.csv").write_text("x")
        asyncio.run(folder.put_away("a.csv", readable=readable))
    assert sorted(p.name for p in (tmp_path / "done").iterdir()) == ["a.2.csv", "a.csv"]
    assert [p.name for p in (tmp_path / "refused").iterdir()] == ["a.csv"]


def test_a_line_without_an_end_is_cut_and_the_next_is_whole(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"x" * (5 * MAX_LINE) + b"\nnext\nlast")

    async def work() -> list[bytes]:
        async with DropFolder(tmp_path, FakeClock()).open("a.csv") as file:
            return list(file.lines)

    first, *others = asyncio.run(work())
    assert len(first) == MAX_LINE + 1
    assert others == [b"next\n", b"last"]


def test_a_name_that_is_not_text_is_read_all_the_same(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff.csv")
    (tmp_path / name).write_text("x")

    async def work() -> str:
        async with DropFolder(tmp_path, FakeClock()).open(name) as file:
            return file.name

    assert asyncio.run(work()) == "�.csv"


def test_what_the_disk_refuses_is_told_by_name(tmp_path: Path) -> None:
    folder = DropFolder(tmp_path, FakeClock())

    async def work() -> None:
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(folder.open("gone.csv"))

    with pytest.raises(FeedUnreadableError, match=r"gone\.csv cannot be read: No such file"):
        asyncio.run(work())
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FeedUnreadableError, match="the folder"):
        asyncio.run(DropFolder(tmp_path / "file", FakeClock()).ready())
