"""Orders leave as whole files that any system can read."""

import asyncio
import csv
import json
from datetime import date
from pathlib import Path

import pytest

from edge_agent.adapters.order_files import COLUMNS, OrderFolder
from edge_agent.ports.stock import OrderFile, OrderLine, OrdersUnwritableError

DAY = date(2026, 3, 2)
FILE = OrderFile(
    "order-2026-03-02-000001",
    (
        OrderLine("order:04006381333931:2026-03-02", "04006381333931", 12, 2, DAY, DAY),
        OrderLine("order:05000112637922:2026-03-02", "05000112637922", 0.5, 1, DAY, DAY),
    ),
)


def test_a_csv_file_has_a_line_an_order_and_is_the_same_again(tmp_path: Path) -> None:
    folder = OrderFolder(tmp_path / "out", "s-0001", "csv")
    asyncio.run(folder.put(FILE))
    path = tmp_path / "out" / "order-2026-03-02-000001.csv"
    before = path.read_bytes()
    with path.open(newline="") as lines:
        found = list(csv.DictReader(lines))
    assert tuple(found[0]) == COLUMNS
    assert [(one["store"], one["gtin"], one["units"]) for one in found] == [
        ("s-0001", "04006381333931", "12"),
        ("s-0001", "05000112637922", "0.5"),
    ]
    asyncio.run(folder.put(FILE))
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_json_file_says_the_same(tmp_path: Path) -> None:
    asyncio.run(OrderFolder(tmp_path, "s-0001", "json").put(FILE))
    told = json.loads((tmp_path / "order-2026-03-02-000001.json").read_text())
    assert told["file"] == FILE.name
    assert [one["order"] for one in told["lines"]] == [one.order for one in FILE.lines]
    assert told["lines"][0]["arrives"] == "2026-03-02"


def test_a_folder_that_cannot_be_written_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file, no folder")
    with pytest.raises(OrdersUnwritableError, match="let the agent write there"):
        asyncio.run(OrderFolder(tmp_path / "out", "s-0001", "csv").put(FILE))
