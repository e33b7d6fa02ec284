"""When a day is over it is tallied, a week's baskets are counted, and its forecast is scored."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from edge_agent.adapters.basket_tables import BasketTables
from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.feed_intake import SqliteIntake
from edge_agent.adapters.sales_tables import DayTables
from edge_agent.adapters.score_tables import ScoreTables
from edge_agent.core.baskets import BasketRule
from edge_agent.core.facing import Opening
from edge_agent.loops.tally_sales import AT_ONCE, Books, tally_once, tally_sales
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.events import ForecastScored, SalesTallied
from endcap.wire.shopper_events import BasketsCounted
from tests.edge_agent.adapters.store_file import told, with_store
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.store_files import SALES_HEADER, dropped

MILK = "04006381333931"
ZONE = ZoneInfo("America/New_York")
OPENING = Opening(time(8), time(20), ZONE)
DAY = timedelta(days=1)


def books(file: SqliteFile) -> Books:
    return Books(DayTables(file), BasketTables(file), ScoreTables(file))


async def sell(file: SqliteFile, days: list[date]) -> None:
    lines = [f"t{n},1,{MILK},1,2,{day}T10:00:00,,\n" for n, day in enumerate(days)]
    await SqliteIntake(file, ZONE, CardReader(b"key")).take(
        dropped("till.csv", SALES_HEADER + "".join(lines)), NOON
    )


async def days_told(file: SqliteFile) -> list[date]:
    return [one.day for one in await told(file) if isinstance(one, SalesTallied)]


def test_a_day_is_over_when_it_is_over_in_the_store(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        sunday = NOON.date() - DAY
        await sell(file, [sunday])
        early = datetime(2026, 3, 2, 4, tzinfo=UTC)  # 23:00 on Sunday in New York
        await tally_once(books(file), OPENING, BasketRule(2), early)
        assert await days_told(file) == []
        await tally_once(books(file), OPENING, BasketRule(2), early + timedelta(hours=2))
        assert await days_told(file) == [sunday]

    with_store(tmp_path, work)


def test_a_year_at_once_is_tallied_in_order(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        days = [NOON.date() - DAY * n for n in range(2 * AT_ONCE + 3, 0, -1)]
        await sell(file, days)
        await tally_once(books(file), OPENING, BasketRule(2), NOON)
        assert await days_told(file) == days
        weeks = [one.period for one in await told(file) if isinstance(one, BasketsCounted)]
        assert weeks == sorted({day - timedelta(days=day.weekday()) for day in days})

    with_store(tmp_path, work)


def test_a_clock_that_was_never_set_closes_no_day(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await sell(file, [NOON.date()])
        await tally_once(books(file), OPENING, BasketRule(2), datetime(1970, 1, 1, tzinfo=UTC))
        assert await days_told(file) == []

    with_store(tmp_path, work)


def test_the_forecast_of_the_day_is_scored(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        sunday = NOON.date() - DAY
        await sell(file, [sunday])
        made = (MILK, str(sunday), NOON.isoformat(), str(sunday - DAY), 0, "1.0.0", 3.0, "{}")
        insert = (
            "INSERT INTO forecasts (gtin, day, made_at, made_for, release, model, expected, "
            "quantiles) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        )
        await file.write(lambda db: db.execute(insert, made).rowcount)
        await tally_once(books(file), OPENING, BasketRule(2), NOON)
        [scored] = [one for one in await told(file) if isinstance(one, ForecastScored)]
        assert (scored.items, scored.units, scored.error) == (1, 1.0, 2.0)

    with_store(tmp_path, work)


def test_the_loop_goes_on(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        clock = FakeClock()
        await sell(file, [NOON.date()])
        tallying = asyncio.create_task(tally_sales(books(file), OPENING, BasketRule(2), clock))
        while not await days_told(file):
            clock.turn(timedelta(hours=6))
        tallying.cancel()
        assert await days_told(file) == [NOON.date()]

    with_store(tmp_path, work)
