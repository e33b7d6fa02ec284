"""What the event lake exports: the stores' own sales, whole or some stores at a time.

    sales.parquet   a file, or a folder of part files
        store, gtin, day, units, price, promotion, in_stock
        category     may be absent, or null: then not known
    days.parquet    likewise; may be absent
        store, day, temperature, rain, holiday, special, closed     weather may be null

A day of a store is told once, whether or not anything sold. On a closed day no sales are known.

What is not in a row of some stores alone - which days there are, and the codes of items and
categories - is the frame's: so that parts read by themselves fit together.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as arrow_dataset

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.demand.dataset import DataSet, check_history
from central_sync.trainers.demand.layouts.columns import LEAST_DAYS, iso_day
from endcap.models.demand.ledger import SalesRows, assemble
from endcap.models.demand.panel import UNKNOWN_CODE, Floats, Ints

_KEYS = ("store", "gtin", "day")
_FIGURES = ("units", "price", "promotion", "in_stock")
_MARKS = ("holiday", "special", "closed")
_WEATHER = ("temperature", "rain")


@dataclass(frozen=True, slots=True)
class Frame:
    """What all stores' sales have in common.

    Attributes:
        data: the folder.
        horizon: how many days at the end are the test.
        first_day: the first day of all, in days since 1970.
        last_day: the last one.
        items: what is sold anywhere, in order: an item's code is its place here.
        categories: likewise; empty where none is known.
        stores: each store and how many rows it has, in order.
    """

    data: Path
    horizon: int
    first_day: int
    last_day: int
    items: tuple[str, ...]
    categories: tuple[str, ...]
    stores: tuple[tuple[str, int], ...]

    @property
    def days(self) -> int:
        """How many days there are."""
        return self.last_day - self.first_day + 1


def read_endcap_sales(data: Path, horizon: int) -> DataSet:
    """Return the sales of all stores: a day without a row inside an item's life sold nothing."""
    frame = frame_of(data, horizon)
    return read_stores(frame, [name for name, _ in frame.stores])


def frame_of(data: Path, horizon: int) -> Frame:
    """Look through all sales once, keeping only what they have in common.

    Raises:
        DataUnusableError: there are no rows, or too few days.
    """
    sales = _sales(data)
    first, last = np.iinfo(np.int64).max, np.iinfo(np.int64).min
    stores: Counter[str] = Counter()
    items: set[str] = set()
    categories: set[str] = set()
    named = [name for name in (*_KEYS, "category") if name in sales.schema.names]
    for batch in sales.to_batches(
        columns=named, use_threads=False, batch_readahead=1, fragment_readahead=1
    ):
        if batch.num_rows == 0:
            continue
        day = _days(batch.column("day"))
        first, last = min(first, int(day.min())), max(last, int(day.max()))
        stores.update(_counts(batch.column("store")))
        items.update(_counts(batch.column("gtin")))
        if "category" in named:
            categories.update(_counts(batch.column("category").drop_null()))
    if not stores:
        raise DataUnusableError(f"{data / 'sales.parquet'}: no rows")
    check_history(last - first + 1, horizon, LEAST_DAYS, str(data))
    return Frame(
        data, horizon, first, last,
        tuple(sorted(items)), tuple(sorted(categories)), tuple(sorted(stores.items())),
    )  # fmt: skip


def read_stores(frame: Frame, stores: Sequence[str]) -> DataSet:
    """Return the sales of some stores, on the days and with the codes of all."""
    sales = _sales(frame.data)
    there = [name for name in ("category",) if name in sales.schema.names]
    table = sales.to_table(
        columns=[*_KEYS, *_FIGURES, *there],
        filter=pc.field("store").isin(list(stores)),
        use_threads=False,
    )
    names, wide = tuple(sorted(stores)), len(frame.items)
    keys, series = np.unique(
        _codes(table.column("store"), names) * wide + _codes(table.column("gtin"), frame.items),
        return_inverse=True,
    )
    group, item = keys // wide, keys % wide
    rows = SalesRows(
        series=series.astype(np.int64),
        day=_days(table.column("day")) - frame.first_day,
        **{name: _floats(table.column(name)) for name in _FIGURES},
    )
    panel = assemble(rows, group=group, first_day=frame.first_day, known=frame.days, ahead=0)
    category = _category(table, rows.series, frame.categories, len(keys))
    around = {name: grid[group] for name, grid in _around(frame, names).items()}
    units = np.where(around.pop("closed") > 0, np.nan, panel.units)
    return DataSet(
        layout="endcap_sales",
        panel=replace(panel, units=units, item=item, category=category, **around),
        horizon=frame.horizon,
        leads=tuple(range(1, frame.horizon + 1)),
        rolling=False,
        stores=names,
        store=group,
        items=tuple(frame.items[code] for code in item),
        last_day=iso_day(frame.last_day),
        source="the stores' own sales",
        licence="the operator's own",
    )


def _category(table: pa.Table, series: Ints, names: tuple[str, ...], count: int) -> Ints:
    """Return each series' code of category, as any of its rows has it: [count]."""
    found = np.full(count, UNKNOWN_CODE, dtype=np.int64)
    if "category" in table.column_names:
        code = _codes(table.column("category"), names)
        found[series[code >= 0]] = code[code >= 0]
    return found


def _around(frame: Frame, names: tuple[str, ...]) -> dict[str, Floats]:
    """Return what is known of each store's days, sold or not: [stores, T] each.

    A mark that nobody set is not there; weather that nobody told is not known.
    """
    shape = (len(names), frame.days)
    grids = {name: np.zeros(shape) for name in _MARKS}
    grids |= {name: np.full(shape, np.nan) for name in _WEATHER}
    path = frame.data / "days.parquet"
    if path.exists():
        days = _dataset(path, ("store", "day", *grids))
        told = days.to_table(filter=pc.field("store").isin(list(names)), use_threads=False)
        column = _days(told.column("day")) - frame.first_day
        there = (column >= 0) & (column < frame.days)
        at = (_codes(told.column("store"), names)[there], column[there])
        for name, grid in grids.items():
            grid[at] = _floats(told.column(name))[there]
    return grids


def _sales(data: Path) -> "arrow_dataset.Dataset":
    """Return the sales in a folder, not read yet."""
    return _dataset(data / "sales.parquet", (*_KEYS, *_FIGURES))


def _dataset(path: Path, needed: Sequence[str]) -> "arrow_dataset.Dataset":
    """Return what is in a file or a folder of part files, not read yet."""
    found = arrow_dataset.dataset(path, format="parquet")
    missing = [name for name in needed if name not in found.schema.names]
    if missing:
        raise DataUnusableError(f"{path}: layout 'endcap_sales' needs the column {missing[0]!r}")
    return found


def _counts(column: Any) -> dict[str, int]:  # noqa: ANN401 - Arrow's types are many
    """Return how often each value is there."""
    found: Any = pc.value_counts(column)
    return {one["values"]: one["counts"] for one in found.to_pylist()}


def _codes(column: Any, names: tuple[str, ...]) -> Ints:  # noqa: ANN401 - Arrow's types are many
    """Return each value's place in `names`; UNKNOWN_CODE where it has none."""
    found = pc.index_in(column, value_set=pa.array(names, pa.string()))
    return np.asarray(pc.fill_null(found, UNKNOWN_CODE)).astype(np.int64)


def _days(column: Any) -> Ints:  # noqa: ANN401 - Arrow's types are many
    """Return dates as days since 1970."""
    return np.asarray(column.cast(pa.date32()).cast(pa.int32())).astype(np.int64)


def _floats(column: Any) -> Floats:  # noqa: ANN401 - Arrow's types are many
    """Return figures, or yes and no; NaN where not known."""
    as_numbers = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
    return np.asarray(as_numbers.cast(pa.float64())).astype(np.float64)
