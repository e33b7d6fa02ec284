"""Each committed event is in the lake once, and what trainers read of it is right."""

import asyncio
import json
import sqlite3
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from central_sync.adapters.lake_files import LakeFiles
from central_sync.adapters.parquet_lake import TOGETHER, ParquetLake
from central_sync.loops.fill_lake import fill_lake
from central_sync.ports.training import DataUnusableError
from central_sync.trainers.demand import layouts
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.events import Event, ItemFacts, ItemsDescribed
from tests.fakes.lake_world import arrive, with_lake
from tests.fakes.store_world import (
    EPOCH,
    GTIN,
    NOON,
    OTHER_GTIN,
    OTHER_STORE,
    STORE,
    at_place,
    baskets,
    gap,
    in_row,
    sales,
)

DAY = date(2026, 8, 30)


def filled(folder: Path, *events: Event) -> LakeFiles:
    """Return a lake with `events` in it."""

    async def work(file: SqliteFile, lake: ParquetLake) -> None:
        for store in sorted({one.store for one in events}):
            await arrive(file, *(one for one in events if one.store == store), store=store)
        assert await lake.fill(1000, NOON) == len(events)

    with_lake(folder, work)
    return LakeFiles(folder / "lake")


def in_the_lake(folder: Path) -> list[tuple[str, str, int]]:
    """Return the place of every event in the lake's files."""
    places: list[tuple[str, str, int]] = []
    for path in folder.glob("lake/**/*.parquet"):
        table = pq.ParquetFile(path).read(["store", "epoch", "seq"])
        places += [tuple(row.values()) for row in table.to_pylist()]
    return sorted(places)


def files_in(lake: Path) -> set[str]:
    """Return the names of the lake's files."""
    return {str(path.relative_to(lake)) for path in lake.glob("*/*/*")}


def test_events_are_in_files_by_kind_and_store_once(tmp_path: Path) -> None:
    async def work(file: SqliteFile, lake: ParquetLake) -> None:
        await arrive(file, *in_row([gap(), sales(DAY), gap("a2")]))
        await arrive(file, at_place(gap(), 1, store=OTHER_STORE), store=OTHER_STORE)
        assert await lake.fill(1000, NOON) == 4
        assert await lake.fill(1000, NOON) == 0
        await arrive(file, *in_row([gap("a9")], first=9), *in_row([gap("a4")], first=4))
        assert await lake.fill(1000, NOON) == 2
        names = await file.read(
            lambda db: db.execute("SELECT file, rows FROM lake_files").fetchall()
        )
        assert {row["file"] for row in names} == files_in(tmp_path / "lake")

    with_lake(tmp_path, work)
    assert in_the_lake(tmp_path) == [
        *((STORE, EPOCH, seq) for seq in (1, 2, 3, 4, 9)),
        (OTHER_STORE, EPOCH, 1),
    ]
    expected = f"lake/kind=endcap.shelf.gap-opened.v1/store={STORE}/{EPOCH}-{1:019}-{3:019}.parquet"
    table = pq.ParquetFile(tmp_path / expected).read()
    assert json.loads(table.column("body")[0].as_py())["facing"] == "a1"


def test_a_backlog_goes_in_bounded_steps(tmp_path: Path) -> None:
    async def work(file: SqliteFile, lake: ParquetLake) -> None:
        await arrive(file, *in_row([gap()] * 25))
        assert [await lake.fill(10, NOON) for _ in range(4)] == [10, 10, 5, 0]

    with_lake(tmp_path, work)
    assert len(in_the_lake(tmp_path)) == 25


def test_what_a_crash_left_unrecorded_is_swept_and_written_again(tmp_path: Path) -> None:
    async def work(file: SqliteFile, lake: ParquetLake) -> None:
        await arrive(file, *in_row([gap()] * 3))
        await lake.fill(1000, NOON)
        # As after a crash between the files and their record, with more events since.
        await file.write(lambda db: db.execute("DELETE FROM lake_files").close())
        await file.write(lambda db: db.execute("DELETE FROM meta WHERE name = 'laked'").close())
        await arrive(file, *in_row([gap()], first=4))
        foreign = tmp_path / f"lake/kind=endcap.shelf.gap-opened.v1/store={STORE}/notes.parquet"
        foreign.write_bytes(b"somebody else's")
        assert await lake.sweep() == 1
        assert await lake.fill(1000, NOON) == 4
        assert await lake.sweep() == 0
        assert foreign.read_bytes() == b"somebody else's"
        foreign.unlink()

    with_lake(tmp_path, work)
    assert in_the_lake(tmp_path) == [(STORE, EPOCH, seq) for seq in (1, 2, 3, 4)]


async def one_by_one(file: SqliteFile, lake: ParquetLake, number: int) -> None:
    """Let days of sales come to the lake a file each."""
    for place in range(number):
        await arrive(file, at_place(sales(DAY + timedelta(days=place), units=place), place + 1))
        await lake.fill(1000, NOON)


def test_small_files_are_joined_and_nothing_is_read_twice(tmp_path: Path) -> None:
    async def work(file: SqliteFile, lake: ParquetLake) -> None:
        await one_by_one(file, lake, TOGETHER - 1)
        LakeFiles(tmp_path / "lake").export("demand", tmp_path / "before")
        await one_by_one(file, lake, TOGETHER)
        assert len(files_in(tmp_path / "lake")) == TOGETHER + 1
        assert await lake.sweep() == 0

    with_lake(tmp_path, work)
    assert LakeFiles(tmp_path / "lake").export("demand", tmp_path / "out") == TOGETHER
    rows = read(tmp_path / "out/sales.parquet")
    assert [row["units"] for row in rows] == [float(place) for place in range(TOGETHER)]
    assert rows[:-1] == read(tmp_path / "before/sales.parquet")


def test_joined_files_go_when_nobody_can_be_reading_them(tmp_path: Path) -> None:
    async def work(file: SqliteFile, lake: ParquetLake) -> None:
        await one_by_one(file, lake, TOGETHER)
        assert await lake.clear(NOON) == 0
        assert await lake.clear(NOON + timedelta(days=1)) == TOGETHER
        assert await lake.clear(NOON + timedelta(days=1)) == 0
        names = await file.read(
            lambda db: db.execute("SELECT file, rows FROM lake_files").fetchall()
        )
        assert [(row["file"], row["rows"]) for row in names] == [
            (name, TOGETHER) for name in files_in(tmp_path / "lake")
        ]

    with_lake(tmp_path, work)
    assert LakeFiles(tmp_path / "lake").export("demand", tmp_path / "out") == TOGETHER


def test_a_crash_before_a_joined_file_is_recorded_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async def work(file: SqliteFile, lake: ParquetLake) -> None:
        await one_by_one(file, lake, TOGETHER - 1)
        await file.write(  # what the record would write is refused, as when the power goes there
            lambda db: db.execute(
                "CREATE TRIGGER no_power BEFORE DELETE ON lake_files "
                "BEGIN SELECT raise(ABORT, 'no power'); END"
            ).close()
        )
        with pytest.raises(sqlite3.IntegrityError, match="no power"):
            await one_by_one(file, lake, TOGETHER)
        await file.write(lambda db: db.execute("DROP TRIGGER no_power").close())
        assert LakeFiles(tmp_path / "lake").export("demand", tmp_path / "torn") == TOGETHER
        assert await lake.sweep() == 1

    with_lake(tmp_path, work)
    assert LakeFiles(tmp_path / "lake").export("demand", tmp_path / "out") == TOGETHER
    assert read(tmp_path / "out/sales.parquet") == read(tmp_path / "torn/sales.parquet")


def test_the_loop_brings_an_event_into_the_lake_within_its_pause(tmp_path: Path) -> None:
    async def work(file: SqliteFile, lake: ParquetLake) -> None:
        clock = SystemClock()
        loop = asyncio.create_task(fill_lake(lake, clock, every=timedelta(seconds=0.1)))
        await clock.sleep(timedelta(seconds=0.2))
        await arrive(file, *in_row([gap()]))
        async with asyncio.timeout(20):
            while not in_the_lake(tmp_path):
                await clock.sleep(timedelta(seconds=0.05))
        loop.cancel()

    with_lake(tmp_path, work)


def read(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a Parquet file."""
    return pq.read_table(path).to_pylist()


def test_sales_are_exported_with_the_highest_whole_revision(tmp_path: Path) -> None:
    lake = filled(
        tmp_path,
        *in_row(
            [
                sales(DAY, units=5),
                sales(DAY, units=7, revision=2, of=(1, 2)),
                sales(DAY, units=1, revision=2, of=(2, 2)),
                sales(DAY, units=9, revision=3, of=(1, 2)),
                sales(DAY + timedelta(days=1), units=2),
            ]
        ),
        at_place(sales(DAY, units=4), 1, store=OTHER_STORE),
    )
    assert lake.export("demand", tmp_path / "out") == 4
    about = json.loads((tmp_path / "out/dataset.json").read_text())
    assert about == {"layout": "endcap_sales", "horizon": 7}
    rows = read(tmp_path / "out/sales.parquet")
    assert [(row["store"], row["gtin"], row["day"], row["units"]) for row in rows] == [
        (STORE, GTIN, DAY, 7.0),
        (STORE, GTIN, DAY + timedelta(days=1), 2.0),
        (STORE, OTHER_GTIN, DAY, 1.0),
        (OTHER_STORE, GTIN, DAY, 4.0),
    ]
    schema = pq.read_schema(tmp_path / "out/sales.parquet/part-00000.parquet")
    assert {field.name: str(field.type) for field in schema} == {
        "store": "string",
        "gtin": "string",
        "day": "date32[day]",
        "units": "double",
        "price": "double",
        "promotion": "bool",
        "in_stock": "double",
        "category": "string",
    }
    schema = pq.read_schema(tmp_path / "out/days.parquet/part-00000.parquet")
    assert {field.name: str(field.type) for field in schema} == {
        "store": "string",
        "day": "date32[day]",
        "temperature": "double",
        "rain": "double",
        "holiday": "bool",
        "special": "bool",
        "closed": "bool",
    }


def test_a_day_that_was_taken_back_exports_no_sales(tmp_path: Path) -> None:
    nothing = sales(DAY, revision=2).model_copy(update={"items": ()})
    lake = filled(tmp_path, *in_row([sales(DAY), nothing, sales(DAY + timedelta(days=1))]))
    assert lake.export("demand", tmp_path / "out") == 2
    assert [row["day"] for row in read(tmp_path / "out/sales.parquet")] == [DAY + timedelta(days=1)]


def test_baskets_are_exported_as_items_pairs_and_totals(tmp_path: Path) -> None:
    lake = filled(
        tmp_path,
        *in_row(
            [
                baskets(DAY, count=40),
                baskets(DAY, count=80, revision=2, of=(1, 2)),
                baskets(DAY + timedelta(days=7), count=20),
            ]
        ),
    )
    assert lake.export("shopper", tmp_path / "out") == 2
    about = json.loads((tmp_path / "out/dataset.json").read_text())
    assert about == {"layout": "basket_counts", "holdout_periods": 1}
    week = {"store": STORE, "period": DAY}
    assert read(tmp_path / "out/items.parquet")[0] == week | {"gtin": GTIN, "baskets": 40}
    assert read(tmp_path / "out/pairs.parquet")[0] == week | {
        "gtin_a": GTIN,
        "gtin_b": OTHER_GTIN,
        "baskets": 10,
    }
    assert [row["baskets"] for row in read(tmp_path / "out/totals.parquet")] == [400, 200]


def test_a_revision_in_parts_counts_its_total_once(tmp_path: Path) -> None:
    both = [baskets(DAY, of=(1, 2)), baskets(DAY, of=(2, 2))]
    assert filled(tmp_path, *in_row(both)).export("shopper", tmp_path / "out") == 2
    assert len(read(tmp_path / "out/totals.parquet")) == 1
    assert len(read(tmp_path / "out/items.parquet")) == 4


def test_the_same_events_export_the_same_bytes(tmp_path: Path) -> None:
    events = in_row([sales(DAY), sales(DAY + timedelta(days=1))])
    for name, order in (("one", events), ("two", events[::-1])):
        filled(tmp_path / name, *order).export("demand", tmp_path / name / "out")
    part = "out/sales.parquet/part-00000.parquet"
    assert (tmp_path / "one" / part).read_bytes() == (tmp_path / "two" / part).read_bytes()


def test_many_stores_are_exported_in_parts(tmp_path: Path) -> None:
    stores = [f"s-{number:04}" for number in range(1, 6)]
    filled(tmp_path, *(at_place(sales(DAY), 1, store=store) for store in stores))
    lake = LakeFiles(tmp_path / "lake", stores_at_once=2)
    assert lake.export("demand", tmp_path / "out") == 5
    parts = sorted((tmp_path / "out/sales.parquet").iterdir())
    assert [[row["store"] for row in read(part)] for part in parts] == [
        stores[:2],
        stores[2:4],
        stores[4:],
    ]
    assert [row["store"] for row in read(tmp_path / "out/sales.parquet")] == stores


def test_an_item_has_the_category_that_its_store_describes(tmp_path: Path) -> None:
    items = (ItemFacts(gtin=GTIN, name="apple", category="fruit"),)
    described = ItemsDescribed(revision=1, part=1, parts=1, items=items)
    lake = filled(tmp_path, *in_row([sales(DAY), described]))
    lake.export("demand", tmp_path / "out")
    assert [row["category"] for row in read(tmp_path / "out/sales.parquet")] == ["fruit"]


@pytest.mark.parametrize(("kind", "words"), [("demand", "holds no whole"), ("gaps", "only demand")])
def test_what_cannot_be_exported_is_said(tmp_path: Path, kind: str, words: str) -> None:
    with pytest.raises(DataUnusableError, match=words):
        LakeFiles(tmp_path / "lake").export(kind, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_exported_is_what_the_trainers_read(tmp_path: Path) -> None:
    days = [DAY + timedelta(days=number) for number in range(40)]
    lake = filled(tmp_path, *in_row([sales(day, units=number) for number, day in enumerate(days)]))
    lake.export("demand", tmp_path / "demand")
    found = layouts.read(tmp_path / "demand")
    assert found.layout == "endcap_sales"
    assert found.panel.units.shape == (1, 40)
    assert found.panel.units[0].tolist() == [float(number) for number in range(40)]
