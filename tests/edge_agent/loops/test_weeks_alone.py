"""A store forecasts every day for weeks without the centre, learns from itself, and says its age.

A real database, made-up receipts, and a clock that moves a day at a time.
"""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np

from edge_agent.adapters.basket_tables import BasketTables
from edge_agent.adapters.catalogue_tables import put_counts, put_items
from edge_agent.adapters.chain_tables import ChainTables
from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.demand_reads import DemandReads
from edge_agent.adapters.feed_intake import SqliteIntake
from edge_agent.adapters.feed_tables import FeedTables
from edge_agent.adapters.forecast_tables import ForecastTables
from edge_agent.adapters.history_tables import HistoryTables
from edge_agent.adapters.kiosk_reads import KioskReads
from edge_agent.adapters.lesson_tables import LessonTables
from edge_agent.adapters.sales_tables import DayTables
from edge_agent.adapters.score_tables import ScoreTables
from edge_agent.core.baskets import BasketRule
from edge_agent.core.facing import Opening
from edge_agent.core.feed.shelf import Item, StockCount
from edge_agent.core.knowledge import Heard, knowledge
from edge_agent.loops.make_forecasts import Forecasting, forecast_once
from edge_agent.loops.tally_sales import Books, tally_once
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.commands import (
    CalendarDay,
    ChainItem,
    ChainSignals,
    Feed,
    LocalEvent,
    Weather,
)
from endcap.wire.events import ForecastScored
from tests.edge_agent.adapters.store_file import rows, told, with_store
from tests.fakes.clock import NOON
from tests.fakes.flat_models import FlatModels, FlatSite
from tests.fakes.store_files import SALES_HEADER, dropped

MILK, BREAD = "04006381333931", "05000112637922"
DAY = timedelta(days=1)
TODAY = NOON.date()
OPENING = Opening(time(8), time(20), UTC)
WEEKS = 30


def receipts(day: date, gtin: str, count: int, first: float = 8.2, last: float = 19.8) -> list[str]:
    """Return lines of one unit each, spread over the day."""
    moments = np.linspace(first, last, count)
    midnight = datetime.combine(day, time(), UTC)
    return [
        f"{day}-{gtin}-{n},1,{gtin},1,2,{(midnight + timedelta(hours=at)).isoformat()},,\n"
        for n, at in enumerate(moments.tolist())
    ]


async def sell(file: SqliteFile, lines: list[str], name: str, at: datetime) -> None:
    intake = SqliteIntake(file, UTC, CardReader(b"key"))
    await intake.take(dropped(f"{name}.csv", SALES_HEADER + "".join(lines)), at)


async def night(file: SqliteFile, models: FlatModels, at: datetime) -> bool:
    """Do what the loops do once a day is over; return whether forecasts were made."""
    books = Books(DayTables(file), BasketTables(file), ScoreTables(file))
    await tally_once(books, OPENING, BasketRule(2), at)
    work = Forecasting(ForecastTables(file), LessonTables(file), models, OPENING, 14)
    return await forecast_once(work, at)


async def past(file: SqliteFile, days: int = 15, milk: int = 20, bread: int = 4) -> None:
    """Sell so many a day before NOON, and describe both."""
    put = [
        Item(gtin, name, "", "", kind, "", 2.0)
        for gtin, name, kind in ((MILK, "Milk", "dairy"), (BREAD, "Bread", "bakery"))
    ]
    await file.write(lambda db: put_items(db, put))
    lines = [
        line
        for n in range(days, 0, -1)
        for gtin, count in ((MILK, milk), (BREAD, bread))
        for line in receipts(TODAY - n * DAY, gtin, count)
    ]
    await sell(file, lines, "past", NOON)


def test_a_month_alone_is_forecast_every_day_and_its_age_is_said(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        models = FlatModels(FlatSite(factor=0.7))  # it says too little
        await past(file)
        item = ChainItem(gtin=MILK, trend_3=1.0, trend_7=1.0)
        await ChainTables(file).take(
            ChainSignals(origin=TODAY - DAY, part=1, parts=1, items=(item,))
        )
        warm = Weather(day=TODAY + DAY, temperature=20.0)
        await FeedTables(file).take(Feed(version=1, weather=(warm,)), NOON)
        for n in range(WEEKS):
            at, day = NOON + n * DAY, TODAY + n * DAY
            assert await night(file, models, at), f"no forecast on day {n}"
            assert not await night(file, models, at)
            chain = (await ForecastTables(file).material(day - DAY, 14)).ahead.chain
            assert (chain is not None) == (n <= 7)
            await sell(file, receipts(day, MILK, 20) + receipts(day, BREAD, 4), f"d{n}", at)
        after = NOON + WEEKS * DAY
        assert await night(file, models, after)
        heard = await KioskReads(file).heard()
        assert heard == Heard(None, NOON, TODAY - DAY)
        said = knowledge(heard, after, after.date())
        assert (said.feed_days, said.chain_days, said.chain_used) == (30, 31, False)
        scores = [one for one in await told(file) if isinstance(one, ForecastScored)]
        assert len(scores) == WEEKS
        first, last = scores[0], scores[-1]
        assert first.error < -0.25 * first.units
        assert abs(last.error) < 0.1 * last.units
        assert last.covered is not None
        assert {one.group for one in last.groups} == {"bakery", "dairy"}
        assert await rows(file, "SELECT max(day) < ? FROM drafts".replace("?", f"'{TODAY}'")) == [
            (0,)
        ]

    with_store(tmp_path, work)


def test_each_day_is_learned_from_once_and_old_ones_never(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        models = FlatModels()
        await past(file, 70, 2, 1)
        await night(file, models, NOON)
        book = LessonTables(file)
        assert await book.unlearned_days(TODAY) == ()
        days = await rows(file, "SELECT units FROM hour_sums WHERE gtin = '' AND hour = 9")
        facts = await book.facts_of(TODAY - DAY)
        await sell(file, receipts(TODAY - 2 * DAY, MILK, 3, 9.0, 9.4), "late", NOON)
        await night(file, models, NOON)
        assert await rows(file, "SELECT units FROM hour_sums WHERE gtin = '' AND hour = 9") == days
        assert facts.sold_at
        forecasts = ForecastTables(file)
        material = await forecasts.material(TODAY - DAY, 3)
        assert material.experience.levels.release == 0

    with_store(tmp_path, work)


def test_what_a_release_taught_begins_the_next(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        models = FlatModels(FlatSite(factor=0.7))
        await past(file)
        for n in range(10):
            await night(file, models, NOON + n * DAY)
            await sell(file, receipts(TODAY + n * DAY, MILK, 20), f"d{n}", NOON + n * DAY)
        at = NOON + 10 * DAY
        await night(file, models, at)
        [mine, *_] = await KioskReads(file).forecasts_of_item(MILK, at.date())
        models.current = FlatSite(1, factor=0.7)
        await night(file, models, at)
        [its, *_] = await KioskReads(file).forecasts_of_item(MILK, at.date())
        assert mine.day == its.day == at.date()
        assert 0.72 * 20 < (its.expected or 0.0) < (mine.expected or 0.0) < 21.0

    with_store(tmp_path, work)


def test_closed_days_and_events_are_in_the_forecast_with_their_reason(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await past(file)
        feed = Feed(
            version=1,
            calendar=(
                CalendarDay(day=TODAY + DAY, kind="closed", name="stocktaking"),
                CalendarDay(day=TODAY + 2 * DAY, kind="school"),
                CalendarDay(day=TODAY + 3 * DAY, kind="holiday"),
            ),
            local_events=(LocalEvent(day=TODAY, name="match", effect=0.5),),
        )
        await FeedTables(file).take(feed, NOON)
        await night(file, FlatModels(), NOON)
        match, closed, plain, *_ = await KioskReads(file).forecasts_of_item(MILK, TODAY)
        assert [one.day - TODAY for one in (match, closed, plain)] == [0 * DAY, DAY, 2 * DAY]
        assert plain.expected is not None
        assert match.expected == round(1.5 * plain.expected, 3)
        assert match.reasons == ("match: +50% (typed +50%, no past day known)",)
        assert (closed.expected, closed.reasons) == (0.0, ("the store is closed",))
        assert plain.quantiles is not None
        assert tuple(plain.quantiles) == ("0.05", "0.5", "0.95")
        assert plain.at_least_one is not None
        calendar = (await ForecastTables(file).material(TODAY - DAY, 7)).ahead.calendar
        assert (calendar.special, calendar.holidays) == (
            frozenset({TODAY + 2 * DAY}),
            frozenset({TODAY + 3 * DAY}),
        )
        everything = await file.read(
            lambda db: db.execute("SELECT DISTINCT gtin FROM forecasts").fetchall()
        )
        assert {row["gtin"] for row in everything} == {MILK, BREAD}

    with_store(tmp_path, work)


def test_an_item_that_fell_silent_or_was_counted_at_nothing_was_missing(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await past(file, 12, 60, 40)
        await night(file, FlatModels(), NOON)
        today = receipts(TODAY, MILK, 60) + receipts(TODAY, BREAD, 10, 8.2, 12.0)
        await sell(file, today, "today", NOON + timedelta(hours=10))
        await file.write(
            lambda db: put_counts(db, [StockCount(MILK, 0.0, NOON + timedelta(hours=8))])
        )
        await night(file, FlatModels(), NOON + DAY)
        milk = await DemandReads(file).of_item(MILK, TODAY, TODAY)
        bread = await DemandReads(file).of_item(BREAD, TODAY, TODAY)
        assert [one.source for one in bread] == ["silence"]
        assert bread[0].since == datetime(2026, 3, 2, 12, tzinfo=UTC)
        assert bread[0].chance is not None
        assert milk == ()  # it sold after 20 h of the day's count: the day was over
        assert await DemandReads(file).of_day(TODAY) == bread
        sold = (await ScoreTables(file).facts_of(TODAY)).sold
        assert sold[BREAD].in_stock == round(1 - bread[0].share, 4)
        await HistoryTables(file).forget(NOON + 9 * DAY)
        assert await DemandReads(file).of_day(TODAY) == ()
        assert await rows(file, "SELECT * FROM stock_counts") == []

    with_store(tmp_path, work)


def test_a_store_that_does_not_listen_to_the_till_misses_nobody(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await past(file, 12, 60, 30)
        await night(file, FlatModels(), NOON)
        await sell(file, receipts(TODAY, MILK, 60), "today", NOON + timedelta(hours=10))
        [deaf] = await DayTables(file, listens=False).facts_of([TODAY])
        [hears] = await DayTables(file).facts_of([TODAY])
        assert deaf.heard.takings.expected == {}
        assert hears.heard.takings.expected.keys() == {MILK, BREAD}

    with_store(tmp_path, work)


def test_a_count_of_nothing_ends_with_the_next_sale(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await past(file)
        counted = datetime.combine(TODAY, time(9), UTC)
        await file.write(lambda db: put_counts(db, [StockCount(MILK, 0.0, counted)]))
        await sell(file, receipts(TODAY, MILK, 9, 15.0, 19.0), "today", NOON)
        await night(file, FlatModels(), NOON + DAY)
        [one] = await DemandReads(file).of_item(MILK, TODAY, TODAY)
        assert (one.source, one.since, one.until.hour) == ("stock", counted, 15)
        carried = (await ForecastTables(file).material(TODAY, 2)).ahead.carried
        assert carried == ()

    with_store(tmp_path, work)


def test_an_item_that_came_in_is_carried_before_it_sells(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await past(file)
        new = "00012345678905"
        await file.write(lambda db: put_items(db, [Item(new, "Curd", "", "", "dairy", "", 2.0)]))
        await file.write(lambda db: put_counts(db, [StockCount(new, 12.0, NOON - DAY)]))
        await night(file, FlatModels(), NOON)
        [found, *_] = await KioskReads(file).forecasts_of_item(new, TODAY)
        assert (found.day, found.basis) == (TODAY, "alike")
        assert (found.expected or 0.0) > 1.0

    with_store(tmp_path, work)
