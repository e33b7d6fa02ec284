import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import pytest

from edge_agent.adapters.answer_tables import AnswerTables, FeedbackTables
from edge_agent.adapters.history_tables import HistoryTables
from edge_agent.loops.keep_answers import keep_answers
from edge_agent.ports.answers import Answer, AnswerLog, Feedback, FeedbackBook, NotedAnswers, Shown
from edge_agent.ports.kiosk import StoreUnwritableError
from endcap.plumbing.sqlite_file import SqliteFile, StorageError
from tests.edge_agent.adapters.store_file import rows, with_store
from tests.fakes.answers import FakeAnswers, FakeFeedback
from tests.fakes.clock import NOON, FakeClock, until

GTIN = "04006381333931"
AUCKLAND = ZoneInfo("Pacific/Auckland")


class Log(AnswerLog, NotedAnswers, Protocol):
    """Both sides of the answers."""


Work = Callable[[Log, FeedbackBook, Callable[[], Awaitable[set[str]]]], Awaitable[None]]
"""What is done with a log and a book, and how to see which answers are kept."""


def answer(number: int, **changes: object) -> Answer:
    one = Answer(f"{number:032x}", "recommendations", NOON, 3, (Shown(GTIN, 0.5, "popular-here"),))
    return replace(one, **changes)  # type: ignore[arg-type]


def in_memory(work: Work, folder: Path) -> None:
    _ = folder
    log = FakeAnswers()

    async def kept() -> set[str]:
        return set(log.kept)

    async def run() -> None:
        await work(log, FakeFeedback(), kept)

    asyncio.run(run())


def in_tables(work: Work, folder: Path) -> None:
    async def run(file: SqliteFile) -> None:
        async def kept() -> set[str]:
            return {str(row[0]) for row in await rows(file, "SELECT answer FROM answers")}

        await work(AnswerTables(file, UTC), FeedbackTables(file), kept)

    with_store(folder, run)


@pytest.mark.parametrize("run", [in_memory, in_tables])
def test_an_answer_is_kept_once_and_what_was_done_with_it_too(
    run: Callable[[Work, Path], None], tmp_path: Path
) -> None:
    async def work(log: Log, book: FeedbackBook, kept: Callable[[], Awaitable[set[str]]]) -> None:
        assert await log.keep() == 0
        for number in (1, 2, 1):
            log.note(answer(number))
        assert await kept() == set()
        assert await log.keep() == 3
        log.note(answer(2))
        await log.keep()
        assert await kept() == {answer(1).answer, answer(2).answer}
        tapped = Feedback(answer(1).answer, GTIN, "tapped", NOON)
        unknown = Feedback("f" * 32, GTIN, "bought", NOON)
        later = replace(tapped, at=NOON + timedelta(minutes=1))
        assert await book.take([tapped, unknown]) == 2
        assert await book.take([later, replace(tapped, what="dismissed")]) == 1

    run(work, tmp_path)


def test_an_answer_is_written_whole_on_the_store_s_own_day(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        log = AnswerTables(file, AUCKLAND)
        log.note(answer(7, shopper="abc", session="s", query="milk", found=4, arms={"x": "a"}))
        await log.keep()
        found = await rows(
            file, "SELECT at, day, shopper, session, query, found, arms, items FROM answers"
        )
        at, day, *rest, arms, items = found[0]
        assert (at, day) == ("2026-03-02T12:00:00+00:00", "2026-03-03")
        assert rest == ["abc", "s", "milk", 4]
        assert json.loads(arms) == {"x": "a"}
        assert json.loads(items)[0]["gtin"] == GTIN

    with_store(tmp_path, work)


def test_the_oldest_make_room_first_those_nobody_touched(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        log, book = AnswerTables(file, UTC, waiting=20, most=3), FeedbackTables(file, most=4)
        await book.take([Feedback(answer(n).answer, GTIN, "tapped", NOON) for n in range(6)])
        assert len(await rows(file, "SELECT * FROM feedback")) == 4  # of 2, 3, 4 and 5
        for number in range(10):
            log.note(answer(number))
        await log.keep()
        kept = [
            int(row[0], 16)
            for row in await rows(file, "SELECT answer FROM answers ORDER BY number")
        ]
        assert kept == [4, 5, 7, 8, 9]

    with_store(tmp_path, work)


def test_more_than_may_wait_never_waits_and_the_newest_stay(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        log = AnswerTables(file, UTC, waiting=2)
        for number in range(5):
            log.note(answer(number))
        assert await log.keep() == 2

    with_store(tmp_path, work)


def test_what_the_disk_refuses_waits_on(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        log = AnswerTables(file, UTC)
        log.note(answer(1))
        await file.write(lambda db: db.execute("ALTER TABLE feedback RENAME TO away"))
        with pytest.raises(StorageError):
            await log.keep()
        with pytest.raises(StoreUnwritableError):
            await FeedbackTables(file).take([Feedback("f" * 32, GTIN, "tapped", NOON)])
        await file.write(lambda db: db.execute("ALTER TABLE away RENAME TO feedback"))
        log.note(answer(2))
        assert await log.keep() == 2

    with_store(tmp_path, work)


def test_answers_are_kept_every_second_and_forgotten_after_two_months(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        log, clock = AnswerTables(file, UTC), FakeClock()
        log.note(answer(1, at=NOON - timedelta(days=70)))
        log.note(answer(2))
        book = FeedbackTables(file)
        await book.take([Feedback(answer(1).answer, GTIN, "tapped", NOON - timedelta(days=70))])
        await book.take([Feedback(answer(2).answer, GTIN, "tapped", NOON)])
        keeping = asyncio.create_task(keep_answers(log, clock))
        await until(lambda: len(clock.slept) > 1)
        keeping.cancel()
        assert clock.slept[0] == timedelta(seconds=1)
        assert len(await rows(file, "SELECT * FROM answers")) == 2
        assert await HistoryTables(file).forget(NOON - timedelta(days=730)) == 2
        assert await rows(file, "SELECT answer FROM answers") == [(answer(2).answer,)]

    with_store(tmp_path, work)
