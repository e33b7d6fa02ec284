"""Every layout reads into the same kind of panel, and a wrong folder is told in one line."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.demand.dataset import Cut
from central_sync.trainers.demand.layouts import read
from endcap.models.demand.panel import IN_STOCK
from tests.central_sync.trainers.demand import folders


def test_an_export_of_the_lake(tmp_path: Path) -> None:
    sales = read(folders.lake(tmp_path, items=5))
    assert sales.panel.units.shape == (10, 70)
    assert sales.stores == ("store-0", "store-1")
    assert sales.test_cuts() == (Cut(62, (1, 2, 3, 4, 5, 6, 7)),)
    assert sales.panel.weekday[0] == 0
    assert sales.last_day == "2026-03-15"


def test_fresh_food_is_in_stock_by_the_share_of_usual_sales(tmp_path: Path) -> None:
    sales = read(folders.fresh(tmp_path))
    always, until_four = sales.panel.in_stock
    assert (always == 1).all()
    np.testing.assert_allclose(until_four, 8 / 14, atol=0.01)  # hours 8 to 15 of 8 to 21
    assert sales.panel.units[0, 0] == pytest.approx(1.4)
    assert sales.test_in_stock().tolist() == [[True] * 7, [False] * 7]
    assert (until_four < IN_STOCK).all()


def test_m5_begins_with_the_first_sale_and_knows_the_calendar(tmp_path: Path) -> None:
    panel = read(folders.m5(tmp_path)).panel
    assert np.isnan(panel.units[1, :10]).all()
    assert panel.units[1, 10] == 3
    assert panel.holiday[:, 20].tolist() == [1, 1]
    assert panel.special[:, [0, 5, 9]].tolist() == [[1, 0, 1], [1, 1, 0]]


def test_weeks_without_a_row_are_unknown(tmp_path: Path) -> None:
    sales = read(folders.walmart(tmp_path))
    assert sales.panel.units.shape == (4, 80)
    assert np.isnan(sales.panel.units).sum() == 1
    assert sales.panel.holiday[0, [9, 10, 11]].tolist() == [0, 1, 0]
    assert sales.panel.group.tolist() == [0, 1, 0, 1]  # by department


def test_a_bakery_day_is_forecast_a_week_ahead(tmp_path: Path) -> None:
    sales = read(folders.bakery(tmp_path))
    cuts = sales.test_cuts()
    assert [cut.origin + 7 for cut in cuts] == list(range(46, 60))
    assert {cut.leads for cut in cuts} == {(7,)}


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ("{}", "horizon must be"),
        ("[]", "horizon must be"),
        ("{", "must say"),
        ('{"layout": "m6", "horizon": 7}', "unknown layout 'm6'"),
        ('{"layout": "m5", "horizon": true}', "horizon must be"),
        ('{"layout": "m5", "horizon": 0}', "horizon must be"),
        ('{"layout": "m5", "horizon": 7}', "cannot be read as layout 'm5'"),
    ],
)
def test_a_wrong_description_is_told(tmp_path: Path, about: str, said: str) -> None:
    (tmp_path / "dataset.json").write_text(about)
    with pytest.raises(DataUnusableError, match=said) as told:
        read(tmp_path)
    assert "\n" not in str(told.value)


def test_a_folder_without_a_description_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataUnusableError, match=r"dataset\.json"):
        read(tmp_path)


def test_a_file_without_its_columns_is_told(tmp_path: Path) -> None:
    folders.describe(tmp_path, "endcap_sales", 7)
    folders.write(tmp_path / "sales.parquet", {"gtin": ["1"]})
    with pytest.raises(DataUnusableError, match="endcap_sales"):
        read(tmp_path)


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    folder = folders.bakery(tmp_path, days=60)
    table = pq.read_table(folder / "sales.parquet")
    pq.write_table(table.slice(0, 0), folder / "sales.parquet")
    with pytest.raises(DataUnusableError, match="no rows"):
        read(folder)


def test_too_short_a_history_is_told_with_its_length(tmp_path: Path) -> None:
    with pytest.raises(DataUnusableError, match="13 periods before the 7 of the test"):
        read(folders.lake(tmp_path, days=20))


def test_other_keys_in_the_description_are_welcome(tmp_path: Path) -> None:
    folder = folders.lake(tmp_path, items=2)
    about = {"layout": "endcap_sales", "horizon": 7, "made": "today"}
    (folder / "dataset.json").write_text(json.dumps(about))
    assert read(folder).horizon == 7
