"""What stores were told of their days is in the lake once, a file a store."""

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from central_sync.adapters.day_files import DayFiles
from central_sync.adapters.lake_tables import DAYS
from endcap.wire.commands import CalendarDay, Feed, Weather
from tests.fakes.store_world import OTHER_STORE, STORE

TODAY = date(2026, 3, 5)


def feed(temperature: float) -> Feed:
    return Feed(
        version=1,
        weather=(Weather(day=TODAY, temperature=temperature, rain=0.5),),
        calendar=(CalendarDay(day=TODAY, kind="school"),),
    )


def note(lake: Path, store: str, told: Feed, today: date = TODAY) -> None:
    asyncio.run(DayFiles(lake).note(store, told, today))


def test_each_store_has_one_file_however_often_it_is_told(tmp_path: Path) -> None:
    for night in range(5):
        note(tmp_path, STORE, feed(float(night)))
    note(tmp_path, OTHER_STORE, feed(9.0))
    note(tmp_path, STORE, Feed(version=1), TODAY + timedelta(days=1))
    files = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert files == [f"store={STORE}.parquet", f"store={OTHER_STORE}.parquet"]
    table = pq.ParquetFile(tmp_path / f"days/store={STORE}.parquet").read()
    assert table.schema == DAYS
    assert table.to_pylist() == [
        {
            "store": STORE, "day": TODAY, "temperature": 4.0, "rain": 0.5,
            "holiday": False, "special": True, "closed": False,
        }
    ]  # fmt: skip


def test_what_says_nothing_new_is_not_written_again(tmp_path: Path) -> None:
    note(tmp_path, STORE, Feed(version=1))
    assert not (tmp_path / "days").exists()
    note(tmp_path, STORE, feed(1.0))
    file = tmp_path / f"days/store={STORE}.parquet"
    written = file.stat().st_ino
    note(tmp_path, STORE, feed(1.0))
    assert file.stat().st_ino == written
    note(tmp_path, STORE, feed(2.0))
    assert pq.read_table(file).column("temperature").to_pylist() == [2.0]
