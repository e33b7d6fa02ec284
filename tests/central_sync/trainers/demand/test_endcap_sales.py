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


def test_what_else_is_known_is_in_the_panel(tmp_path: Path) -> None:
    data = told(
        folders.lake(tmp_path, items=4),
        category=lambda row: "fruit" if row["gtin"] == folders.gtin(1) else None,
        temperature=lambda row: 20.0 if row["store"] == "store-1" else None,
        rain=1.5,
        holiday=lambda row: row["day"] == folders.FIRST + timedelta(days=3),
        special=False,
    )
    panel = read_endcap_sales(data, 7).panel
    assert panel.item.tolist() == [0, 1, 2, 3] * 2
    assert panel.category.tolist() == [-1, 0, -1, -1] * 2
    assert np.isnan(panel.temperature[:4]).all()
    assert set(panel.temperature[4:].ravel()) == {20.0}
    assert (panel.rain == 1.5).all()
    assert np.unique(np.nonzero(panel.holiday)[1]).tolist() == [3]
    assert (panel.special == 0).all()


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
