"""Weekly money sales of departments (Walmart Recruiting)."""

from pathlib import Path

import numpy as np

from central_sync.trainers.demand.dataset import DataSet, check_history, rectangle
from central_sync.trainers.demand.layouts.columns import LEAST_WEEKS, codes, columns, iso_day
from endcap.models.demand.ledger import month_days
from endcap.models.demand.panel import WEEKLY, Panel

_WEEK = 7  # days; a week is named by its last one


def read_walmart_weekly(data: Path, horizon: int) -> DataSet:
    """Weekly money sales of departments; a department rises and falls with itself elsewhere."""
    column = columns(data / "sales.parquet", "Store", "Dept", "Date", "Weekly_Sales", "IsHoliday")
    series, keys = codes(column["Store"], column["Dept"])
    week = (column["Date"] - column["Date"].min()) // _WEEK
    shape = (len(keys), int(week.max()) + 1)
    check_history(shape[1], horizon, LEAST_WEEKS, str(data))
    holiday = np.zeros(shape[1])
    holiday[week[column["IsHoliday"].astype(bool)]] = 1.0
    store, stores = codes(np.array([key[0] for key in keys]))
    department, _ = codes(np.array([key[1] for key in keys]))
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
        item=department,
        month_day=month_days(int(column["Date"].min()) - _WEEK + 1, shape[1], _WEEK),
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
        last_day=iso_day(int(column["Date"].max())),
        source="Walmart Recruiting (2014)",
        licence="competition data: measure only",
    )
