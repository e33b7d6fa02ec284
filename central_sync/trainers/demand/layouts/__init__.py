"""Readers of the documented demand layouts; `dataset.json` in the directory names the layout.

Reads and lays out; cleans nothing but what a layout defines, and computes no feature. Each layout
is one module.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.demand.dataset import DataSet
from central_sync.trainers.demand.layouts.bakery import read_bakery
from central_sync.trainers.demand.layouts.endcap_sales import read_endcap_sales
from central_sync.trainers.demand.layouts.freshretailnet import read_freshretailnet
from central_sync.trainers.demand.layouts.m5 import read_m5
from central_sync.trainers.demand.layouts.walmart_weekly import read_walmart_weekly

_READERS: Mapping[str, Callable[[Path, int], DataSet]] = {
    "freshretailnet": read_freshretailnet,
    "m5": read_m5,
    "walmart_weekly": read_walmart_weekly,
    "bakery": read_bakery,
    "endcap_sales": read_endcap_sales,
}


def read(data: Path, *, back: int = 0) -> DataSet:
    """Return the data set in `data`, as it was `back` periods before its last one.

    What a layout learns while it is read, it learns from what was known before the test then.

    Raises:
        DataUnusableError: the directory is in no layout we know, or a file does not fit it.
    """
    layout, horizon = layout_of(data)
    reader = _READERS.get(layout)
    if reader is None:
        known = ", ".join(_READERS)
        raise DataUnusableError(f"{data}/dataset.json: unknown layout {layout!r}; one of {known}")
    try:
        sales = reader(data, horizon + back)
    except (OSError, KeyError, pa.ArrowException) as error:
        what = " ".join(str(error).split())[:200]
        raise DataUnusableError(
            f"{data}: cannot be read as layout {layout!r}: {what}; compare it with the layout's"
            " description"
        ) from error
    return sales.earlier(back) if back else sales


def layout_of(data: Path) -> tuple[str, int]:
    """Return the layout and the horizon that dataset.json names.

    Raises:
        DataUnusableError: it is missing, or names none.
    """
    path = data / "dataset.json"
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
