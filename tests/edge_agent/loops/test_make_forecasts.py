"""Forecasts are made when there is something new to make them from, and not otherwise."""

import asyncio
import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from edge_agent.adapters.basket_tables import BasketTables
from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.feed_intake import SqliteIntake
from edge_agent.adapters.feed_tables import FeedTables
from edge_agent.adapters.forecast_tables import ForecastTables
from edge_agent.adapters.lesson_tables import LessonTables
from edge_agent.adapters.sales_tables import DayTables
from edge_agent.adapters.score_tables import ScoreTables
from edge_agent.core.baskets import BasketRule
from edge_agent.core.facing import Opening
from edge_agent.core.store_panel import Promised
from edge_agent.loops.make_forecasts import (
    HORIZON,
    Forecasting,
    forecast_once,
    make_forecasts,
)
from edge_agent.loops.tally_sales import Books, tally_once
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.commands import Feed, LocalEvent, PriceChange, Promotion, Weather
from tests.edge_agent.adapters.store_file import rows, with_store
from tests.fakes.clock import NOON, FakeClock, until
from tests.fakes.flat_models import FlatModels, FlatSite
from tests.fakes.store_files import SALES_HEADER, dropped

MILK, BREAD = "04006381333931", "05000112637922"
DAY = timedelta(days=1)
YESTERDAY = NOON.date() - DAY
OPENING = Opening(time(8), time(20), UTC)


async def sell(file: SqliteFile, days: int, last: date = YESTERDAY, *, late: int = 0) -> None:
    """Sell two of the milk on each of so many days, and a bread on the last of them."""
    lines = [f"t{late}-{n},1,{MILK},2,4,{last - n * DAY}T10:00:00,,\n" for n in range(days)]
    lines.append(f"b{late},1,{BREAD},1,3,{last}T10:00:00,,\n")
    await SqliteIntake(file, UTC, CardReader(b"key")).take(
        dropped("till.csv", SALES_HEADER + "".join(lines)), NOON
    )


async def tally(file: SqliteFile, at: datetime = NOON) -> None:
    books = Books(DayTables(file), BasketTables(file), ScoreTables(file))
    await tally_once(books, OPENING, BasketRule(2), at)


async def forecast(file: SqliteFile, models: FlatModels, at: datetime = NOON) -> bool:
    return await forecast_once(forecasting(file, models), at)


def forecasting(file: SqliteFile, models: FlatModels) -> Forecasting:
    return Forecasting(ForecastTables(file), LessonTables(file), models, OPENING)


def test_every_item_with_a_history_gets_its_days(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await sell(file, 60)
        await tally(file)
        assert await forecast(file, FlatModels())
        found = await rows(
            file,
            "SELECT gtin, day, made_at, made_for, release, model, expected, quantiles "
            "FROM forecasts WHERE gtin = '04006381333931'",
        )
        assert len(found) == HORIZON
        gtin, day, made_at, made_for, release, model, expected, quantiles = found[0]
        assert (gtin, day, made_for) == (MILK, str(NOON.date()), str(YESTERDAY))
        assert (made_at, release, model) == (NOON.isoformat(), 0, "1.2.3")
        assert abs(expected - 2.0) < 0.01
        assert list(json.loads(quantiles)) == ["0.05", "0.5", "0.95"]

    with_store(tmp_path, work)


def test_nothing_is_made_twice_from_the_same(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        models = FlatModels()
        assert not await forecast(file, models)
        await sell(file, 60)
        assert not await forecast(file, models)
        await tally(file)
        assert await forecast(file, models)
        assert not await forecast(file, models)

    with_store(tmp_path, work)


def test_a_day_a_release_and_a_feed_each_make_new_ones(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        models = FlatModels()
        await sell(file, 60)
        await tally(file)
        await forecast(file, models)
        models.current = FlatSite(1, factor=3.0)
        assert await forecast(file, models)
        assert await rows(file, "SELECT DISTINCT release FROM forecasts") == [(1,)]
        news = Feed(version=1, weather=(Weather(day=NOON.date() + DAY, temperature=20),))
        await FeedTables(file).take(news, NOON)
        assert await forecast(file, models)
        await sell(file, 1, NOON.date(), late=1)
        assert not await forecast(file, models)
        assert not await forecast(file, models, NOON + DAY)
        await tally(file, NOON + DAY)
        assert await forecast(file, models, NOON + DAY)
        over = await rows(file, f"SELECT count(*) FROM forecasts WHERE day = '{NOON.date()}'")  # noqa: S608 - a date
        assert over != [(0,)]

    with_store(tmp_path, work)


def test_a_store_without_the_model_or_the_history_forecasts_nothing(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await sell(file, 60)
        await tally(file)
        assert not await forecast(file, FlatModels(FlatSite(kinds=())))
        assert await rows(file, "SELECT * FROM forecasts") == []

    async def fresh(file: SqliteFile) -> None:
        lines = f"t,1,{BREAD},1,3,{YESTERDAY - 100 * DAY}T10:00:00,,\n"
        await SqliteIntake(file, UTC, CardReader(b"key")).take(
            dropped("a.csv", SALES_HEADER + lines), NOON
        )
        await tally(file)
        assert await forecast(file, FlatModels())
        assert await rows(file, "SELECT * FROM forecasts") == []

    with_store(tmp_path, work)
    with_store(tmp_path / "fresh", fresh)


def test_what_the_feed_promises_is_in_the_material(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        today = NOON.date()
        feed = Feed(
            version=1,
            prices=(
                PriceChange(gtin=MILK, price=1.5, since=NOON - DAY),
                PriceChange(gtin=MILK, price=1.2, since=NOON + DAY),
                PriceChange(gtin=BREAD, price=9.0, since=NOON + 9 * DAY),
            ),
            promotions=(Promotion(gtin=MILK, first=today + DAY, last=today + DAY),),
            local_events=(LocalEvent(day=today + DAY, name="match"),),
        )
        await FeedTables(file).take(feed, NOON)
        ahead = (await ForecastTables(file).material(YESTERDAY, 2)).ahead
        assert ahead.calendar.special == frozenset()
        assert ahead.promised == {
            (MILK, today): Promised(1.5, promotion=False),
            (MILK, today + DAY): Promised(1.2, promotion=True),
            (BREAD, today): Promised(None, None),
            (BREAD, today + DAY): Promised(None, None),
        }

    with_store(tmp_path, work)


def test_the_loop_goes_on(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        clock, models = FakeClock(), FlatModels()
        making = asyncio.create_task(make_forecasts(forecasting(file, models), clock))
        await until(lambda: len(clock.slept) > 1)
        await sell(file, 60)
        await tally(file)
        while not await rows(file, "SELECT * FROM forecasts"):
            looks = len(clock.slept)
            await until(lambda: len(clock.slept) > looks)  # noqa: B023 - it is over at once
        making.cancel()

    with_store(tmp_path, work)
