"""What the chain sold comes in parts; the newest that is whole is kept, and used while fresh."""

from datetime import date, timedelta
from pathlib import Path

from edge_agent.adapters.chain_tables import ChainTables, chain_told
from edge_agent.adapters.forecast_tables import ForecastTables
from edge_agent.core.chain import KEEPS
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.commands import ChainItem, ChainSignals
from tests.edge_agent.adapters.store_file import rows, with_store

MILK, BREAD = "04006381333931", "05000112637922"
SUNDAY = date(2026, 3, 1)
DAY = timedelta(days=1)


def part(number: int, parts: int, origin: date, *gtins: str) -> ChainSignals:
    items = tuple(ChainItem(gtin=one, trend_3=1.0, trend_7=1.0, level=2.0) for one in gtins)
    return ChainSignals(origin=origin, part=number, parts=parts, items=items)


def test_parts_are_put_together_and_older_ones_forgotten(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        book = ChainTables(file)
        assert await file.read(chain_told) is None
        await book.take(part(1, 2, SUNDAY - DAY, MILK))
        assert await file.read(chain_told) is None
        await book.take(part(2, 2, SUNDAY - DAY, BREAD))
        await book.take(part(1, 2, SUNDAY, MILK))
        told = await file.read(chain_told)
        assert told is not None
        assert told.origin == SUNDAY - DAY
        assert set(told.items) == {MILK, BREAD}
        await book.take(part(2, 2, SUNDAY, BREAD))
        await book.take(part(2, 2, SUNDAY, BREAD))  # again
        await book.take(part(1, 1, SUNDAY - 3 * DAY, MILK))  # late
        assert await rows(file, "SELECT origin, part FROM chain_parts ORDER BY 2") == [
            (str(SUNDAY), 1),
            (str(SUNDAY), 2),
        ]

    with_store(tmp_path, work)


def test_it_is_in_the_material_while_it_is_fresh(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await ChainTables(file).take(part(1, 1, SUNDAY, MILK))
        book = ForecastTables(file)
        assert (await book.standing(SUNDAY + DAY)).chain == SUNDAY
        fresh = (await book.material(SUNDAY + KEEPS, 2)).ahead.chain
        assert fresh is not None
        assert fresh.level(MILK) == 2.0
        assert (await book.material(SUNDAY + KEEPS + DAY, 2)).ahead.chain is None

    with_store(tmp_path, work)
