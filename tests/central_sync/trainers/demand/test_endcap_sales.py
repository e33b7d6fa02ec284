"""The lake's export is read whole, or some stores at a time, and fits together."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.demand.layouts.endcap_sales import (
    frame_of,
    read_endcap_sales,
    read_stores,
)
from endcap.models.demand.panel import UNKNOWN_CODE
from tests.central_sync.trainers.demand import folders


def in_parts(data: Path) -> Path:
    """Lay a folder's sales out as part files, a store each."""
    whole = pq.read_table(data / "sales.parquet")
    (data / "sales.parquet").unlink()
    (data / "sales.parquet").mkdir()
    for place, store in enumerate(sorted({str(one) for one in whole.column("store").to_pylist()})):
        part = whole.filter(pa.compute.field("store") == store)
        pq.write_table(part, data / f"sales.parquet/part-{place:05}.parquet")
    return data


def told(data: Path, **columns: Any) -> Path:  # noqa: ANN401 - whatever a column holds
    """Add columns that each row has."""
    path = data / "sales.parquet"
    table = pq.read_table(path)
    for name, value in columns.items():
        values = [value(row) if callable(value) else value for row in table.to_pylist()]
        table = table.append_column(name, pa.array(values))
    pq.write_table(table, path)
    return data


def test_part_files_are_read_like_one(tmp_path: Path) -> None:
    one = read_endcap_sales(folders.lake(tmp_path / "one", items=4, stores=3), 7)
    parts = read_endcap_sales(in_parts(folders.lake(tmp_path / "two", items=4, stores=3)), 7)
    np.testing.assert_array_equal(one.panel.units, parts.panel.units)
    assert (one.items, one.stores) == (parts.items, parts.stores)


@pytest.mark.parametrize("split", [False, True])
def test_some_stores_are_read_as_they_are_among_all(tmp_path: Path, split: bool) -> None:  # noqa: FBT001 - a parameter
    data = folders.lake(tmp_path, items=4, stores=3)
    frame = frame_of(in_parts(data) if split else data, 7)
    whole, some = read_endcap_sales(data, 7), read_stores(frame, ["store-2"])
    rows = whole.store == 2
    assert [name for name, _ in frame.stores] == ["store-0", "store-1", "store-2"]
    assert sum(rows for _, rows in frame.stores) == len(pq.read_table(data / "sales.parquet"))
    np.testing.assert_array_equal(some.panel.units, whole.panel.units[rows])
    np.testing.assert_array_equal(some.panel.item, whole.panel.item[rows])
    assert some.stores == ("store-2",)
    assert some.store.tolist() == [0] * 4
    assert some.last_day == whole.last_day


def days_of(data: Path, **marked: int) -> Path:
    """Tell of each day of store-1, and mark some of them."""
    days = [folders.FIRST + timedelta(days=number) for number in range(-5, 90)]
    about: dict[str, Any] = {
        "store": ["store-1"] * len(days), "day": pa.array(days, pa.date32()),
        "temperature": [20.0] * len(days), "rain": [1.5] * len(days),
    }  # fmt: skip
    for name in ("holiday", "special", "closed"):
        about[name] = [number == marked.get(name) for number in range(-5, 90)]
    folders.write(data / "days.parquet", about)
    return data


def test_what_else_is_known_is_in_the_panel(tmp_path: Path) -> None:
    fruit = folders.gtin(1)
    data = told(
        folders.lake(tmp_path, items=4),
        category=lambda row: "fruit" if row["gtin"] == fruit else None,
    )
    panel = read_endcap_sales(days_of(data, holiday=3), 7).panel
    assert panel.item.tolist() == [0, 1, 2, 3] * 2
    assert panel.category.tolist() == [-1, 0, -1, -1] * 2
    assert np.isnan(panel.temperature[:4]).all()
    assert set(panel.temperature[4:].ravel()) == {20.0}
    assert (panel.rain[4:] == 1.5).all()
    assert np.argwhere(panel.holiday).tolist() == [[series, 3] for series in range(4, 8)]
    assert (panel.special == 0).all()


def test_on_a_closed_day_no_sales_are_known_whatever_its_rows_say(tmp_path: Path) -> None:
    data = folders.lake(tmp_path, items=4)
    before = read_endcap_sales(data, 7).panel
    after = read_endcap_sales(days_of(data, closed=10), 7).panel
    assert np.isfinite(before.units[4:, 10]).any()
    assert np.isnan(after.units[4:, 10]).all()
    before.units[4:, 10] = np.nan
    np.testing.assert_array_equal(after.units, before.units)


def test_a_day_without_a_row_is_marked_too(tmp_path: Path) -> None:
    data = folders.lake(tmp_path, items=4)
    table = pq.read_table(data / "sales.parquet")
    eve = folders.FIRST + timedelta(days=3)
    open_days = table.filter(pa.compute.field("day") != pa.scalar(eve, pa.date32()))
    pq.write_table(open_days, data / "sales.parquet")
    panel = read_endcap_sales(days_of(data, holiday=3, closed=3), 7).panel
    assert np.isnan(panel.units[:, 3]).all()
    assert panel.holiday[:, 3].tolist() == [0.0] * 4 + [1.0] * 4
    assert panel.temperature[4, 3] == 20.0


def test_what_is_not_told_is_not_known(tmp_path: Path) -> None:
    panel = read_endcap_sales(folders.lake(tmp_path, items=2), 7).panel
    assert set(panel.category.tolist()) == {UNKNOWN_CODE}
    assert np.isnan(panel.temperature).all()
    assert (panel.holiday == 0).all()


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    data = folders.lake(tmp_path, items=2)
    table = pq.read_table(data / "sales.parquet").drop_columns(["price"])
    pq.write_table(table, data / "sales.parquet")
    with pytest.raises(DataUnusableError, match="the column 'price'"):
        read_endcap_sales(data, 7)


def test_a_missing_column_of_days_is_named(tmp_path: Path) -> None:
    data = days_of(folders.lake(tmp_path, items=2))
    table = pq.read_table(data / "days.parquet").drop_columns(["closed"])
    pq.write_table(table, data / "days.parquet")
    with pytest.raises(DataUnusableError, match=r"days.parquet: .* the column 'closed'"):
        read_endcap_sales(data, 7)
