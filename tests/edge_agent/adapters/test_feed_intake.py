"""Files of a till in the store's database: each row once, each refusal with its reason."""

from datetime import UTC, datetime
from pathlib import Path

from edge_agent.adapters import feed_intake
from edge_agent.adapters.catalogue_tables import CatalogueTables
from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.feed_intake import SqliteIntake
from edge_agent.core.consent import pseudonym
from edge_agent.core.feed.kinds import Outcome
from edge_agent.core.feed.rows import Refused, without_values
from edge_agent.core.feed.shelf import Item, StockCount
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.events import FeedRead
from tests.edge_agent.adapters.store_file import rows, told, with_store
from tests.fakes.store_files import SALES_HEADER, dropped

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
MILK, BREAD = "04006381333931", "05000112637922"
KEY = b"k" * 32


def intake(file: SqliteFile) -> SqliteIntake:
    return SqliteIntake(file, UTC, CardReader(KEY, programme=True))


def sale(transaction: str, line: int = 1, units: int = 1, shopper: str = "") -> str:
    return f"{transaction},{line},{MILK},{units},{units * 1.5},2026-03-01T10:00:00,{shopper},\n"


def test_readable_rows_are_taken_and_the_others_listed(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        content = SALES_HEADER + sale("t1") + "nonsense\n" + sale("t2", units=2)
        outcome = await intake(file).take(dropped("till.csv", content), AT)
        assert (outcome.accepted, outcome.refused) == (2, 1)
        assert await rows(file, "SELECT transaction_id, units, amount, day FROM sale_lines") == [
            ("t1", 1.0, 1.5, "2026-03-01"),
            ("t2", 2.0, 3.0, "2026-03-01"),
        ]
        [(line, reason, raw)] = await rows(file, "SELECT line, reason, raw FROM refused_rows")
        assert (line, raw) == (3, ""), "a line that may hold a card is not kept"
        [event] = await told(file)
        assert isinstance(event, FeedRead)
        assert (event.file, event.accepted, event.refused) == ("till.csv", 2, 1)
        assert event.first_refusals[0].reason == without_values(reason)

    with_store(tmp_path, work)


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        first = dropped("till.csv", SALES_HEADER + sale("t1"))
        assert await intake(file).outcome_of(first.sha256) is None
        await intake(file).take(first, AT)
        assert await intake(file).outcome_of(first.sha256) == Outcome("till.csv", 1, 0)

    with_store(tmp_path, work)


def test_reading_a_file_again_changes_nothing(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        content = SALES_HEADER + sale("t1") + sale("t1", 2)
        await intake(file).take(dropped("till.csv", content), AT)
        await file.write(lambda db: db.execute("DELETE FROM changed_days").rowcount)
        outcome = await intake(file).take(dropped("copy.csv", content), AT)
        assert (outcome.accepted, outcome.refused) == (2, 0)
        assert len(await rows(file, "SELECT * FROM sale_lines")) == 2
        assert await rows(file, "SELECT * FROM changed_days") == []

    with_store(tmp_path, work)


def test_a_transaction_told_twice_with_other_values_is_refused(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await intake(file).take(dropped("monday.csv", SALES_HEADER + sale("7")), AT)
        content = SALES_HEADER + sale("7", units=3) + sale("8")
        outcome = await intake(file).take(dropped("tuesday.csv", content), AT)
        assert (outcome.accepted, outcome.refused) == (1, 1)
        assert outcome.refusals[0].line == 2
        assert "told before with other values" in outcome.refusals[0].reason
        assert await rows(file, "SELECT units FROM sale_lines WHERE transaction_id = '7'") == [
            (1.0,)
        ]

    with_store(tmp_path, work)


def test_a_large_file_is_read_a_chunk_at_a_time(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        content = SALES_HEADER + "".join(sale(f"t{n}") for n in range(1, 2 * feed_intake.CHUNK + 9))
        outcome = await intake(file).take(dropped("till.csv", content), AT)
        assert (outcome.accepted, outcome.refused) == (2 * feed_intake.CHUNK + 8, 0)
        assert await rows(file, "SELECT count(*) FROM sale_lines") == [(outcome.accepted,)]

    with_store(tmp_path, work)


def test_a_file_without_a_readable_header_is_refused_whole(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        outcome = await intake(file).take(dropped("till.csv", "a,b\n1,2\n"), AT)
        assert not outcome.readable
        assert outcome.refusals == (
            Refused(
                1,
                "the header lacks transaction_id, line, gtin, units, amount, sold_at; it needs "
                "transaction_id,line,gtin,units,amount,sold_at",
                "",
            ),
        )

    with_store(tmp_path, work)


def test_sales_older_than_what_is_kept_and_of_the_future_are_refused(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        old = sale("t1").replace("2026-03-01", "2023-01-01")
        future = sale("t2").replace("2026-03-01", "2026-03-05")
        outcome = await intake(file).take(dropped("t.csv", SALES_HEADER + old + future), AT)
        assert (outcome.accepted, outcome.refused) == (0, 2)
        unset = datetime(1970, 1, 1, tzinfo=UTC)
        outcome = await intake(file).take(dropped("t.csv", SALES_HEADER + old + future), unset)
        assert (outcome.accepted, outcome.refused) == (2, 0)
        assert await rows(file, "SELECT * FROM refused_rows") == []

    with_store(tmp_path, work)


def test_a_loyalty_card_is_kept_as_a_pseudonym(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        content = SALES_HEADER + sale("t1", shopper="card-1") + sale("t2", shopper="card-2")
        await intake(file).take(dropped("till.csv", content), AT)
        kept = [shopper for (shopper,) in await rows(file, "SELECT shopper FROM sale_lines")]
        assert kept == [pseudonym("card-1", KEY), pseudonym("card-2", KEY)]
        assert b"card-1" not in (tmp_path / "store.db").read_bytes()

    with_store(tmp_path, work)


def test_an_item_nobody_listed_is_sold_and_shown_as_unknown(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        catalogue = CatalogueTables(file)
        await intake(file).take(dropped("till.csv", SALES_HEADER + sale("t1")), AT)
        assert await catalogue.unknown() == (MILK,)
        listed = dropped("catalogue.csv", f'gtin,name,price\n{MILK},Milk,"1,29"\n')
        await intake(file).take(listed, AT)
        assert await catalogue.unknown() == ()
        assert await catalogue.items() == (Item(MILK, "Milk", price=1.29),)

    with_store(tmp_path, work)


def test_a_catalogue_without_a_price_keeps_the_one_that_is_known(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> tuple[Item, ...]:
        await CatalogueTables(file).put([Item(MILK, "Milk", price=1.0)])
        await CatalogueTables(file).put([Item(MILK, "Whole milk", brand="Alp")])
        return await CatalogueTables(file).items()

    assert with_store(tmp_path, work) == (Item(MILK, "Whole milk", brand="Alp", price=1.0),)


def test_stock_and_planogram_come_as_files_too(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await intake(file).take(dropped("stock.csv", f"gtin,on_hand\n{MILK},12\n"), AT)
        plan = f"camera,facing,gtin,x,y,w,h\naisle-1,a1,{MILK},0,0,1,1\n"
        await intake(file).take(dropped("planogram.csv", plan), AT)
        assert (await CatalogueTables(file).counts())[MILK] == StockCount(MILK, 12.0, AT)
        assert await rows(file, "SELECT camera, facing FROM facings") == [("aisle-1", "a1")]

    with_store(tmp_path, work)


def test_the_latest_count_holds_in_whatever_order_counts_come(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        for name, on_hand, hour in (("stock-1.csv", 5, 11), ("stock-2.csv", 9, 10)):
            content = f"gtin,on_hand,counted_at\n{MILK},{on_hand},2026-03-02T{hour}:00:00\n"
            await intake(file).take(dropped(name, content), AT)
        assert (await CatalogueTables(file).counts())[MILK].on_hand == 5.0

    with_store(tmp_path, work)
