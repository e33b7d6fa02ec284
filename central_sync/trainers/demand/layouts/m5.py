"""Daily units of the M5 competition: one row per item and store, one column per day."""

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from central_sync.trainers.demand.dataset import DataSet, check_history
from central_sync.trainers.demand.layouts.columns import (
    EPOCH,
    LEAST_DAYS,
    codes,
    columns,
)
from endcap.models.demand.ledger import month_days, weekdays
from endcap.models.demand.panel import DAILY, Panel


def read_m5(data: Path, horizon: int) -> DataSet:
    """Daily units, one row per item and store, one column per day."""
    table = pq.read_table(data / "sales.parquet")
    days = [name for name in table.column_names if name.startswith("d_")]
    units = np.stack([table.column(name).to_numpy() for name in days], axis=1).astype(np.float64)
    check_history(len(days), horizon, LEAST_DAYS, str(data))
    names = columns(data / "sales.parquet", "item_id", "dept_id", "store_id")
    store, stores = codes(names["store_id"])
    with (data / "calendar.csv").open(encoding="utf-8", newline="") as file:
        calendar = {row["d"]: row for row in csv.DictReader(file)}
    rows = [calendar[name] for name in days]
    event = np.array([bool(row["event_name_1"]) for row in rows], dtype=np.float64)
    paid = np.array(
        [[float(row[f"snap_{name[0][:2]}"]) for row in rows] for name in stores], dtype=np.float64
    )
    sold = np.cumsum(units, axis=1) > 0
    first = (date.fromisoformat(rows[0]["date"]) - EPOCH).days
    panel = Panel(
        units=np.where(sold, units, np.nan),
        in_stock=np.ones(units.shape),
        price=np.full(units.shape, np.nan),
        promotion=np.zeros(units.shape),
        holiday=np.tile(event, (len(units), 1)),
        special=paid[store],
        group=store,
        weekday=weekdays(first, len(days)),
        rhythm=DAILY,
        item=codes(names["item_id"])[0],
        category=codes(names["dept_id"])[0],
        month_day=month_days(first, len(days)),
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
        regions=tuple(str(name[0])[:2] for name in stores),
    )
