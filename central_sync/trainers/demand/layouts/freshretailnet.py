"""Fresh food of Dingdong: daily and hourly sales, and hourly stock-outs (FreshRetailNet-50K)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from central_sync.trainers.demand.dataset import DataSet, check_history, rectangle
from central_sync.trainers.demand.layouts.columns import (
    LEAST_DAYS,
    codes,
    columns,
    first_rows,
    iso_day,
    since_first,
)
from endcap.models.demand.ledger import month_days, weekdays
from endcap.models.demand.panel import DAILY, IN_STOCK, Floats, Ints, Panel

_OPEN = slice(6, 22)  # the hours of day in which a stock-out counts


def read_freshretailnet(data: Path, horizon: int) -> DataSet:
    """Fresh food, hourly sales and hourly stock-outs."""
    column = columns(
        data / "sales.parquet",
        *("store_id", "product_id", "third_category_id", "dt", "sale_x100", "hours_sale_x100"),
        *("oos_bits", "oos_h6_22", "discount", "holiday_flag", "activity_flag"),
        *("avg_temperature", "precpt", "city_id"),
    )
    series, keys = codes(column["store_id"], column["product_id"])
    day = column["dt"] - column["dt"].min()
    shape = (len(keys), int(day.max()) + 1)
    check_history(shape[1], horizon, LEAST_DAYS, str(data))

    def lay(values: NDArray[Any], empty: float) -> Floats:
        return rectangle(series, day, shape, values.astype(np.float64), empty)

    category, _ = codes(column["third_category_id"])
    share = _in_stock(column, category, day < shape[1] - horizon)
    store, stores = codes(np.array([key[0] for key in keys]))
    units = lay(column["sale_x100"] / 100.0, 0.0)
    panel = Panel(
        units=since_first(units, first_rows(series, day, len(keys))),
        in_stock=lay(share, 1.0),
        price=lay(column["discount"], np.nan),
        promotion=lay(column["activity_flag"], 0.0),
        holiday=lay(column["holiday_flag"], 0.0),
        special=np.zeros(shape),
        group=store,
        weekday=weekdays(int(column["dt"].min()), shape[1]),
        rhythm=DAILY,
        item=codes(np.array([key[1] for key in keys]))[0],
        category=_first_of(category, series, len(keys)),
        temperature=lay(column["avg_temperature"], np.nan),
        month_day=month_days(int(column["dt"].min()), shape[1]),
        rain=lay(column["precpt"], np.nan),
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
        last_day=iso_day(int(column["dt"].max())),
        source="FreshRetailNet-50K (Dingdong)",
        licence="CC-BY-4.0",
        regions=_cities(column["city_id"], store[series], len(stores)),
    )


def _first_of(values: Ints, series: Ints, count: int) -> Ints:
    """Return the value in the first row of each series: [count]."""
    found = np.empty(count, dtype=np.int64)
    found[series[::-1]] = values[::-1]
    return found


def _cities(city: Ints, store: Ints, stores: int) -> tuple[str, ...]:
    """Return where each store is."""
    return tuple(f"city {number}" for number in _first_of(city, store, stores))


def _in_stock(
    column: Mapping[str, NDArray[Any]], category: Ints, past: NDArray[np.bool_]
) -> Floats:
    """Return the share of the usual sales in the hours in stock, as learned from `past` rows."""
    whole = column["oos_h6_22"] == 0
    out = ((column["oos_bits"][:, None] >> np.arange(24)) & 1).astype(bool)[:, _OPEN]
    hours = column["hours_sale_x100"].reshape(-1, 24)[:, _OPEN]
    return np.where(whole, 1.0, _stocked_share(hours, out, category, whole & past))


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
