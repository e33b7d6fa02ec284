"""Questions wait by their worth, people settle them, and pictures are in one place for a time."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from central_sync.adapters.event_tables import keep_events
from central_sync.adapters.review_tables import ReviewTables
from central_sync.adapters.schema import migrate
from central_sync.core.review.answers import Said, wanted
from central_sync.loops.tidy_review import tidy_review
from central_sync.ports.identity import By
from central_sync.ports.reads import CentreUnreadableError
from endcap.plumbing.audit_log import entries
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.body import Body
from endcap.wire.review_events import FacingAnswered, FacingQuestioned
from tests.fakes.clock import FakeClock, until
from tests.fakes.questions import jpeg, question
from tests.fakes.store_world import NOON, OTHER_STORE, STORE, at_place

EVE, ADAM, RUTH = (By(f"person {name}", NOON) for name in ("eve", "adam", "ruth"))


def with_centre(folder: Path, work: Callable[[SqliteFile], Awaitable[None]]) -> None:
    async def run() -> None:
        async with open_sqlite(folder / "centre.db", migrate) as file:
            await work(file)

    asyncio.run(run())


async def hear(file: SqliteFile, *bodies: Body, store: str = STORE, first: int = 1) -> None:
    events = [at_place(body, seq, store=store) for seq, body in enumerate(bodies, first)]
    await file.write(lambda db: keep_events(db, events, NOON))


def for_one(start: int = 0) -> int:
    """Return a number from `start` on whose picture one person settles."""
    return next(n for n in range(start, 999) if wanted(question(n).picture) == 1)


def for_two() -> int:
    return next(n for n in range(999) if wanted(question(n).picture) == 2)


def test_the_queue_begins_with_what_was_drawn_and_then_with_what_teaches_most(
    tmp_path: Path,
) -> None:
    asked = (
        question(1, reason="uncertain", empty=0.9),
        question(2, reason="sold"),
        question(3, reason="uncertain", empty=0.55),
        question(4, reason="random", sampled=0.1),
    )

    async def work(file: SqliteFile) -> None:
        await hear(file, *asked)
        book = ReviewTables(file)
        queue = await book.queue("eve", None, 10)
        assert [one.asked.facing for one in queue] == ["f4", "f2", "f3", "f1"]
        assert [one.asked.jpeg for one in queue] == [""] * 4
        assert await book.picture(queue[0].question) == jpeg(4)
        assert await book.picture(999) is None
        assert await book.queue("eve", OTHER_STORE, 10) == ()
        assert len(await book.queue("eve", STORE, 2)) == 2

    with_centre(tmp_path, work)


def test_a_picture_is_kept_nowhere_else(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await hear(file, question(1))
        kept = await file.read(lambda db: db.execute("SELECT body FROM events").fetchone()["body"])
        body = FacingQuestioned.model_validate_json(kept)
        assert (body.jpeg, body.picture) == ("", question(1).picture)

    with_centre(tmp_path, work)


def test_of_a_facing_the_worthiest_question_of_a_day_stays_and_all_that_were_drawn(
    tmp_path: Path,
) -> None:
    def of_facing(number: int, **changes: object) -> FacingQuestioned:
        return question(number).model_copy(update={"facing": "f1", **changes})

    async def work(file: SqliteFile) -> None:
        book = ReviewTables(file)
        await hear(file, of_facing(1), of_facing(2, reason="sold"), of_facing(3))
        await hear(file, *(of_facing(n, reason="random") for n in (4, 5)), first=4)
        tomorrow = of_facing(6, taken_at=NOON + timedelta(days=1))
        await hear(file, tomorrow, first=6)
        reasons = [one.asked.reason for one in await book.queue("eve", None, 10)]
        assert reasons == ["random", "random", "sold", "uncertain"]

    with_centre(tmp_path, work)


@pytest.mark.parametrize("changes", [{"jpeg": ""}, {"jpeg": "AAAA"}, {"jpeg": "A"}])
def test_a_question_whose_picture_is_not_the_one_it_names_is_put_to_nobody(
    tmp_path: Path, changes: dict[str, str]
) -> None:
    async def work(file: SqliteFile) -> None:
        await hear(file, question(1).model_copy(update=changes))
        assert await ReviewTables(file).queue("eve", None, 10) == ()

    with_centre(tmp_path, work)


def test_an_answer_settles_and_can_be_taken_back(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        book, number = ReviewTables(file), for_one()
        await hear(file, question(number))
        (one,) = await book.queue("person eve", None, 10)
        now = await book.answer(one.question, "empty", EVE)
        assert now is not None
        assert (now.settled, now.over, now.people) == ("empty", True, 1)
        assert await book.queue("person adam", None, 10) == ()
        again = await book.answer(one.question, "low", EVE)
        assert again is not None
        assert (again.settled, again.people) == ("low", 1), "the second takes the first's place"
        back = await book.undo(one.question, EVE)
        assert back is not None
        assert (back.settled, back.over, back.people) == (None, False, 0)
        assert len(await book.queue("person eve", None, 10)) == 1
        assert await book.answer(999, "empty", EVE) is None
        rows = await file.read(
            lambda db: db.execute("SELECT who, said, withdrawn_at FROM review_answers").fetchall()
        )
        assert [tuple(row) for row in rows] == [
            ("person eve", "empty", NOON.isoformat()),
            ("person eve", "low", NOON.isoformat()),
        ], "what was said stays, with who said it"

    with_centre(tmp_path, work)


def test_some_are_for_two_and_where_they_differ_a_third_decides(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        book = ReviewTables(file)
        await hear(file, question(for_two()))
        (one,) = await book.queue("person eve", None, 10)
        await book.answer(one.question, "empty", EVE)
        assert await book.queue("person eve", None, 10) == (), "nobody is asked twice"
        (same,) = await book.queue("person adam", None, 10)
        assert same.people == 1
        await book.answer(one.question, "full", ADAM)
        now = await book.answer(one.question, "full", RUTH)
        assert now is not None
        assert (now.settled, now.over) == ("full", True)
        progress = await book.progress()
        assert (progress.waiting, progress.settled, progress.unsettled) == (0, 1, 0)
        assert progress.agreement.pictures == 1
        assert progress.agreement.alike == pytest.approx(1 / 3)
        assert [who for who, _ in progress.by] == ["person adam", "person eve", "person ruth"]

    with_centre(tmp_path, work)


def test_what_the_store_s_own_people_say_counts_whichever_comes_first(tmp_path: Path) -> None:
    asked = question(for_one())
    said = FacingAnswered(
        camera="aisle-1", facing="f1", at=NOON, answer="empty", picture=asked.picture
    )

    async def work(file: SqliteFile) -> None:
        await hear(file, said, said.model_copy(update={"picture": None}))
        await hear(file, asked, first=3)
        progress = await ReviewTables(file).progress()
        assert (progress.settled, progress.by) == (1, ((f"store {STORE}", 1),))

    with_centre(tmp_path, work)


def test_what_was_drawn_tells_how_many_alerts_are_right(tmp_path: Path) -> None:
    numbers = [for_one(start) for start in (0, 50, 100, 150)]
    said: tuple[Said, ...] = ("empty", "empty", "full")

    async def work(file: SqliteFile) -> None:
        book = ReviewTables(file)
        for seq, number in enumerate(numbers, 1):
            alert = number != numbers[-1]
            drawn = question(number, reason="random", alert=alert, sampled=0.25)
            await hear(file, drawn, first=seq)
        for one in await book.queue("person eve", None, 10):
            place = numbers.index(int(one.asked.facing[1:]))
            await book.answer(one.question, said[place] if place < 3 else "full", EVE)
        (store,) = (await book.progress()).stores
        assert (store.store, store.settled) == (STORE, 4)
        assert store.precision.value == pytest.approx(2 / 3)
        assert (store.missed.value, store.missed.answers) == (0.0, 1)

    with_centre(tmp_path, work)


def test_pictures_go_after_their_time_answered_ones_later(tmp_path: Path) -> None:
    day = timedelta(days=1)

    async def work(file: SqliteFile) -> None:
        book = ReviewTables(file)
        first, second = for_one(), for_one(100)
        await hear(file, question(first), question(second))
        (one,) = (
            each for each in await book.queue("e", None, 9) if each.asked.facing == f"f{first}"
        )
        await book.answer(one.question, "full", EVE)
        for start, settled in ((NOON + 2 * day, 1), (NOON + 7 * day, 0)):
            clock = FakeClock(start)
            loop = asyncio.create_task(tidy_review(book, day, 5 * day, clock))
            await until(lambda clock=clock: bool(clock.slept))  # type: ignore[misc]
            loop.cancel()
            progress = await book.progress()
            assert (progress.waiting, progress.settled) == (0, settled)
        assert (await book.progress()).by == ()

    with_centre(tmp_path, work)


def test_a_store_s_pictures_can_be_forgotten_and_that_is_noted(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        book = ReviewTables(file)
        await hear(file, question(1))
        await hear(file, question(2), store=OTHER_STORE)
        assert await book.forget_store(STORE, EVE) == 1
        assert [one.store for one in (await book.progress()).stores] == [OTHER_STORE]
        (noted,) = await file.read(entries)
        assert noted.act.what == f"review {STORE}: forgotten"

    with_centre(tmp_path, work)


def test_a_disk_that_does_not_answer_is_told(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await file.write(lambda db: db.execute("DROP TABLE review_questions"))
        with pytest.raises(CentreUnreadableError):
            await ReviewTables(file).queue("eve", None, 1)
        with pytest.raises((CentreUnreadableError, sqlite3.Error)):
            await ReviewTables(file).answer(1, "empty", EVE)

    with_centre(tmp_path, work)
