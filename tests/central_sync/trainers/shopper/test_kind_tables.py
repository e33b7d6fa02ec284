"""Counts completed by pairs of categories and by sales, over tables as the lake has them."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.shopper.ease import Counts
from central_sync.trainers.shopper.kind_tables import complete, read_said

EARLY, LATE = date(2026, 1, 5), date(2026, 1, 12)
COUNTS = Counts(
    baskets=1000,
    items=np.array([10, 30]),
    item_baskets=np.array([200, 300]),
    first=np.array([0]),
    second=np.array([1]),
    pair_baskets=np.array([80]),
    withheld=9,
)


def write_said(folder: Path) -> Path:
    """Write what two stores said beside items and pairs; in the late week it is the reverse."""
    tables = {
        "totals": {
            "store": ["a", "b", "a"],
            "period": [EARLY, EARLY, LATE],
            "baskets": [900.0, 100.0, 1000.0],
            "noise": [5.0, 5.0, 5.0],
        },
        "kinds": {
            "store": ["a", "a", "b", "a"],
            "period": [EARLY, EARLY, EARLY, LATE],
            "category_a": ["drinks", "snacks", "drinks", "drinks"],
            "category_b": ["snacks", "snacks", "snacks", "drinks"],
            "baskets": [5000.0, 10.0, 500.0, 9000.0],
        },
        "categories": {"gtin": [10, 20, 30], "category": ["drinks", "drinks", "snacks"]},
        "sold": {"gtin": [10, 20, 30, 40], "units": [400.0, 8.0, 600.0, 500.0]},
    }
    folder.mkdir()
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return folder


def test_a_folder_of_counts_alone_says_nothing_more(tmp_path: Path) -> None:
    assert read_said(tmp_path) is None


def test_half_of_what_was_said_is_refused(tmp_path: Path) -> None:
    folder = write_said(tmp_path / "said")
    (folder / "sold.parquet").unlink()
    with pytest.raises(DataUnusableError, match="sold"):
        read_said(folder)


def test_items_that_only_sold_come_in_and_pairs_keep_their_items(tmp_path: Path) -> None:
    said = read_said(write_said(tmp_path / "said"))
    assert said is not None
    found = complete(COUNTS, said, [EARLY])
    assert found.items.tolist() == [10, 20, 30, 40]
    assert found.item_baskets.tolist() == [200, 4, 300, 9]
    assert (found.items[found.first[0]], found.items[found.second[0]]) == (10, 30)
    assert found.pair_baskets.tolist() == [80]


def test_categories_of_the_asked_periods_alone_lift_their_items(tmp_path: Path) -> None:
    said = read_said(write_said(tmp_path / "said"))
    assert said is not None
    early, late = (complete(COUNTS, said, [week]).affinity for week in (EARLY, LATE))
    assert early is not None
    assert late is not None
    drink, snack = np.array([0]), np.array([2])
    assert early.between(drink, snack) > early.between(drink, drink)
    assert late.between(drink, drink) > early.between(drink, drink)


def test_the_larger_a_store_the_more_its_figure_counts(tmp_path: Path) -> None:
    said = read_said(write_said(tmp_path / "said"))
    assert said is not None
    rows = said.kinds.to_pydict()
    swapped = pa.table(rows | {"store": ["b", "b", "a", "a"]})
    lifts = []
    for kinds in (said.kinds, swapped):
        found = complete(
            COUNTS, type(said)(said.totals, kinds, said.categories, said.sold), [EARLY]
        )
        assert found.affinity is not None
        lifts.append(float(found.affinity.lift[-1, -1]))
    assert lifts[0] > lifts[1]
