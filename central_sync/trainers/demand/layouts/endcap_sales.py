"""What the event lake exports: the stores' own sales."""

from pathlib import Path

import numpy as np

from central_sync.trainers.demand.dataset import DataSet, check_history
from central_sync.trainers.demand.layouts.columns import LEAST_DAYS, codes, columns, iso_day
from endcap.models.demand.ledger import SalesRows, assemble


def read_endcap_sales(data: Path, horizon: int) -> DataSet:
    """What the event lake exports: a day without a row inside an item's life sold nothing."""
    column = columns(
        data / "sales.parquet",
        *("store", "gtin", "day", "units", "price", "promotion", "in_stock"),
    )
    series, keys = codes(column["store"], column["gtin"])
    day = column["day"] - column["day"].min()
    shape = (len(keys), int(day.max()) + 1)
    check_history(shape[1], horizon, LEAST_DAYS, str(data))

    store, stores = codes(np.array([key[0] for key in keys]))
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
        last_day=iso_day(int(column["day"].max())),
        source="the stores' own sales",
        licence="the operator's own",
    )
