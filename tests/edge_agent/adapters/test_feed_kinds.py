"""Every kind of file in the store's tables: corrections, deliveries, and who is believed."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from edge_agent.adapters.basket_tables import BasketTables
from edge_agent.adapters.catalogue_tables import CatalogueTables
from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.feed_intake import SqliteIntake
from edge_agent.adapters.feed_tables import FeedTables, feed_ages, feed_version
from edge_agent.adapters.history_tables import HistoryTables
from edge_agent.adapters.sales_tables import DayTables
from edge_agent.core.facing import Opening
from edge_agent.core.feed.item_codes import InStoreCode, ItemCodes
from edge_agent.core.feed.kinds import Outcome
from edge_agent.core.feed.sayings import WEATHER_LASTS, Source
from edge_agent.core.sales import tally
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.commands import Feed, LocalEvent, PriceChange, Weather
from endcap.wire.events import FeedRead, ItemsDescribed, SalesTallied
from endcap.wire.identifiers import check_digit
from tests.edge_agent.adapters.store_file import rows, told, with_store
from tests.fakes.store_files import SALES_HEADER, dropped

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = AT.date()
DAY = timedelta(days=1)
MILK, BREAD = "04006381333931", "05000112637922"
OPENING = Opening(time(8), time(20), UTC)
CORRECTING = SALES_HEADER.replace("promotion", "promotion,correction,void")


async def take(file: SqliteFile, name: str, content: str, at: datetime = AT) -> Outcome:
    return await SqliteIntake(file, UTC, CardReader(b"k")).take(dropped(name, content), at)


async def stock(file: SqliteFile) -> list[tuple[Any, ...]]:
    return await rows(file, "SELECT gtin, on_hand FROM stock ORDER BY gtin")


async def tallied(file: SqliteFile) -> Sequence[SalesTallied]:
    book = DayTables(file)
    facts = await book.facts_of(await book.changed_days(TODAY + DAY))
    await book.record([tally(one, OPENING) for one in facts], AT)
    return [one for one in await told(file) if isinstance(one, SalesTallied)]


def test_a_correction_is_told_again_with_a_higher_revision(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        sold = f"t1,1,{MILK},2,3,2026-03-01T10:00:00,,\nt1,2,{BREAD},1,2,2026-03-01T10:00:00,,\n"
        await take(file, "till.csv", SALES_HEADER + sold)
        assert [(one.revision, len(one.items)) for one in await tallied(file)] == [(1, 2)]
        changes = f"t1,1,{MILK},5,7.5,2026-03-01T10:00:00,,,1,\nt1,2,,,,,,,,1\n"
        outcome = await take(file, "late.csv", CORRECTING + changes)
        assert (outcome.accepted, outcome.refused) == (2, 0)
        *_, last = await tallied(file)
        assert last.revision == 2
        assert {one.gtin: one.units for one in last.items} == {MILK: 5.0, BREAD: 0.0}
        again = await take(file, "copy.csv", CORRECTING + changes)
        assert (again.accepted, again.refused) == (2, 0)
        assert len(await tallied(file)) == 2
        assert await BasketTables(file).changed_days() == (TODAY - DAY,)

    with_store(tmp_path, work)


def test_a_voided_line_does_not_come_back_with_a_copy(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        sold = f"t1,1,{MILK},2,3,2026-03-01T10:00:00,,\n"
        await take(file, "till.csv", SALES_HEADER + sold)
        await take(file, "void.csv", CORRECTING + "t1,1,,,,,,,,yes\n")
        outcome = await take(file, "copy.csv", SALES_HEADER + sold + "\n")
        assert outcome.refused == 1
        assert await rows(file, "SELECT units, amount FROM sale_lines") == [(0.0, 0.0)]

    with_store(tmp_path, work)


def test_a_correction_that_moves_a_sale_counts_on_both_days(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await take(file, "a.csv", SALES_HEADER + f"t1,1,{MILK},2,3,2026-02-27T10:00:00,,\n")
        await tallied(file)
        moved = f"t1,1,{MILK},2,3,2026-03-01T10:00:00,,,1,\n"
        await take(file, "b.csv", CORRECTING + moved)
        days = {one.day.day: one.items for one in await tallied(file)}
        assert (days[27], [one.units for one in days[1]]) == ((), [2.0])

    with_store(tmp_path, work)


def test_a_void_of_a_line_nobody_told_is_listed(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        outcome = await take(file, "v.csv", CORRECTING + "t9,1,,,,,,,,1\n")
        assert outcome.refusals[0].reason == (
            "transaction 't9' line 1 was never told, so it cannot be voided; nothing was changed"
        )

    with_store(tmp_path, work)


def test_an_hour_that_came_twice_is_noted_beside_its_row(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        zone = ZoneInfo("Europe/Berlin")
        row = f"t1,1,{MILK},2,3,2025-10-26T02:30:00,,\n"
        intake = SqliteIntake(file, zone, CardReader(b"k"))
        outcome = await intake.take(dropped("till.csv", SALES_HEADER + row + "x\n"), AT)
        assert (outcome.accepted, outcome.refused, len(outcome.notes)) == (1, 1, 1)
        [(line, note)] = await rows(file, "SELECT line, note FROM noted_rows")
        assert (line, "came twice" in note) == (2, True)
        sold = await rows(file, "SELECT sold_at, day FROM sale_lines")
        assert sold == [("2025-10-26T00:30:00+00:00", "2025-10-26")]

    with_store(tmp_path, work)


def test_a_scales_code_is_sold_by_weight_under_its_items_name(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        codes = ItemCodes((InStoreCode("21", "weight"), InStoreCode("22", "price", decimals=2)))
        intake = SqliteIntake(file, UTC, CardReader(b"k"), codes=codes)
        label, bare = (body + check_digit(body) for body in ("210012301250", "210012300000"))
        priced = "220001200599" + check_digit("220001200599")
        names = f"gtin,name\n{bare},Apples\n"
        await intake.take(dropped("catalogue.csv", names), AT)
        sold = f"t1,1,{label},2,5,2026-03-01T10:00:00,,\nt1,2,{priced},-1,,2026-03-01T10:00:00,,\n"
        await intake.take(dropped("till.csv", SALES_HEADER + sold), AT)
        assert await rows(file, "SELECT units, amount FROM sale_lines ORDER BY line") == [
            (2.5, 5.0),
            (-1.0, -5.99),
        ]
        assert len(await CatalogueTables(file).unknown()) == 1

    with_store(tmp_path, work)


def test_a_delivery_that_came_adds_to_the_stock_once(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        head = "delivery,gtin,due,units,received_at,expires,void\n"
        await take(file, "stock.csv", f"gtin,on_hand,counted_at\n{MILK},10,2026-03-01T20:00:00\n")
        due = f"d1,{MILK},2026-03-02,24,,2026-03-12,\nd1,{BREAD},2026-03-02,6,,,\n"
        await take(file, "deliveries-1.csv", head + due)
        assert await stock(file) == [(MILK, 10.0)]
        came = due.replace(",,2026-03-12", ",2026-03-02T06:00:00,2026-03-12")
        came = came.replace("6,,,", "6,2026-03-02T06:00:00,,")
        await take(file, "deliveries-2.csv", head + came)
        await take(file, "deliveries-3.csv", head + came + "\n")
        assert await stock(file) == [(MILK, 34.0), (BREAD, 6.0)]
        await take(file, "deliveries-4.csv", head + came.replace(",24,", ",20,"))
        assert await stock(file) == [(MILK, 30.0), (BREAD, 6.0)]
        late = f"gtin,on_hand,counted_at\n{MILK},8,2026-03-02T05:00:00\n"
        await take(file, "stock-late.csv", late)
        assert await stock(file) == [(MILK, 28.0), (BREAD, 6.0)]
        await take(file, "stock-now.csv", f"gtin,on_hand\n{MILK},27\n")
        await take(file, "deliveries-5.csv", head + came.replace(",24,", ",22,"))
        assert await stock(file) == [(MILK, 27.0), (BREAD, 6.0)]
        await take(file, "deliveries-6.csv", head + f"d1,{BREAD},2026-03-02,6,,,1\n")
        assert await stock(file) == [(MILK, 27.0), (BREAD, 0.0)]
        assert await rows(file, "SELECT gtin FROM deliveries") == [(MILK,)]

    with_store(tmp_path, work)


def test_what_sold_before_anyone_counted_it_stays_unknown(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        sold = f"t1,1,{MILK},2,3,2026-03-01T10:00:00,,\n"
        await take(file, "till.csv", SALES_HEADER + sold)
        await tallied(file)
        came = f"d1,{MILK},2026-03-02,24,2026-03-02T06:00:00,\n"
        head = "delivery,gtin,due,units,received_at,expires\n"
        await take(file, "deliveries.csv", head + came)
        assert await stock(file) == []
        counted = f"gtin,on_hand,counted_at\n{MILK},3,2026-03-02T05:00:00\n"
        await take(file, "stock.csv", counted)
        assert await stock(file) == [(MILK, 27.0)]

    with_store(tmp_path, work)


def test_days_that_nobody_looks_at_are_forgotten_but_for_the_price_that_holds(
    tmp_path: Path,
) -> None:
    async def work(file: SqliteFile) -> None:
        head = "gtin,price,since\n"
        old = "".join(f"{MILK},{n},2026-01-0{n}\n" for n in (1, 2, 3)) + f"{BREAD},1,2026-01-01\n"
        await take(file, "prices.csv", head + old)
        await take(file, "weather.csv", "day,temperature\n2026-01-01,1\n2026-03-01,2\n")
        await take(file, "events.csv", "day,name\n2026-01-01,Fair\n2026-03-01,Fair\n")
        await take(file, "calendar.csv", "day,kind\n2026-01-01,holiday\n2026-03-01,closed\n")
        await take(file, "promotions.csv", f"gtin,first,last\n{MILK},2026-01-01,2026-01-02\n")
        assert await HistoryTables(file).forget(AT - 10 * DAY) == 6
        assert await HistoryTables(file).forget(AT - 10 * DAY) == 0
        kept = await rows(file, "SELECT gtin, price FROM prices ORDER BY gtin")
        assert kept == [(MILK, 3.0), (BREAD, 1.0)]

    with_store(tmp_path, work)


def test_what_was_wrong_with_an_old_file_is_forgotten_but_not_that_it_was_read(
    tmp_path: Path,
) -> None:
    async def work(file: SqliteFile) -> None:
        await take(file, "old.csv", f"gtin,name\n{MILK},Milk\nx,Bread\n", AT - 30 * DAY)
        await take(file, "new.csv", f"gtin,name\n{BREAD},Bread\nx,Milk\n")
        assert await HistoryTables(file).forget(AT - 10 * DAY) == 1
        assert await rows(file, "SELECT file FROM refused_rows") == [("new.csv",)]
        assert await rows(file, "SELECT count(*) FROM feed_files") == [(2,)]

    with_store(tmp_path, work)


def test_supply_and_batches_are_kept_as_last_told(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await take(file, "supply.csv", f"gtin,case_pack,lead_days\n{MILK},12,2\n{BREAD},6,1\n")
        await take(file, "supply-2.csv", f"gtin,case_pack,void\n{MILK},8,\n{BREAD},,1\n")
        assert await rows(file, "SELECT * FROM supply") == [
            (MILK, 8.0, 1, None, None, 0.0, "0123456", "23:59")
        ]
        for name, units, hour in (("batches-1.csv", 5, 11), ("batches-2.csv", 9, 10)):
            row = f"{MILK},2026-03-09,{units},2026-03-02T{hour}:00:00\n"
            await take(file, name, "gtin,expires,units,counted_at\n" + row)
        assert await rows(file, "SELECT units FROM batches") == [(5.0,)]

    with_store(tmp_path, work)


def test_each_source_keeps_its_word_and_the_nearest_is_believed(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        tables = FeedTables(file)
        day = TODAY + DAY

        def weather(version: int, warmth: float) -> Feed:
            return Feed(version=version, weather=(Weather(day=day, temperature=warmth),))

        async def known() -> list[float]:
            return [one.temperature for one in (await tables.outlook()).weather]

        assert await tables.take(weather(7, 1), AT, Source.PROVIDER)
        assert await tables.take(weather(1, 2), AT, Source.CENTRE)
        assert await known() == [2]
        assert await tables.take(weather(8, 3), AT, Source.PROVIDER)
        assert await known() == [2]
        await take(file, "weather.csv", f"day,temperature\n{day},4\n")
        assert await known() == [4]
        await take(file, "weather-2.csv", f"day,temperature,void\n{day},,1\n")
        assert await known() == [2]
        assert await tables.take(Feed(version=2), AT, Source.CENTRE)
        assert await known() == [3]
        assert not await tables.take(weather(8, 9), AT, Source.PROVIDER)
        assert await tables.version_of(Source.PROVIDER) == 8
        assert await tables.version_of(Source.STORE) == 0
        ages = await file.read(feed_ages)
        assert [(one.source, one.version, dict(one.rows)) for one in ages] == [
            ("centre", 2, {}),
            ("provider", 8, {"weather": 1}),
        ]

    with_store(tmp_path, work)


def test_weather_that_nobody_renews_is_dropped_and_the_rest_stays(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        tables = FeedTables(file)
        ahead = [TODAY + n * DAY for n in (0, 2, 9)]
        feed = Feed(
            version=1,
            weather=tuple(Weather(day=one, temperature=5) for one in ahead),
            local_events=(LocalEvent(day=ahead[2], name="Fair"),),
        )
        await tables.take(feed, AT)
        before = await file.read(feed_version)
        await tables.drop_stale(AT + WEATHER_LASTS)
        assert [one.day for one in (await tables.outlook()).weather] == ahead
        await tables.heard(Source.CENTRE, AT + DAY)
        await tables.drop_stale(AT + WEATHER_LASTS + DAY)
        assert len((await tables.outlook()).weather) == 3
        await tables.drop_stale(AT + WEATHER_LASTS + 2 * DAY)
        outlook = await tables.outlook()
        assert [one.day for one in outlook.weather] == ahead[:2]  # what was, stays as history
        assert len(outlook.local_events) == 1
        assert outlook.version == before + 1

    with_store(tmp_path, work)


def test_a_json_feed_is_a_file_too(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        day = TODAY + DAY
        good = f'{{"day": "{day}", "temperature": 4}}'
        content = f'{{"version": 2, "weather": [{good}, {{"day": 1}}]}}'
        outcome = await take(file, "feed-2.json", content + " " * 20_000)  # longer than a line
        assert (outcome.accepted, outcome.refused) == (1, 1)
        assert outcome.refusals[0].reason.startswith("weather 2: ")
        assert await rows(file, "SELECT day FROM weather") == [(str(day),)]
        older = await take(file, "feed-1.json", '{"version": 1}')
        assert not older.readable
        assert "a feed of it or a higher one" in older.refusals[0].reason
        assert not (await take(file, "feed.json", "nonsense")).readable
        assert len([one for one in await told(file) if isinstance(one, FeedRead)]) == 3

    with_store(tmp_path, work)


def test_a_feed_that_says_the_same_changes_nothing(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        tables = FeedTables(file)
        price = PriceChange(gtin=MILK, price=2, since=AT + DAY)
        assert await tables.take(Feed(version=1, prices=(price,)), AT)
        assert await tables.take(Feed(version=2, prices=(price,)), AT)
        assert await file.read(feed_version) == 1

    with_store(tmp_path, work)


def test_the_centre_is_told_what_items_are_called_when_that_changed(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        async def described() -> list[tuple[int, int, int]]:
            events = [one for one in await told(file) if isinstance(one, ItemsDescribed)]
            return [(one.revision, one.part, len(one.items)) for one in events]

        many = "".join(f"{n:013}{check_digit(f'{n:013}')},Item {n}\n" for n in range(1, 502))
        await take(file, "catalogue.csv", "gtin,name\n" + many)
        assert await described() == [(1, 1, 500), (1, 2, 1)]
        await take(file, "catalogue-2.csv", "gtin,name\n" + many + "\n")
        assert len(await described()) == 2
        await take(file, "catalogue-3.csv", f"gtin,name,category\n{MILK},Milk,Dairy\n")
        assert (await described())[2:] == [(2, 1, 500), (2, 2, 2)]

    with_store(tmp_path, work)
