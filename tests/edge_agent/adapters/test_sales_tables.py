"""The books of sales: what changed is found, told once, and told again when it became another."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.feed_intake import SqliteIntake
from edge_agent.adapters.history_tables import HistoryTables
from edge_agent.adapters.sales_tables import DayTables
from edge_agent.adapters.score_tables import ScoreTables
from edge_agent.adapters.shelf_tables import ShelfTables
from edge_agent.core.facing import Opening
from edge_agent.core.sales import tally
from edge_agent.core.scoring import Expected, Sold, score
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.events import ForecastScored, GapClosed, GapOpened, SalesTallied
from tests.edge_agent.adapters.store_file import rows, told, with_store
from tests.fakes.store_files import SALES_HEADER, dropped

MONDAY = date(2026, 3, 2)
AT = datetime(2026, 3, 9, 6, tzinfo=UTC)
MILK, BREAD = "04006381333931", "05000112637922"
OPENING = Opening(time(8), time(20), UTC)


def sale(transaction: str, gtin: str = MILK, units: int = 1, day: date = MONDAY) -> str:
    return f"{transaction},{gtin[-4:]},{gtin},{units},{units * 2},{day}T10:00:00,,\n"


async def sell(file: SqliteFile, *lines: str) -> None:
    content = SALES_HEADER + "".join(lines)
    await SqliteIntake(file, UTC, CardReader(b"key")).take(dropped("till.csv", content), AT)


async def tally_all(file: SqliteFile) -> None:
    book = DayTables(file)
    days = await book.changed_days(AT.date())
    await book.record([tally(one, OPENING) for one in await book.facts_of(days)], AT)


async def tallied(file: SqliteFile) -> list[SalesTallied]:
    return [one for one in await told(file) if isinstance(one, SalesTallied)]


def test_a_day_is_tallied_once(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await sell(file, sale("t1", units=3), sale("t2", units=-1))
        assert await DayTables(file).changed_days(MONDAY) == ()
        assert await DayTables(file).changed_days(MONDAY + timedelta(days=1)) == (MONDAY,)
        await tally_all(file)
        await tally_all(file)
        [event] = await tallied(file)
        assert (event.day, event.revision) == (MONDAY, 1)
        [item] = event.items
        assert (item.units, item.returns, item.revenue, item.price) == (2.0, 1.0, 4.0, 2.0)
        assert await rows(file, "SELECT day, gtin, units, in_stock FROM day_sales") == [
            ("2026-03-02", MILK, 2.0, 1.0)
        ]
        assert await DayTables(file).changed_days(AT.date()) == ()

    with_store(tmp_path, work)


def test_a_late_row_is_a_new_revision(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await sell(file, sale("t1"))
        await tally_all(file)
        await sell(file, sale("t1"), sale("t9", BREAD))
        await tally_all(file)
        assert [(one.revision, len(one.items)) for one in await tallied(file)] == [(1, 1), (2, 2)]
        assert len(await rows(file, "SELECT * FROM day_sales")) == 2

    with_store(tmp_path, work)


def test_a_day_that_changes_while_it_is_tallied_stays_changed(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        book = DayTables(file)
        await sell(file, sale("t1"))
        [facts] = await book.facts_of([MONDAY])
        await sell(file, sale("t2"))
        await book.record([tally(facts, OPENING)], AT)
        assert await book.changed_days(AT.date()) == (MONDAY,)

    with_store(tmp_path, work)


def test_time_without_the_item_is_told_with_its_sales(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        begin = datetime(2026, 3, 2, 8, tzinfo=UTC)
        gap = GapOpened(
            camera="aisle-1", facing="a1", gtin=MILK, since=begin, probability=0.9, frames=3
        )
        over = GapClosed(
            camera="aisle-1",
            facing="a1",
            gtin=MILK,
            opened=begin,
            since=begin + timedelta(hours=3),
        )
        await ShelfTables(file).record([gap, over], AT)
        await sell(file, sale("t1", BREAD))
        await tally_all(file)
        [event] = await tallied(file)
        assert {item.gtin: (item.units, item.in_stock) for item in event.items} == {
            MILK: (0.0, 0.75),
            BREAD: (1.0, 1.0),
        }

    with_store(tmp_path, work)


def forecast(gtin: str, units: float, made_for: date) -> tuple[object, ...]:
    return (gtin, str(MONDAY), AT.isoformat(), str(made_for), 1, "1.0.0", units, "{}")


def test_a_forecast_is_scored_on_the_tally_of_its_day(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        book = ScoreTables(file)
        made = [
            forecast(MILK, 5.0, MONDAY - timedelta(days=1)),
            forecast(BREAD, 1.0, MONDAY),
        ]
        await file.write(
            lambda db: (
                db.executemany(
                    "INSERT INTO forecasts (gtin, day, made_at, made_for, release, model, "
                    "expected, quantiles) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    made,
                ).rowcount
            )
        )
        await sell(file, sale("t1", units=3))
        await tally_all(file)
        assert await book.unscored_days() == (MONDAY,)
        facts = await book.facts_of(MONDAY)
        assert facts.expected == (Expected(MILK, 5.0, 1, "1.0.0"),)
        assert facts.sold == {MILK: Sold(3.0, 1.0)}
        scored = score(MONDAY, facts.expected, facts.sold)
        await book.record(facts, scored, AT)
        await book.record(facts, scored, AT)
        assert await book.unscored_days() == ()
        assert [one for one in await told(file) if isinstance(one, ForecastScored)] == [scored]
        assert scored is not None
        later = scored.model_copy(update={"units": 4.0})
        await book.record(facts, later, AT)
        assert [one for one in await told(file) if isinstance(one, ForecastScored)] == [
            scored,
            later,
        ]

    with_store(tmp_path, work)


def test_a_day_nothing_was_expected_of_is_settled_without_a_score(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        book = ScoreTables(file)
        await sell(file, sale("t1"))
        await tally_all(file)
        await book.record(await book.facts_of(MONDAY), None, AT)
        assert await book.unscored_days() == ()
        assert await rows(file, "SELECT * FROM forecast_scores") == []

    with_store(tmp_path, work)


def test_history_is_forgotten_from_a_day_on_backwards(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await sell(file, sale("t1"), sale("t2", day=MONDAY + timedelta(days=1)))
        await tally_all(file)
        care = HistoryTables(file)
        assert await care.forget(datetime(2026, 3, 3, tzinfo=UTC)) == 2
        assert await care.forget(datetime(2026, 3, 3, tzinfo=UTC)) == 0
        assert await rows(file, "SELECT day FROM sale_lines") == [("2026-03-03",)]
        assert await rows(file, "SELECT day FROM day_sales") == [("2026-03-03",)]

    with_store(tmp_path, work)
