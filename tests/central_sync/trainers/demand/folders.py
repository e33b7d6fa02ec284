"""Small data folders in every layout, written as their owners write them."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from endcap.wire.identifiers import check_digit

FIRST = date(2026, 1, 5)  # a Monday
WEEK = np.array([0.7, 0.7, 0.9, 1.0, 1.4, 1.6, 0.7])


def describe(folder: Path, layout: str, horizon: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.json").write_text(json.dumps({"layout": layout, "horizon": horizon}))
    return folder


def write(path: Path, columns: dict[str, Any]) -> None:
    pq.write_table(pa.table(columns), path)


def gtin(number: int) -> str:
    """Return an item's code; a higher number is a higher code."""
    return f"{number:013}" + check_digit(f"{number:013}")


def lake(folder: Path, *, stores: int = 2, items: int = 30, days: int = 70, seed: int = 3) -> Path:
    """Write an `endcap_sales` export: weekly rhythm, promotions, and some stock-outs."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[str, str, date, float, float | None, bool, float]] = []
    for store in range(stores):
        for item in range(items):
            volume = rng.lognormal(1.0, 0.8)
            promoted = np.repeat(rng.random(days // 7 + 1) < 0.2, 7)[:days]
            for day in range(days):
                stock = float(rng.uniform(0.2, 0.9)) if rng.random() < 0.05 else 1.0
                mean = volume * WEEK[day % 7] * (1.7 if promoted[day] else 1.0) * stock
                units = float(rng.poisson(mean))
                if units or stock < 1:
                    price = 2.0 if promoted[day] else 2.5
                    when = FIRST + timedelta(days=day)
                    fact = (units, price, bool(promoted[day]), stock)
                    rows.append((f"store-{store}", gtin(item), when, *fact))
    names = ("store", "gtin", "day", "units", "price", "promotion", "in_stock")
    columns: dict[str, Any] = dict(zip(names, zip(*rows, strict=True), strict=True))
    columns["day"] = pa.array(columns["day"], pa.date32())
    write(describe(folder, "endcap_sales", 7) / "sales.parquet", columns)
    return folder


def fresh(folder: Path, *, days: int = 40) -> Path:
    """Write a `freshretailnet` folder of two items; the second is out of stock every evening."""
    rows: dict[str, list[Any]] = {name: [] for name in _FRESH}
    for product, out in ((4, 0), (5, sum(1 << hour for hour in range(16, 22)))):
        for day in range(days):
            hours = np.zeros(24, dtype=np.uint16)
            hours[8:22] = 10
            hours[[hour for hour in range(24) if out >> hour & 1]] = 0
            fact = (1, product, 7, FIRST + timedelta(days=day), int(hours.sum()), hours.tolist())
            weather = (20.0 + day % 5, 0.5)
            values = (*fact, out, (out >> 6).bit_count(), 1.0, 0, day % 2, *weather, 3)
            for name, value in zip(_FRESH, values, strict=True):
                rows[name].append(value)
    columns: dict[str, Any] = dict(rows)
    columns["dt"] = pa.array(rows["dt"], pa.date32())
    columns["oos_bits"] = pa.array(rows["oos_bits"], pa.uint32())
    columns["hours_sale_x100"] = pa.array(rows["hours_sale_x100"], pa.large_list(pa.uint16()))
    write(describe(folder, "freshretailnet", 7) / "sales.parquet", columns)
    return folder


_FRESH = (
    *("store_id", "product_id", "third_category_id", "dt", "sale_x100", "hours_sale_x100"),
    *("oos_bits", "oos_h6_22", "discount", "holiday_flag", "activity_flag"),
    *("avg_temperature", "precpt", "city_id"),
)


def m5(folder: Path, *, days: int = 60) -> Path:
    """Write an `m5` folder of two items, the second sold from day 11 on."""
    describe(folder, "m5", 7)
    columns: dict[str, Any] = {
        "item_id": ["A_1", "A_2"],
        "dept_id": ["A", "A"],
        "cat_id": ["A", "A"],
        "store_id": ["CA_1", "TX_1"],
    }
    for day in range(days):
        columns[f"d_{day + 1}"] = [2 + day % 7, 0 if day < 10 else 3]
    write(folder / "sales.parquet", columns)
    lines = ["date,d,event_name_1,snap_CA,snap_TX"]
    for day in range(days + 30):
        event = "Easter" if day == 20 else ""
        when = FIRST + timedelta(days=day)
        lines.append(f"{when},d_{day + 1},{event},{int(day % 9 == 0)},{int(day % 5 == 0)}")
    (folder / "calendar.csv").write_text("\n".join(lines))
    return folder


def walmart(folder: Path, *, weeks: int = 80) -> Path:
    """Write a `walmart_weekly` folder: two stores, two departments, one without week 3."""
    rows = [
        (store, dept, FIRST + timedelta(weeks=week), 100.0 * dept + week, week % 50 == 10)
        for store in (1, 2)
        for dept in (1, 2)
        for week in range(weeks)
        if (store, dept, week) != (2, 2, 3)
    ]
    names = ("Store", "Dept", "Date", "Weekly_Sales", "IsHoliday")
    columns: dict[str, Any] = dict(zip(names, zip(*rows, strict=True), strict=True))
    columns["Date"] = pa.array(columns["Date"], pa.date32())
    write(describe(folder, "walmart_weekly", 8) / "sales.parquet", columns)
    return folder


def bakery(folder: Path, *, days: int = 60) -> Path:
    """Write a `bakery` folder: two stores, one product, a promotion every third day."""
    rows = [
        (
            FIRST + timedelta(days=day),
            store,
            101,
            10 * store + day % 7,
            0,
            0,
            int(day % 3 == 0),
            9.5,
            0.0,
        )
        for store in (1, 2)
        for day in range(days)
    ]
    names = (
        *("date", "store", "product", "demand", "is_schoolholiday", "is_holiday"),
        *("promotion_currentweek", "temperature", "rain"),
    )
    columns: dict[str, Any] = dict(zip(names, zip(*rows, strict=True), strict=True))
    columns["date"] = pa.array(columns["date"], pa.date32())
    write(describe(folder, "bakery", 14) / "sales.parquet", columns)
    return folder
