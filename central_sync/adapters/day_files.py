"""What stores were told of their days, in the lake: a file a store, a row a day.

    lake/days/store=s-0001.parquet

Each change writes a store's file anew: some hundred rows a year. One process writes them.
"""

import asyncio
import io
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from central_sync.adapters.lake_tables import DAYS, days_file
from central_sync.core.known_days import KnownDay, known_days
from endcap.plumbing.files import write_atomically
from endcap.wire.commands import Feed


class DayFiles:
    """Keeps the promises of central_sync.ports.feeds.DayBook, in a lake's folder."""

    def __init__(self, lake: Path) -> None:
        self._lake = lake

    async def note(self, store: str, feed: Feed, today: date) -> None:
        """Take in what a store is told on `today`."""
        await asyncio.to_thread(self._note, store, feed, today)

    def _note(self, store: str, feed: Feed, today: date) -> None:
        """Write a store's file, if that says something new."""
        path = days_file(self._lake, store)
        before = _read(path) if path.exists() else {}
        after = known_days(before, feed, today)
        if after == before:
            return
        rows = [{"store": store, "day": day, **asdict(one)} for day, one in after.items()]
        content = io.BytesIO()
        table = pa.Table.from_pylist(rows, schema=DAYS)
        pq.write_table(table, content, compression="zstd")
        write_atomically(path, content.getvalue())


def _read(path: Path) -> Mapping[date, KnownDay]:
    """Return what a store's file says."""
    columns = ["day", *KnownDay.__dataclass_fields__]
    rows = pq.ParquetFile(path).read(columns, use_threads=False).to_pylist()
    return {row.pop("day"): KnownDay(**row) for row in rows}
