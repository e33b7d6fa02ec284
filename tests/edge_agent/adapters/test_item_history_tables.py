"""One item's past and days to come: the database and the fake give the same answers."""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from edge_agent.adapters.item_history_tables import ItemHistoryTables, put_inputs
from edge_agent.core.explaining import Inputs
from edge_agent.core.item_history import DayMark, ErrorSums, Foretold, Offer, Sold
from edge_agent.core.stock_outs import StockOut
from edge_agent.ports.item_history import ItemHistoryReads
from endcap.plumbing.sqlite_file import SqliteFile
from tests.edge_agent.adapters.store_file import with_store
from tests.fakes.clock import NOON
from tests.fakes.item_history import ItemHistory

MILK, BUTTER, BREAD = "04006381333931", "00000096385074", "05000112637922"
TODAY = NOON.date()
DAY = timedelta(days=1)
FIRST, LAST = TODAY - 10 * DAY, TODAY + 3 * DAY


def told() -> ItemHistory:
    """Return what both books are told."""
    book = ItemHistory(
        category={MILK: "Dairy", BUTTER: "Dairy", BREAD: "Bakery"},
        list_price={MILK: 1.29, BUTTER: 2.49},
    )
    for ago in (30, 9, 8, 6, 2):
        book.sold[MILK, TODAY - ago * DAY] = Sold(4.0 + ago, 1.0, 1.19, promotion=ago == 8)
    book.sold[MILK, TODAY - 6 * DAY] = Sold(1.0, 0.4, 1.19, promotion=False)
    book.sold[BUTTER, TODAY - 2 * DAY] = Sold(3.0, 1.0, None, promotion=False)
    book.sold[BREAD, TODAY - 5 * DAY] = Sold(7.0, 1.0, 2.0, promotion=False)
    for ago in range(-3, 10):
        for number, gtin in enumerate((MILK, BUTTER, BREAD)):
            one = Foretold(
                expected=5.0 + number,
                quantiles={0.05: 2.0, 0.5: 5.0 + number, 0.95: 11.5},
                made_at=NOON,
                release=3,
                at_least_one=0.9,
                reasons=("Match: +30%",),
            )
            book.foretold[gtin, TODAY - ago * DAY] = one, TODAY - (ago + (ago != 2)) * DAY
    since = NOON - 6 * DAY
    book.stock_outs.append(
        StockOut(MILK, since.date(), "camera", since, since + DAY / 4, 0.6, None, "aisle-1/f0")
    )
    book.prices[MILK, TODAY + DAY] = 0.99
    book.offers.append((MILK, Offer(TODAY + DAY, TODAY + 2 * DAY, 0.2)))
    book.marks += [
        (TODAY + DAY, DayMark("event", "Match")),
        (TODAY + DAY, DayMark("holiday", "Carnival")),
    ]
    rows = (np.arange(12).reshape(4, 3) / 1024).astype(np.float32)
    book.inputs[MILK] = Inputs(3, TODAY, 5.25, whole=True, rows=rows, events=(1.0, 1.3, 1.0, 1.0))
    return book


def write(db: sqlite3.Connection, book: ItemHistory) -> None:
    """Write what `book` was told into the store's tables."""
    for gtin, name in book.category.items():
        db.execute(
            "INSERT INTO items (gtin, name, category, price) VALUES (?, ?, ?, ?)",
            (gtin, gtin, name, book.list_price.get(gtin)),
        )
    for (gtin, day), one in book.sold.items():
        db.execute(
            "INSERT INTO day_sales VALUES (?, ?, ?, 0, 0, ?, ?, ?)",
            (day.isoformat(), gtin, one.units, one.price, one.promotion, one.in_stock),
        )
    for (gtin, day), (foretold, made_for) in book.foretold.items():
        db.execute(
            "INSERT INTO forecasts (gtin, day, made_at, made_for, release, model, expected,"
            " quantiles, at_least_one, reasons) VALUES (?, ?, ?, ?, 3, '1.0.0', ?, ?, 0.9, ?)",
            (
                *(gtin, day.isoformat(), foretold.made_at.isoformat(), made_for.isoformat()),
                *(foretold.expected, json.dumps(foretold.quantiles), json.dumps(foretold.reasons)),
            ),
        )
    put_inputs(db, book.inputs.items())
    write_circumstances(db, book)


def write_circumstances(db: sqlite3.Connection, book: ItemHistory) -> None:
    """Write what went on around the sales."""
    for out in book.stock_outs:
        db.execute(
            "INSERT INTO stock_outs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(out.day.isoformat(), out.gtin, out.source, out.since.isoformat()),
                *(out.until.isoformat(), out.share, out.chance, out.detail),
            ),
        )
    for (gtin, day), price in book.prices.items():
        db.execute(
            "INSERT INTO prices (gtin, since, price) VALUES (?, ?, ?)",
            (gtin, f"{day.isoformat()}T00:00:00+00:00", price),
        )
    for gtin, offer in book.offers:
        db.execute(
            "INSERT INTO promotions (gtin, first, last, discount) VALUES (?, ?, ?, ?)",
            (gtin, offer.first.isoformat(), offer.last.isoformat(), offer.discount),
        )
    for day, mark in book.marks:
        if mark.kind == "event":
            db.execute(
                "INSERT INTO local_events (day, name) VALUES (?, ?)", (day.isoformat(), mark.name)
            )
        else:
            db.execute(
                "INSERT INTO calendar_days (day, kind, name) VALUES (?, ?, ?)",
                (day.isoformat(), mark.kind, mark.name),
            )


Look = Callable[[ItemHistoryReads], Awaitable[None]]
Ask = Callable[[Look], None]


@pytest.fixture(params=["memory", "sqlite"])
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Ask:
    def of_memory(look: Look) -> None:
        async def work() -> None:
            await look(told())

        asyncio.run(work())

    def of_sqlite(look: Look) -> None:
        async def work(file: SqliteFile) -> None:
            await file.write(lambda db: write(db, told()))
            await look(ItemHistoryTables(file))

        with_store(tmp_path, work)

    return of_memory if request.param == "memory" else of_sqlite


def test_the_days_asked_for_are_told_and_no_others(ask: Ask) -> None:
    async def look(book: ItemHistoryReads) -> None:
        facts = await book.facts_of(MILK, FIRST, LAST, TODAY)
        assert sorted(facts.sold) == [TODAY - ago * DAY for ago in (9, 8, 6, 2)]
        assert facts.sold[TODAY - 8 * DAY] == Sold(12.0, 1.0, 1.19, promotion=True)
        assert facts.begun == TODAY - 30 * DAY
        assert facts.told == {TODAY - ago * DAY for ago in (9, 8, 6, 5, 2)}
        assert [one.detail for one in facts.stock_outs] == ["aisle-1/f0"]
        assert len(facts.foretold) == 13
        assert facts.foretold[TODAY].quantiles[0.95] == 11.5

    ask(look)


def test_what_is_known_of_the_days_to_come_is_told(ask: Ask) -> None:
    async def look(book: ItemHistoryReads) -> None:
        facts = await book.facts_of(MILK, FIRST, LAST, TODAY)
        assert facts.prices == ((TODAY, 1.29), (TODAY + DAY, 0.99))
        assert facts.offers == (Offer(TODAY + DAY, TODAY + 2 * DAY, 0.2),)
        assert facts.marks == {
            TODAY + DAY: (DayMark("event", "Match"), DayMark("holiday", "Carnival"))
        }

    ask(look)


def test_a_price_that_holds_already_stands_before_the_catalogues(ask: Ask) -> None:
    async def look(book: ItemHistoryReads) -> None:
        facts = await book.facts_of(MILK, FIRST, LAST, TODAY + DAY)
        assert facts.prices == ((TODAY + DAY, 0.99),)

    ask(look)


def test_errors_count_days_that_are_over_and_items_that_were_there(ask: Ask) -> None:
    async def look(book: ItemHistoryReads) -> None:
        facts = await book.facts_of(MILK, FIRST, LAST, TODAY)
        # of days 9, 8, 6, 5 and 2: day 6 had a stock-out, day 2 was foretold on the day itself
        assert facts.own == ErrorSums(rows=3, sold=25.0, error=-10.0, absolute=20.0, covered=0)
        assert facts.category == ErrorSums(rows=7, sold=25.0, error=14.0, absolute=44.0, covered=0)

    ask(look)


def test_an_item_of_which_nothing_is_known_has_no_facts(ask: Ask) -> None:
    async def look(book: ItemHistoryReads) -> None:
        facts = await book.facts_of(BREAD, TODAY - 4 * DAY, TODAY - 3 * DAY, TODAY - 10 * DAY)
        assert replace(facts, foretold={}, marks={}) == replace(
            type(facts)(), begun=TODAY - 5 * DAY
        )

    ask(look)


def test_inputs_come_back_as_they_were_kept(ask: Ask) -> None:
    async def look(book: ItemHistoryReads) -> None:
        assert await book.inputs_of(BREAD) is None
        found = await book.inputs_of(MILK)
        assert found is not None
        mine = told().inputs[MILK]
        assert (found.release, found.first, found.level, found.whole) == (3, TODAY, 5.25, True)
        assert found.events == mine.events
        assert found.rows.dtype == np.float32
        assert (found.rows == mine.rows).all()

    ask(look)


def test_new_inputs_take_the_place_of_all_others(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await file.write(lambda db: put_inputs(db, told().inputs.items()))
        await file.write(lambda db: put_inputs(db, ()))
        assert await ItemHistoryTables(file).inputs_of(MILK) is None

    with_store(tmp_path, work)
