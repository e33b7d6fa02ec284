"""The event lake: committed events as Parquet files, by kind and store.

    lake/kind=endcap.sales.tallied.v1/store=s-0001/{epoch}-{first}-{last}.parquet

Each event is in one file. A file is there whole or not at all, and counts once it is recorded; a
file that a crash left unrecorded is taken away at the next start. One process fills a lake.
"""

import asyncio
import io
import re
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path

import pyarrow.parquet as pq

from central_sync.adapters.lake_tables import table_of
from endcap.plumbing.files import write_atomically
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.seqset import Range

_PENDING = """
SELECT * FROM events WHERE arrival > (
    SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM meta WHERE name = 'laked'
) ORDER BY arrival LIMIT ?
"""
_LAKED = "INSERT OR REPLACE INTO meta (name, value) VALUES ('laked', ?)"
_RECORD = """
INSERT OR REPLACE INTO lake_files (file, kind, store, epoch, first, last, rows, written_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_OURS = re.compile(r"^[0-9a-f]{16}-\d{19}-\d{19}\.parquet$")

Place = tuple[str, str, str]
"""A kind, a store and an epoch."""


def _place(row: sqlite3.Row) -> Place:
    """Return where an event belongs."""
    return (row["kind"], row["store"], row["epoch"])


class ParquetLake:
    """The lake in `folder`, filled from the table `events`."""

    def __init__(self, file: SqliteFile, folder: Path) -> None:
        self._file = file
        self._folder = folder

    async def fill(self, limit: int, at: datetime) -> int:
        """Write the next events that are not in the lake, `limit` at most; return how many."""
        rows = await self._file.read(lambda db: db.execute(_PENDING, (limit,)).fetchall())
        if not rows:
            return 0
        records = await asyncio.to_thread(self._write, rows, at)
        upto = str(rows[-1]["arrival"])

        def record(db: sqlite3.Connection) -> None:
            db.executemany(_RECORD, records)
            db.execute(_LAKED, (upto,))

        await self._file.write(record)
        return len(rows)

    async def sweep(self) -> int:
        """Take away files that were written and never recorded; return how many."""
        known = await self._file.read(
            lambda db: {row["file"] for row in db.execute("SELECT file FROM lake_files")}
        )
        return await asyncio.to_thread(self._sweep, known)

    def _write(self, rows: Sequence[sqlite3.Row], at: datetime) -> list[tuple[object, ...]]:
        """Write a file for each kind of each store; return their records."""
        together = groupby(sorted(rows, key=lambda row: (*_place(row), row["seq"])), key=_place)
        written: list[tuple[object, ...]] = []
        for place, group in together:
            records = list(group)
            first, last = records[0]["seq"], records[-1]["seq"]
            name = self._write_file(place, (first, last), records)
            written.append((name, *place, first, last, len(records), at.isoformat()))
        return written

    def _write_file(self, place: Place, span: Range, rows: Sequence[sqlite3.Row]) -> str:
        """Write events of one kind, store and epoch; return the file's name in the lake."""
        kind, store, epoch = place
        name = f"kind={kind}/store={store}/{epoch}-{span[0]:019}-{span[1]:019}.parquet"
        content = io.BytesIO()
        pq.write_table(table_of(kind, rows), content, compression="zstd")
        write_atomically(self._folder / name, content.getvalue())
        return name

    def _sweep(self, known: set[str]) -> int:
        """Delete our files that are not `known`."""
        strays = [
            path
            for path in self._folder.glob("kind=*/store=*/*.parquet")
            if _OURS.match(path.name) and str(path.relative_to(self._folder)) not in known
        ]
        for path in strays:
            path.unlink(missing_ok=True)
        return len(strays)
