"""Layout `baskets`: raw baskets, for measuring. Reads them whole and says which part is which.

Stores never send these: the layout is for public data sets and a retailer's own experiments.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import scipy.sparse
from numpy.typing import NDArray

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.shopper.ease import Counts
from central_sync.trainers.tables import read_table
from endcap.models.shopper.figures import Kinds, Receipts, no_kinds

_COLUMNS = ("household_id", "basket_id", "item_id", "week", "at")
_PAID = ("value", "quantity")
_STORE = "store_id"
_GROUPS = ("type", "category", "department")
_BRANDS = ("manufacturer_id", "brand")
_US_PER_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Protocol:
    """The settings of dataset.json; without test weeks there is no next-item part."""

    fit_weeks: tuple[int, int]
    test_weeks: tuple[int, int] | None
    min_item_baskets: int
    min_basket_items: int
    seed: int


@dataclass(frozen=True, slots=True)
class Baskets:
    """Baskets in order of time, then of basket id; items are distinct and sorted in each.

    `household`, `store`, `week` int64 [n] and `day` float64 [n] (days since 1970) are by basket;
    where the data names no stores, all are in one. The items of basket i are
    `item[start[i]:start[i + 1]]`, and so are the prices paid for a unit, float32, NaN where the
    data does not tell. `kinds` is what it tells of the items themselves.
    """

    household: NDArray[np.int64]
    store: NDArray[np.int64]
    week: NDArray[np.int64]
    day: NDArray[np.float64]
    start: NDArray[np.int64]
    item: NDArray[np.int64]
    price: NDArray[np.float32]
    kinds: Kinds
    protocol: Protocol

    def items_of(self, basket: int) -> NDArray[np.int64]:
        """Return the items of one basket, sorted."""
        return self.item[self.start[basket] : self.start[basket + 1]]

    def receipts(self) -> Receipts:
        """Return all rows as a store would have them, in order of time."""
        return Receipts(
            visit=np.repeat(np.arange(len(self.week)), self.sizes),
            item=self.item,
            day=np.repeat(self.day, self.sizes),
            shopper=np.repeat(self.household, self.sizes),
            price=self.price,
        )

    @property
    def sizes(self) -> NDArray[np.int64]:
        """The number of distinct items, by basket."""
        return np.diff(self.start)

    def in_fit_weeks(self) -> NDArray[np.bool_]:
        """Return which baskets lie in the weeks to fit on."""
        return _within(self.week, self.protocol.fit_weeks)

    def in_test_weeks(self) -> NDArray[np.bool_]:
        """Return which baskets lie in the weeks to be scored on."""
        weeks = self.protocol.test_weeks
        return _within(self.week, weeks) if weeks else np.zeros(len(self.week), dtype=np.bool_)

    def last_of_household(self) -> NDArray[np.bool_]:
        """Return which baskets are the last of a household that has more than one."""
        _, back = np.unique(self.household[::-1], return_index=True)
        last = len(self.household) - 1 - back
        _, first = np.unique(self.household, return_index=True)
        found = np.zeros(len(self.household), dtype=np.bool_)
        found[last[last != first]] = True
        return found

    def first_in_test_weeks(self) -> NDArray[np.bool_]:
        """Return which baskets are a known household's first of the weeks to be scored on."""
        test = np.flatnonzero(self.in_test_weeks())
        household, first = np.unique(self.household[test], return_index=True)
        known = np.isin(household, self.household[self.in_fit_weeks()])
        found = np.zeros(len(self.household), dtype=np.bool_)
        found[test[first[known]]] = True
        return found

    def catalogue(self) -> NDArray[np.int64]:
        """Return the items that are in enough baskets of the weeks to fit on, sorted."""
        kept = np.repeat(self.in_fit_weeks(), self.sizes)
        items, counts = np.unique(self.item[kept], return_counts=True)
        return items[counts >= self.protocol.min_item_baskets]

    def training_part(self) -> NDArray[np.bool_]:
        """Return the baskets a model may learn from: none that any task hides."""
        return self.in_fit_weeks() & ~self.last_of_household()


def read_baskets(data: Path, settings: dict[str, Any]) -> Baskets:
    """Return the baskets of a folder in this layout.

    Raises:
        DataUnusableError: a file, a column or a row is missing or unreadable.
    """
    table = read_table(data / "baskets.parquet", _COLUMNS, (*_PAID, _STORE))
    if not table.num_rows:
        raise DataUnusableError(f"{data / 'baskets.parquet'} has no rows; nothing can be learned")
    column = {name: _numbers(table, name, data) for name in _COLUMNS if name != "at"}
    day = _days(table["at"], data)
    order = np.lexsort((column["item_id"], column["basket_id"], day))
    basket, item = column["basket_id"][order], column["item_id"][order]
    new_basket = np.r_[True, basket[1:] != basket[:-1]]
    fresh = new_basket | np.r_[True, item[1:] != item[:-1]]
    first = order[new_basket]
    return Baskets(
        household=column["household_id"][first],
        store=_stores(table, data)[first],
        week=column["week"][first],
        day=day[first],
        start=np.r_[np.flatnonzero(new_basket[fresh]), np.count_nonzero(fresh)].astype(np.int64),
        item=item[fresh],
        price=_prices(table)[order][fresh],
        kinds=_kinds(data, item),
        protocol=_protocol(data, settings, column["week"]),
    )


def count(baskets: Baskets, kept: NDArray[np.bool_], *, least: int) -> Counts:
    """Return the counts of the baskets `kept`; items in fewer than `least` are left out."""
    item = baskets.item[np.repeat(kept, baskets.sizes)]
    row = np.repeat(np.arange(np.count_nonzero(kept)), baskets.sizes[kept])
    items, place, counts = np.unique(item, return_inverse=True, return_counts=True)
    new_place = np.cumsum(counts >= least) - 1
    enough = counts[place] >= least
    cells = (np.ones(np.count_nonzero(enough), np.int32), (row[enough], new_place[place[enough]]))
    shape = (np.count_nonzero(kept), np.count_nonzero(counts >= least))
    bought = scipy.sparse.csr_matrix(cells, shape=shape)
    both = scipy.sparse.triu(bought.T @ bought, k=1).tocoo()
    return Counts(
        baskets=int(shape[0]),
        items=items[counts >= least],
        item_baskets=counts[counts >= least].astype(np.int64),
        first=both.row.astype(np.int64),
        second=both.col.astype(np.int64),
        pair_baskets=both.data.astype(np.int64),
    )


def _within(week: NDArray[np.int64], span: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which weeks lie in the span, both ends included."""
    return (week >= span[0]) & (week <= span[1])


def _numbers(table: pa.Table, name: str, data: Path) -> NDArray[np.int64]:
    """Return a column of whole numbers without holes."""
    column = table[name]
    if column.null_count or not pa.types.is_integer(column.type):
        raise DataUnusableError(
            f"{data / 'baskets.parquet'}: {name} must be whole numbers without nulls"
        )
    return column.to_numpy().astype(np.int64)


def _stores(table: pa.Table, data: Path) -> NDArray[np.int64]:
    """Return the store of each row, 0 where the data names none."""
    if _STORE not in table.column_names:
        return np.zeros(table.num_rows, dtype=np.int64)
    return _numbers(table, _STORE, data)


def _days(column: "pa.ChunkedArray[Any]", data: Path) -> NDArray[np.float64]:
    """Return moments as days since 1970."""
    if column.null_count or not pa.types.is_timestamp(column.type):
        raise DataUnusableError(f"{data / 'baskets.parquet'}: at must be timestamps without nulls")
    us = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False).cast(pa.int64())
    return us.to_numpy().astype(np.float64) / _US_PER_DAY


def _prices(table: pa.Table) -> NDArray[np.float32]:
    """Return what a unit cost in each row; NaN where `value` and `quantity` do not say."""
    if not {"value", "quantity"} <= set(table.column_names):
        return np.full(table.num_rows, np.nan, dtype=np.float32)
    value, quantity = (
        table[name].cast(pa.float64()).to_numpy().astype(np.float64) for name in _PAID
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = value / quantity
    return np.where(np.isfinite(unit) & (unit > 0), unit, np.nan).astype(np.float32)


def _kinds(data: Path, items: NDArray[np.int64]) -> Kinds:
    """Return what items.parquet says of the items; where there is none, nothing.

    The finer of two groupings counts as the category: `type` below `category` below `department`.
    """
    path = data / "items.parquet"
    if not path.exists():
        return no_kinds(items)
    table = read_table(path, ("item_id",), (*_GROUPS, *_BRANDS)).sort_by("item_id")
    names = [name for name in _GROUPS if name in table.column_names]
    groups = [_coded(table, name) for name in names[:2]]
    nothing = np.full(table.num_rows, -1, dtype=np.int32)
    category, department = (*groups, nothing, nothing)[:2]
    brands = [name for name in _BRANDS if name in table.column_names]
    return Kinds(
        items=table["item_id"].to_numpy().astype(np.int64),
        department=department,
        category=category,
        brand=_coded(table, brands[0]) if brands else nothing,
    )


def _coded(table: pa.Table, name: str) -> NDArray[np.int32]:
    """Return a column's values as codes, -1 where there is none."""
    codes = table[name].combine_chunks().dictionary_encode().indices
    return codes.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)


def _protocol(data: Path, settings: dict[str, Any], week: NDArray[np.int64]) -> Protocol:
    """Return the protocol of dataset.json, with the README's figures for what is not said."""
    try:
        test = settings.get("test_weeks")
        return Protocol(
            fit_weeks=_span(settings.get("fit_weeks", (int(week.min()), int(week.max())))),
            test_weeks=_span(test) if test is not None else None,
            min_item_baskets=int(settings.get("min_item_baskets", 20)),
            min_basket_items=int(settings.get("min_basket_items", 3)),
            seed=int(settings.get("seed", 0)),
        )
    except (TypeError, ValueError) as error:
        raise DataUnusableError(f"{data / 'dataset.json'}: {error}") from error


def _span(weeks: object) -> tuple[int, int]:
    """Return a first and a last week."""
    if not isinstance(weeks, list | tuple) or len(weeks) != 2:  # noqa: PLR2004 - a first and a last
        raise ValueError(f"a span of weeks is [first, last], not {weeks!r}")
    return int(weeks[0]), int(weeks[1])
