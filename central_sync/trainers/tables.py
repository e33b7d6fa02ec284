"""A data folder's files, read with errors that name the file and what to do."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.dataset import dataset

from central_sync.ports.training import DataUnusableError


def read_table(path: Path, columns: tuple[str, ...], optional: tuple[str, ...] = ()) -> pa.Table:
    """Return the named columns of a Parquet file, or of a folder of part files, in their order.

    Those that are `optional` come last, as far as they are there.

    Raises:
        DataUnusableError: the file is missing, unreadable, or lacks a column.
    """
    if not path.exists():
        raise DataUnusableError(f"{path} is missing; see the data README for the layout")
    try:
        found = dataset(path).schema.names
        missing = [name for name in columns if name not in found]
        if missing:
            raise DataUnusableError(f"{path} lacks the column {missing[0]!r}; it has {found}")
        there = [name for name in optional if name in found]
        return pq.read_table(path, columns=[*columns, *there])
    except (pa.ArrowException, OSError) as error:
        raise DataUnusableError(f"{path} is no readable Parquet file: {error}") from error


def read_settings(data: Path) -> dict[str, Any]:
    """Return dataset.json of a folder.

    Raises:
        DataUnusableError: it is missing, no JSON object, or names no layout.
    """
    path = data / "dataset.json"
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataUnusableError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(settings, dict) or "layout" not in settings:
        raise DataUnusableError(f'{path} must be an object that names its "layout"')
    return settings
