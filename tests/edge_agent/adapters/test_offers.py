"""What recommending reads of a real store: its figures, and what is gone at this very moment."""

import asyncio
import json
from datetime import UTC, date, timedelta
from pathlib import Path

import numpy as np
import pytest

from edge_agent.adapters.answer_tables import AnswerTables, FeedbackTables
from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.offer_lessons import LessonTables
from edge_agent.adapters.offer_reads import DISMISSED, OfferTables
from edge_agent.adapters.schema import migrate
from edge_agent.adapters.store_figures import FiguresOfStore
from edge_agent.loops.learn_offers import learn_once
from edge_agent.loops.refresh_figures import refresh_figures
from edge_agent.ports.answers import Answer, Feedback, Shown
from edge_agent.ports.kiosk import StoreUnreadableError
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.shopper_events import OffersTallied
from tests.edge_agent.adapters.store_file import rows, told, with_store
from tests.edge_agent.kiosk.corner_store import CARD, CARDS, KEY, fill, gtin_of, nothing
from tests.fakes.clock import NOON, FakeClock, until

ASKED = CardReader(KEY)
"""A store where nobody is remembered who was not asked."""


def number(place: int) -> int:
    return int(gtin_of(place))


async def gone(reads: OfferTables) -> set[int]:
    return set((await reads.known(None, None, NOON)).gone.tolist())


def test_what_is_gone_is_as_fresh_as_the_last_write(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await file.write(fill)
        reads = OfferTables(file, UTC, CARDS)
        assert await gone(reads) == {number(1)}, "its only facing stands empty"
        await file.write(
            lambda db: db.execute("UPDATE stock SET on_hand = 0 WHERE gtin = ?", (gtin_of(0),))
        )
        assert await gone(reads) == {number(0), number(1)}
        gap = ("aisle-1", "f2", gtin_of(2), NOON.isoformat(), 0.9)
        await file.write(
            lambda db: db.execute("INSERT INTO gaps VALUES (?, ?, ?, ?, NULL, ?, NULL, NULL)", gap)
        )
        assert await gone(reads) == {number(0), number(1), number(2)}
        await file.write(lambda db: db.execute("UPDATE gaps SET closed = opened"))
        assert await gone(reads) == {number(0)}
        assert await gone(reads) == {number(0)}, "nothing was written: not asked again"

    with_store(tmp_path, work)


def test_an_item_with_a_full_facing_elsewhere_is_not_gone(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await file.write(fill)
        place = ("aisle-1", "f9", gtin_of(1), 0.1, 0.1, 0.1, 0.1)
        await file.write(lambda db: db.execute("INSERT INTO facings VALUES (?,?,?,?,?,?,?)", place))
        assert await gone(OfferTables(file, UTC, CARDS)) == set()

    with_store(tmp_path, work)


def test_a_past_is_read_only_of_who_agreed(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await file.write(fill)
        known = await OfferTables(file, UTC, CARDS).known(CARD, None, NOON)
        assert known.shopper is not None
        assert number(3) in known.past.items
        assert known.past.ages.min() == pytest.approx(1.0)
        assert set(known.past.hours.tolist()) == {12.0}
        stranger = await OfferTables(file, UTC, ASKED).known(CARD, None, NOON)
        assert stranger.shopper is None
        assert len(stranger.past.items) == 0
        early = await OfferTables(file, UTC, CARDS).known(CARD, None, NOON - timedelta(days=40))
        assert len(early.past.items) == 0, "what comes later is not known yet"

    with_store(tmp_path, work)


def test_what_a_visit_dismissed_is_read_of_no_answers_row(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        asked = DISMISSED.replace("?", "'here'")
        steps = await rows(file, f"EXPLAIN QUERY PLAN {asked}")
        read = [step[-1] for step in steps if step[-1].startswith(("SEARCH", "SCAN"))]
        assert len(read) == 2
        assert all(" USING COVERING INDEX " in step for step in read), read

    with_store(tmp_path, work)


def test_what_was_dismissed_is_known_in_that_session_alone(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        log, reads = AnswerTables(file, UTC), OfferTables(file, UTC, CARDS)
        shown = (Shown(gtin_of(3), 1.0), Shown(gtin_of(4), 0.5))
        log.note(Answer("a" * 32, "recommendations", NOON, 1, shown, session="here"))
        await log.keep()
        done = [Feedback("a" * 32, gtin_of(3), "dismissed", NOON)]
        await FeedbackTables(file).take([*done, Feedback("a" * 32, gtin_of(4), "tapped", NOON)])
        assert (await reads.known(None, "here", NOON)).dismissed.tolist() == [number(3)]
        assert (await reads.known(None, "there", NOON)).dismissed.tolist() == []

    with_store(tmp_path, work)


def test_figures_follow_the_store_and_an_empty_store_has_some(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        clock = FakeClock()
        figures = FiguresOfStore(file, UTC, clock)
        assert (await figures.current(NOON)).goods.size == 0
        await file.write(fill)
        clock.turn(timedelta(minutes=2))
        await figures.refresh(NOON)
        store = await figures.current(NOON)
        assert store.goods.size == 12
        row = int(store.goods.rows(np.array([number(4)]))[0])
        assert store.goods.discount[row] == pytest.approx(0.2)
        assert store.figures.share[0] > store.figures.share[8] > 0
        more = ("00000000000017", "Newcomer")
        await file.write(
            lambda db: db.execute("INSERT INTO items (gtin, name) VALUES (?, ?)", more)
        )
        await figures.refresh(NOON)  # too soon for the receipts: the catalogue alone is read
        store = await figures.current(NOON)
        assert store.goods.names[0] == "Newcomer"
        assert np.isnan(store.figures.share[0])
        assert len(store.company.start) == 14

    with_store(tmp_path, work)


def test_prices_are_those_of_the_moment(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await file.write(fill)
        store = await FiguresOfStore(file, UTC, FakeClock()).current(NOON)
        assert store.goods.price[0] == pytest.approx(1.39)

    with_store(tmp_path, work)


def test_figures_are_refreshed_each_minute(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await file.write(fill)
        clock = FakeClock()
        figures = FiguresOfStore(file, UTC, clock)
        refreshing = asyncio.create_task(refresh_figures(figures, clock))
        await until(lambda: len(clock.slept) > 1)
        refreshing.cancel()
        assert clock.slept[0] == timedelta(minutes=1)
        assert (await figures.current(NOON)).goods.size == 12

    with_store(tmp_path, work)


def test_a_disk_that_does_not_answer_is_told_so(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_sqlite(tmp_path / "store.db", migrate) as file:
            await file.write(nothing)
            await file.write(lambda db: db.execute("DROP TABLE sale_lines").close())
            await file.write(lambda db: db.execute("DROP TABLE answers").close())
            with pytest.raises(StoreUnreadableError):
                await FiguresOfStore(file, UTC, FakeClock()).current(NOON)
            with pytest.raises(StoreUnreadableError):
                await OfferTables(file, UTC, CARDS).known(None, "here", NOON)

    asyncio.run(run())


def test_a_day_is_learned_from_once_and_told_in_sums(tmp_path: Path) -> None:
    shown = (Shown(gtin_of(0), 1.0, "popular-here"), Shown(gtin_of(1), 0.5, "bought-before"))

    async def work(file: SqliteFile) -> None:
        await file.write(fill)
        await file.write(lambda db: db.execute("DELETE FROM outbox"))
        log, book = AnswerTables(file, UTC), LessonTables(file)
        name = (await OfferTables(file, UTC, CARDS).known(CARD, None, NOON)).shopper
        assert name is not None
        early = NOON - timedelta(days=1, hours=3)
        for n in range(8):
            log.note(Answer(f"{n:032x}", "recommendations", early, 1, shown, shopper=name))
        await log.keep()
        await FeedbackTables(file).take([Feedback(f"{0:032x}", gtin_of(0), "tapped", early)])
        assert await learn_once(book, UTC, early) == [], "the day is not over"
        assert await learn_once(book, UTC, NOON) == [early.date()]
        assert await learn_once(book, UTC, NOON) == []
        lessons = await book.lessons()
        assert lessons.day == early.date()
        assert lessons.lift("item", gtin_of(1)) > 1, "the till says that it was bought"
        events = [one for one in await told(file) if isinstance(one, OffersTallied)]
        assert [(one.day, one.answers, one.tapped, one.bought) for one in events] == [
            (early.date(), 8, 1, 8)
        ]
        assert name not in json.dumps([one.model_dump(mode="json") for one in events])
        store = await FiguresOfStore(file, UTC, FakeClock()).current(NOON)
        assert store.learned is not None
        assert store.learned[1] > store.learned[0]
        assert len(await rows(file, "SELECT * FROM offer_lessons")) == 4

    with_store(tmp_path, work)


def test_a_clock_that_was_never_set_closes_no_day(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        at = NOON.replace(year=1971)
        assert await learn_once(LessonTables(file), UTC, at) == []
        assert await LessonTables(file).untaught(date(2026, 3, 2)) == ()

    with_store(tmp_path, work)
