"""A lake of many stores, made up: what the centre's export and training are measured on.

Each store tells each day once, as at night; the files are those that the centre writes, a day each
or joined.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from central_sync.adapters.lake_tables import ITEMS, SALES
from central_sync.core.lake import file_name
from endcap.models.demand.panel import Floats
from endcap.wire.events import ItemsDescribed, SalesTallied
from endcap.wire.identifiers import check_digit
from endcap.wire.seqset import Range

FIRST = date(2025, 3, 3)  # a Monday
CATEGORIES = 24
EPOCH = "e" * 16
_OUT, _OFFERED = 0.1, 0.05  # shares of the items, each day
_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def make_lake(
    folder: Path, *, stores: int, days: int, items: int, together: int, seed: int = 0
) -> None:
    """Write the sales of so many stores, days and items, and the items' categories.

    `together` days of a store are in a file.
    """
    rng = np.random.default_rng(seed)
    pull = rng.gamma(2.0, 0.6, items)  # how well an item sells anywhere
    for number in range(stores):
        name = f"s-{number:05}"
        level = pull * rng.gamma(4.0, 0.25) * rng.gamma(6.0, 1 / 6, items)
        for first in range(0, days, together):
            some = range(first, min(first + together, days))
            tallies = pa.concat_tables([_tally(name, day, level, rng) for day in some])
            _write(folder, SalesTallied.kind, name, (first + 2, some[-1] + 2), tallies)
        _write(folder, ItemsDescribed.kind, name, (1, 1), _described(name, items))


def _gtins(items: int) -> list[str]:
    """Return the items' codes."""
    bodies = [f"{number:013}" for number in range(1, items + 1)]
    return [body + check_digit(body) for body in bodies]


def _event(store: str, seq: int) -> dict[str, Any]:
    """Return the columns that every event has."""
    at = [_NOON]
    return {
        "store": [store], "epoch": [EPOCH], "seq": [seq], "time": at, "clock_ok": [True],
        "received_at": at, "revision": [1], "part": [1], "parts": [1],
    }  # fmt: skip


def _tally(store: str, day: int, level: Floats, rng: np.random.Generator) -> pa.Table:
    """Return one store's day: each item sells as a Poisson count, some were out of stock."""
    count = len(level)
    week = (0.8, 0.8, 0.9, 1.0, 1.3, 1.5, 0.7)[day % 7]
    there = np.where(rng.random(count) < _OUT, rng.random(count), 1.0)
    offer = rng.random(count) < _OFFERED
    units = rng.poisson(level * week * there * np.where(offer, 1.8, 1.0)).astype(np.float64)
    price = np.where(offer, 1.6, 2.0)
    entries = pa.StructArray.from_arrays(
        [
            pa.array(_gtins(count)), pa.array(units), pa.array(np.zeros(count)),
            pa.array(units * price), pa.array(price), pa.array(offer), pa.array(there),
        ],
        names=["gtin", "units", "returns", "revenue", "price", "promotion", "in_stock"],
    )  # fmt: skip
    columns = _event(store, day + 2) | {
        "day": [FIRST + timedelta(days=day)],
        "items": pa.ListArray.from_arrays(pa.array([0, count], pa.int32()), entries),
    }
    return _table(columns, SALES)


def _described(store: str, items: int) -> pa.Table:
    """Return what a store's items are called."""
    entries = [
        {"gtin": gtin, "name": gtin, "department": "", "category": f"kind {at % CATEGORIES}"}
        for at, gtin in enumerate(_gtins(items))
    ]
    return _table(_event(store, 1) | {"items": [entries]}, ITEMS)


def _table(columns: dict[str, Any], schema: pa.Schema) -> pa.Table:
    """Return columns as the lake keeps them."""
    return pa.table(
        [
            one if isinstance(one := columns[field.name], pa.Array) else pa.array(one, field.type)
            for field in schema
        ],
        schema=schema,
    )


def _write(folder: Path, kind: str, store: str, span: Range, table: pa.Table) -> None:
    """Write the file of the events that arrived from the first to the last of `span`."""
    place = folder / f"kind={kind}" / f"store={store}"
    place.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, place / file_name(EPOCH, *span), compression="zstd")
