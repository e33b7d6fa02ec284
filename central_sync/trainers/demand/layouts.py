"""Readers of the documented demand layouts; `dataset.json` in the directory names the layout.

Reads and lays out; cleans nothing but what a layout defines, and computes no feature.
"""

import csv
import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.demand.dataset import DataSet, check_history, rectangle
from endcap.models.demand.ledger import SalesRows, assemble, weekdays
from endcap.models.demand.panel import DAILY, IN_STOCK, WEEKLY, Floats, Ints, Panel

_OPEN = slice(6, 22)  # the hours of day in which freshretailnet counts a stock-out
_EPOCH = date(1970, 1, 1)
_LEAST_DAYS, _LEAST_WEEKS = 21, 60


def read(data: Path) -> DataSet:
    """Return the data set in `data`.

    Raises:
        DataUnusableError: the directory is in no layout we know, or a file does not fit it.
    """
    layout, horizon = _about(data / "dataset.json")
    reader = _READERS.get(layout)
    if reader is None:
        known = ", ".join(_READERS)
        raise DataUnusableError(f"{data}/dataset.json: unknown layout {layout!r}; one of {known}")
    try:
        return reader(data, horizon)
    except (OSError, KeyError, pa.ArrowException) as error:
        what = " ".join(str(error).split())[:200]
        raise DataUnusableError(
            f"{data}: cannot be read as layout {layout!r}: {what}; compare it with the layout's"
            " description"
        ) from error


def _about(path: Path) -> tuple[str, int]:
    """Return the layout and the horizon that dataset.json names."""
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataUnusableError(
            f'{path}: {error}; it must say {{"layout": ..., "horizon": ...}}'
        ) from error
    horizon = about.get("horizon") if isinstance(about, dict) else None
    if not isinstance(horizon, int) or isinstance(horizon, bool) or not 1 <= horizon <= 366:  # noqa: PLR2004 - a year
        raise DataUnusableError(f"{path}: horizon must be a whole number of periods, 1 to 366")
    return str(about.get("layout")), horizon


def _columns(path: Path, *names: str) -> dict[str, NDArray[Any]]:
    """Return columns of a Parquet file as arrays, dates as days since 1970."""
    table = pq.read_table(path, columns=list(names))
    if table.num_rows == 0:
        raise DataUnusableError(f"{path}: no rows")
    return {name: _array(table.column(name)) for name in names}


def _array(column: "pa.ChunkedArray[Any]") -> NDArray[Any]:
    """Return a column as an array; dates become days since 1970, lists a flat array."""
    if pa.types.is_date(column.type):
        return np.asarray(column.cast(pa.date32()).cast(pa.int32())).astype(np.int64)
    if pa.types.is_large_list(column.type) or pa.types.is_list(column.type):
        return np.asarray(pc.list_flatten(column))
    return np.asarray(column)


def _codes(*parts: NDArray[Any]) -> tuple[Ints, tuple[Any, ...]]:
    """Return a code per distinct combination of `parts`, and the combinations in code order."""
    code = np.zeros(len(parts[0]), dtype=np.int64)
    for part in parts:
        values, inverse = np.unique(part, return_inverse=True)
        code = code * len(values) + inverse
    _, first, codes = np.unique(code, return_index=True, return_inverse=True)
    return codes.astype(np.int64), tuple(tuple(p[row] for p in parts) for row in first)


def _since_first(units: Floats, start: Ints) -> Floats:
    """Return `units` with NaN before each series' first period."""
    return np.where(np.arange(units.shape[1]) < start[:, None], np.nan, units)


def _first_rows(series: Ints, period: Ints, count: int) -> Ints:
    """Return the first period of each series."""
    first = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first, series, period)
    return first


def _day(number: int) -> str:
    """Return an ISO date from days since 1970."""
    return (_EPOCH + timedelta(days=number)).isoformat()


def _freshretailnet(data: Path, horizon: int) -> DataSet:
    """Fresh food, hourly sales and hourly stock-outs."""
    column = _columns(
        data / "sales.parquet",
        *("store_id", "product_id", "third_category_id", "dt", "sale_x100", "hours_sale_x100"),
        *("oos_bits", "oos_h6_22", "discount", "holiday_flag", "activity_flag"),
    )
    series, keys = _codes(column["store_id"], column["product_id"])
    day = column["dt"] - column["dt"].min()
    shape = (len(keys), int(day.max()) + 1)
    check_history(shape[1], horizon, _LEAST_DAYS, str(data))

    def lay(values: NDArray[Any], empty: float) -> Floats:
        return rectangle(series, day, shape, values.astype(np.float64), empty)

    out = ((column["oos_bits"][:, None] >> np.arange(24)) & 1).astype(bool)[:, _OPEN]
    hours = column["hours_sale_x100"].reshape(-1, 24)[:, _OPEN]
    learn = (column["oos_h6_22"] == 0) & (day < shape[1] - horizon)
    category, _ = _codes(column["third_category_id"])
    share = np.where(column["oos_h6_22"] == 0, 1.0, _stocked_share(hours, out, category, learn))
    store, stores = _codes(np.array([key[0] for key in keys]))
    units = lay(column["sale_x100"] / 100.0, 0.0)
    panel = Panel(
        units=_since_first(units, _first_rows(series, day, len(keys))),
        in_stock=lay(share, 1.0),
        price=lay(column["discount"], np.nan),
        promotion=lay(column["activity_flag"], 0.0),
        holiday=lay(column["holiday_flag"], 0.0),
        special=np.zeros(shape),
        group=store,
        weekday=weekdays(int(column["dt"].min()), shape[1]),
        rhythm=DAILY,
    )
    return DataSet(
        layout="freshretailnet",
        panel=panel,
        horizon=horizon,
        leads=tuple(range(1, horizon + 1)),
        rolling=False,
        stores=tuple(str(name[0]) for name in stores),
        store=store,
        items=tuple(str(key[1]) for key in keys),
        last_day=_day(int(column["dt"].max())),
        source="FreshRetailNet-50K (Dingdong)",
        licence="CC-BY-4.0",
    )


def _stocked_share(
    hours: NDArray[Any], out: NDArray[np.bool_], category: Ints, learn: NDArray[np.bool_]
) -> Floats:
    """Return the share of a day's usual sales that falls in hours in stock: [rows].

    The usual day of a category is learned from rows without a stock-out, drawn to that of all.
    """
    whole = hours[learn].sum(axis=0) + 1.0
    profile = np.zeros((int(category.max()) + 1, hours.shape[1]))
    np.add.at(profile, category[learn], hours[learn])
    profile += 2000.0 * whole / whole.sum()
    profile /= profile.sum(axis=1, keepdims=True)
    share: Floats = np.clip(1.0 - (profile[category] * out).sum(axis=1), 0.0, IN_STOCK - 1e-3)
    return share


def _m5(data: Path, horizon: int) -> DataSet:
    """Daily units, one row per item and store, one column per day."""
    table = pq.read_table(data / "sales.parquet")
    days = [name for name in table.column_names if name.startswith("d_")]
    units = np.stack([table.column(name).to_numpy() for name in days], axis=1).astype(np.float64)
    check_history(len(days), horizon, _LEAST_DAYS, str(data))
    names = _columns(data / "sales.parquet", "item_id", "store_id")
    store, stores = _codes(names["store_id"])
    with (data / "calendar.csv").open(encoding="utf-8", newline="") as file:
        calendar = {row["d"]: row for row in csv.DictReader(file)}
    rows = [calendar[name] for name in days]
    event = np.array([bool(row["event_name_1"]) for row in rows], dtype=np.float64)
    paid = np.array(
        [[float(row[f"snap_{name[0][:2]}"]) for row in rows] for name in stores], dtype=np.float64
    )
    sold = np.cumsum(units, axis=1) > 0
    panel = Panel(
        units=np.where(sold, units, np.nan),
        in_stock=np.ones(units.shape),
        price=np.full(units.shape, np.nan),
        promotion=np.zeros(units.shape),
        holiday=np.tile(event, (len(units), 1)),
        special=paid[store],
        group=store,
        weekday=weekdays((date.fromisoformat(rows[0]["date"]) - _EPOCH).days, len(days)),
        rhythm=DAILY,
    )
    return DataSet(
        layout="m5",
        panel=panel,
        horizon=horizon,
        leads=tuple(range(1, horizon + 1)),
        rolling=False,
        stores=tuple(str(name[0]) for name in stores),
        store=store,
        items=tuple(str(name) for name in names["item_id"]),
        last_day=rows[-1]["date"],
        source="M5 competition (Walmart)",
        licence="competition data: measure only",
    )


def _walmart_weekly(data: Path, horizon: int) -> DataSet:
    """Weekly money sales of departments; a department rises and falls with itself elsewhere."""
    column = _columns(data / "sales.parquet", "Store", "Dept", "Date", "Weekly_Sales", "IsHoliday")
    series, keys = _codes(column["Store"], column["Dept"])
    week = (column["Date"] - column["Date"].min()) // 7
    shape = (len(keys), int(week.max()) + 1)
    check_history(shape[1], horizon, _LEAST_WEEKS, str(data))
    holiday = np.zeros(shape[1])
    holiday[week[column["IsHoliday"].astype(bool)]] = 1.0
    store, stores = _codes(np.array([key[0] for key in keys]))
    department, _ = _codes(np.array([key[1] for key in keys]))
    panel = Panel(
        units=rectangle(series, week, shape, column["Weekly_Sales"], np.nan),
        in_stock=np.ones(shape),
        price=np.full(shape, np.nan),
        promotion=np.zeros(shape),
        holiday=np.tile(holiday, (shape[0], 1)),
        special=np.zeros(shape),
        group=department,
        weekday=np.zeros(shape[1], dtype=np.int64),
        rhythm=WEEKLY,
    )
    return DataSet(
        layout="walmart_weekly",
        panel=panel,
        horizon=horizon,
        leads=tuple(range(1, horizon + 1)),
        rolling=False,
        stores=tuple(str(name[0]) for name in stores),
        store=store,
        items=tuple(str(key[1]) for key in keys),
        last_day=_day(int(column["Date"].max())),
        source="Walmart Recruiting (2014)",
        licence="competition data: measure only",
    )


_ROLLING_LEAD = 7


def _bakery(data: Path, horizon: int) -> DataSet:
    """Daily demand of bakeries; every day is forecast a week ahead."""
    column = _columns(
        data / "sales.parquet",
        *("date", "store", "product", "demand", "is_schoolholiday", "is_holiday"),
        "promotion_currentweek",
    )
    series, keys = _codes(column["store"], column["product"])
    day = column["date"] - column["date"].min()
    shape = (len(keys), int(day.max()) + 1)
    check_history(shape[1], horizon, _LEAST_DAYS + _ROLLING_LEAD, str(data))

    def lay(values: NDArray[Any], empty: float) -> Floats:
        return rectangle(series, day, shape, values.astype(np.float64), empty)

    store, stores = _codes(np.array([key[0] for key in keys]))
    panel = Panel(
        units=lay(column["demand"], np.nan),
        in_stock=np.ones(shape),
        price=np.full(shape, np.nan),
        promotion=lay(column["promotion_currentweek"], 0.0),
        holiday=lay(column["is_holiday"], 0.0),
        special=lay(column["is_schoolholiday"], 0.0),
        group=store,
        weekday=weekdays(int(column["date"].min()), shape[1]),
        rhythm=DAILY,
    )
    return DataSet(
        layout="bakery",
        panel=panel,
        horizon=horizon,
        leads=(_ROLLING_LEAD,),
        rolling=True,
        stores=tuple(str(name[0]) for name in stores),
        store=store,
        items=tuple(str(key[1]) for key in keys),
        last_day=_day(int(column["date"].max())),
        source="bakery sales of the ddop package",
        licence="BSD-3-Clause",
    )


def _endcap_sales(data: Path, horizon: int) -> DataSet:
    """What the event lake exports: a day without a row inside an item's life sold nothing."""
    column = _columns(
        data / "sales.parquet",
        *("store", "gtin", "day", "units", "price", "promotion", "in_stock"),
    )
    series, keys = _codes(column["store"], column["gtin"])
    day = column["day"] - column["day"].min()
    shape = (len(keys), int(day.max()) + 1)
    check_history(shape[1], horizon, _LEAST_DAYS, str(data))

    store, stores = _codes(np.array([key[0] for key in keys]))
    rows = SalesRows(
        series=series,
        day=day,
        units=column["units"].astype(np.float64),
        price=column["price"].astype(np.float64),
        promotion=column["promotion"].astype(np.float64),
        in_stock=column["in_stock"].astype(np.float64),
    )
    first_day = int(column["day"].min())
    panel = assemble(rows, group=store, first_day=first_day, known=shape[1], ahead=0)
    return DataSet(
        layout="endcap_sales",
        panel=panel,
        horizon=horizon,
        leads=tuple(range(1, horizon + 1)),
        rolling=False,
        stores=tuple(str(name[0]) for name in stores),
        store=store,
        items=tuple(str(key[1]) for key in keys),
        last_day=_day(int(column["day"].max())),
        source="the stores' own sales",
        licence="the operator's own",
    )


_READERS: Mapping[str, Callable[[Path, int], DataSet]] = {
    "freshretailnet": _freshretailnet,
    "m5": _m5,
    "walmart_weekly": _walmart_weekly,
    "bakery": _bakery,
    "endcap_sales": _endcap_sales,
}
