"""Daily demand of bakeries, forecast a week ahead (the ddop package)."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from central_sync.trainers.demand.dataset import DataSet, check_history, rectangle
from central_sync.trainers.demand.layouts.columns import LEAST_DAYS, codes, columns, iso_day
from endcap.models.demand.ledger import month_days, weekdays
from endcap.models.demand.panel import DAILY, Floats, Panel

_ROLLING_LEAD = 7


def read_bakery(data: Path, horizon: int) -> DataSet:
    """Daily demand of bakeries; every day is forecast a week ahead."""
    column = columns(
        data / "sales.parquet",
        *("date", "store", "product", "demand", "is_schoolholiday", "is_holiday"),
        *("promotion_currentweek", "temperature", "rain"),
    )
    series, keys = codes(column["store"], column["product"])
    day = column["date"] - column["date"].min()
    shape = (len(keys), int(day.max()) + 1)
    check_history(shape[1], horizon, LEAST_DAYS + _ROLLING_LEAD, str(data))

    def lay(values: NDArray[Any], empty: float) -> Floats:
        return rectangle(series, day, shape, values.astype(np.float64), empty)

    store, stores = codes(np.array([key[0] for key in keys]))
    product, _ = codes(np.array([key[1] for key in keys]))
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
        item=product,
        category=product,
        temperature=lay(column["temperature"], np.nan),
        month_day=month_days(int(column["date"].min()), shape[1]),
        rain=lay(column["rain"], np.nan),
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
        last_day=iso_day(int(column["date"].max())),
        source="bakery sales of the ddop package",
        licence="BSD-3-Clause",
    )
