"""What the layouts have in common: columns of a Parquet file as arrays, codes and days.

Knows no layout.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from central_sync.ports.training import DataUnusableError
from endcap.models.demand.panel import Floats, Ints

EPOCH = date(1970, 1, 1)
LEAST_DAYS, LEAST_WEEKS = 21, 60
"""How many days or weeks must come before the test."""


def columns(path: Path, *names: str) -> dict[str, NDArray[Any]]:
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


def codes(*parts: NDArray[Any]) -> tuple[Ints, tuple[Any, ...]]:
    """Return a code per distinct combination of `parts`, and the combinations in code order."""
    code = np.zeros(len(parts[0]), dtype=np.int64)
    for part in parts:
        values, inverse = np.unique(part, return_inverse=True)
        code = code * len(values) + inverse
    _, first, codes = np.unique(code, return_index=True, return_inverse=True)
    return codes.astype(np.int64), tuple(tuple(p[row] for p in parts) for row in first)


def since_first(units: Floats, start: Ints) -> Floats:
    """Return `units` with NaN before each series' first period."""
    return np.where(np.arange(units.shape[1]) < start[:, None], np.nan, units)


def first_rows(series: Ints, period: Ints, count: int) -> Ints:
    """Return the first period of each series."""
    first = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first, series, period)
    return first


def iso_day(number: int) -> str:
    """Return an ISO date from days since 1970."""
    return (EPOCH + timedelta(days=number)).isoformat()
