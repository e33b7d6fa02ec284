"""Questions are kept once, with their events and for hours; sales say which are worth asking."""

import asyncio
import hashlib
from base64 import b64encode
from datetime import datetime, timedelta
from pathlib import Path

from edge_agent.adapters.question_tables import MOST, QuestionTables
from edge_agent.adapters.shelf_tables import ShelfTables, replace_planogram
from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.asking import Asking, Facts
from edge_agent.loops.forget_pictures import forget_pictures
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.events import GapOpened
from endcap.wire.review_events import FacingAnswered, FacingQuestioned, Reason
from tests.edge_agent.adapters.store_file import rows, told, with_store
from tests.fakes.clock import NOON, FakeClock, until

MILK, BREAD = "04006381333931", "05000112637922"
DAY = timedelta(days=1)


def question(
    facing: str = "a1", *, reason: Reason = "random", jpeg: bytes = b"JPEG"
) -> FacingQuestioned:
    return FacingQuestioned(
        camera="aisle-1",
        facing=facing,
        taken_at=NOON,
        chances=(0.2, 0.1, 0.6, 0.1),
        threshold=0.5,
        model="a" * 64,
        reason=reason,
        sampled=0.5 if reason == "random" else 1.0,
        alert=True,
        picture=hashlib.sha256(jpeg + facing.encode()).hexdigest(),
        place=(0.2, 0.2, 0.8, 0.8),
        jpeg=b64encode(jpeg).decode(),
    )


def tables(file: SqliteFile) -> QuestionTables:
    return QuestionTables(file, ["aisle-1"])


def test_a_question_is_kept_and_told_once(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await tables(file).ask([question()], NOON)
        await tables(file).ask([question()], NOON + DAY)
        assert await told(file) == [question()]
        shown = await tables(file).shown("aisle-1", "a1")
        assert shown is not None
        assert (shown.jpeg, shown.taken_at) == (b"JPEG", NOON)
        assert await tables(file).shown("aisle-1", "a2") is None

    with_store(tmp_path, work)


def test_after_a_restart_it_is_known_what_was_asked_today(tmp_path: Path) -> None:
    asked = [question("a1"), question("a2", reason="flips"), question("a3", reason="sold")]

    async def work(file: SqliteFile) -> None:
        await tables(file).ask(asked, NOON)
        before = await tables(file).asked(Asking("aisle-1"), NOON.date())
        assert before.chosen == {"a2", "a3"}
        assert (before.alerts, before.day) == (1, NOON.date())
        assert (await tables(file).asked(Asking("aisle-2"), NOON.date())).chosen == frozenset()

    with_store(tmp_path, work)


def test_pictures_go_when_their_time_is_over_from_the_outbox_too(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await tables(file).ask([question("a1")], NOON - DAY)
        await tables(file).ask([question("a2")], NOON)
        assert await tables(file).forget(NOON - timedelta(hours=1)) == 2
        old, new = await told(file)
        assert isinstance(old, FacingQuestioned)
        assert (old.jpeg, old.picture) == ("", question("a1").picture), "what is told of it stays"
        assert new == question("a2")
        assert await tables(file).shown("aisle-1", "a1") is None
        await file.write(lambda db: db.execute("UPDATE outbox SET acked = 1"))
        assert await tables(file).forget(NOON - DAY) == 1, "what the centre has is not kept twice"
        assert await tables(file).shown("aisle-1", "a2") is not None

    with_store(tmp_path, work)


def test_pictures_are_bounded_in_number(tmp_path: Path) -> None:
    many = [question(f"f{number}") for number in range(MOST + 5)]

    async def work(file: SqliteFile) -> None:
        await tables(file).ask(many[:-1], NOON)
        await tables(file).ask(many[-1:], NOON + DAY)
        assert await rows(file, "SELECT count(*) FROM facing_questions") == [(MOST,)]
        assert await tables(file).shown("aisle-1", many[-1].facing) is not None

    with_store(tmp_path, work)


def test_the_loop_forgets_by_the_clock(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        clock = FakeClock()
        await tables(file).ask([question()], NOON)
        loop = asyncio.create_task(forget_pictures(tables(file), timedelta(hours=1), clock))
        await until(lambda: clock.now() > NOON + timedelta(hours=2))
        loop.cancel()
        assert await tables(file).shown("aisle-1", "a1") is None

    with_store(tmp_path, work)


def test_an_answer_leaves_the_store_only_from_a_camera_that_may(tmp_path: Path) -> None:
    answer = FacingAnswered(camera="aisle-1", facing="a1", at=NOON, answer="low")

    async def work(file: SqliteFile) -> None:
        assert await tables(file).answered(answer, NOON)
        other = answer.model_copy(update={"camera": "aisle-2"})
        assert not await tables(file).answered(other, NOON)
        assert await told(file) == [answer]

    with_store(tmp_path, work)


async def shelf(file: SqliteFile) -> None:
    facings = [
        Facing("aisle-1", "m1", MILK, 0.1, 0.1, 0.1, 0.1),
        Facing("aisle-1", "m2", MILK, 0.3, 0.1, 0.1, 0.1),
        Facing("aisle-1", "b1", BREAD, 0.5, 0.1, 0.1, 0.1),
    ]
    await file.write(lambda db: replace_planogram(db, facings, NOON - DAY))


async def sell(file: SqliteFile, gtin: str, at: datetime) -> None:
    line = (f"t{at}", 1, gtin, 1.0, 1.0, at.isoformat(), at.date().isoformat())
    await file.write(
        lambda db: db.execute(
            "INSERT INTO sale_lines (transaction_id, line, gtin, units, amount, sold_at, day)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            line,
        )
    )


def gap(facing: str, gtin: str) -> GapOpened:
    return GapOpened(
        camera="aisle-1", facing=facing, gtin=gtin, since=NOON, probability=0.9, frames=3
    )


def test_a_sale_contradicts_gaps_when_all_of_the_item_s_facings_stand_empty(tmp_path: Path) -> None:
    later = NOON + timedelta(minutes=30)

    async def work(file: SqliteFile) -> None:
        await shelf(file)
        await ShelfTables(file).record([gap("m1", MILK), gap("b1", BREAD)], NOON)
        await sell(file, MILK, later)
        await sell(file, BREAD, NOON + timedelta(minutes=1))
        open_ = frozenset({"m1", "b1"})
        facts = await tables(file).facts("aisle-1", later)
        assert facts == Facts(open=open_), "in hand when it went empty; another facing has some"
        await ShelfTables(file).record([gap("m2", MILK)], NOON)
        facts = await tables(file).facts("aisle-1", later)
        assert facts.sold == {"m1", "m2"}
        assert (await tables(file).facts("aisle-1", NOON)).sold == set(), "it was not sold yet"

    with_store(tmp_path, work)


def test_an_item_that_fell_silent_is_unsold(tmp_path: Path) -> None:
    span = (NOON - timedelta(hours=5), NOON - timedelta(hours=1))
    row = (NOON.date().isoformat(), MILK, "silence", *(at.isoformat() for at in span))

    async def work(file: SqliteFile) -> None:
        await shelf(file)
        insert = "INSERT INTO stock_outs VALUES (?, ?, ?, ?, ?, 0.4, 0.001, '')"
        await file.write(lambda db: db.execute(insert, row))
        assert (await tables(file).facts("aisle-1", NOON)).unsold == {"m1", "m2"}
        assert (await tables(file).facts("aisle-1", NOON + DAY)).unsold == set()

    with_store(tmp_path, work)
