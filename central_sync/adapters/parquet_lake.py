"""The event lake: committed events as Parquet files, by kind and store.

    lake/kind=endcap.sales.tallied.v1/store=s-0001/{epoch}-{first arrival}-{last arrival}.parquet

Each event is in one file that counts (central_sync.core.lake). A file is there whole or not at all;
one that a crash left unrecorded is taken away at the next start. Small files of a place are joined,
and those that were joined lie there a while longer, for whoever reads them. One process fills a
lake.
"""

import asyncio
import io
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from central_sync.adapters.lake_tables import table_of
from central_sync.core.lake import AGELESS, file_name, is_ours
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
INSERT OR REPLACE INTO lake_files (file, kind, store, epoch, first, last, rows, bytes, written_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_SMALL_TAIL = """
SELECT * FROM lake_files WHERE kind = :kind AND store = :store AND epoch = :epoch AND first > (
    SELECT coalesce(max(last), 0) FROM lake_files
    WHERE kind = :kind AND store = :store AND epoch = :epoch AND bytes >= :small
) ORDER BY first LIMIT :together
"""
_FORGET = "DELETE FROM lake_files WHERE file = ?"
_LEAVE = "INSERT OR REPLACE INTO lake_leftovers (file, since) VALUES (?, ?)"
_LEFT = "SELECT file FROM lake_leftovers WHERE since < ?"
_OLD = "SELECT file, kind FROM lake_files WHERE written_at < ?"
_CLEARED = "DELETE FROM lake_leftovers WHERE file = ?"
_KNOWN = "SELECT file FROM lake_files UNION SELECT file FROM lake_leftovers"

SMALL = 512 * 1024  # bytes: what is larger is read as fast as if it were joined
TOGETHER = 32  # files: at most 16 MiB are joined at a time

Place = tuple[str, str, str]
"""A kind, a store and an epoch."""
Record = tuple[object, ...]
"""A row of the table `lake_files`."""


def _place(row: sqlite3.Row) -> Place:
    """Return where an event belongs."""
    return (row["kind"], row["store"], row["epoch"])


def _leave(db: sqlite3.Connection, files: Sequence[tuple[str]], at: datetime) -> None:
    """Count files no more; they lie there until they are cleared."""
    db.executemany(_FORGET, files)
    db.executemany(_LEAVE, [(file, at.isoformat()) for (file,) in files])


class ParquetLake:
    """The lake in `folder`, filled from the table `events`."""

    def __init__(self, file: SqliteFile, folder: Path) -> None:
        self._file = file
        self._folder = folder

    async def fill(self, limit: int, at: datetime) -> int:
        """Write the next events that are not in the lake, `limit` at most; return how many.

        Places that hold `TOGETHER` small files by now have them joined.
        """
        rows = await self._file.read(lambda db: db.execute(_PENDING, (limit,)).fetchall())
        if not rows:
            return 0
        records = await asyncio.to_thread(self._write, rows, at)
        upto = str(rows[-1]["arrival"])

        def record(db: sqlite3.Connection) -> None:
            db.executemany(_RECORD, records)
            db.execute(_LAKED, (upto,))

        await self._file.write(record)
        for place in sorted({_place(row) for row in rows}):
            await self._join(place, at)
        return len(rows)

    async def sweep(self) -> int:
        """Take away files that were written and never recorded; return how many."""
        known = await self._file.read(lambda db: {row["file"] for row in db.execute(_KNOWN)})
        return await asyncio.to_thread(self._sweep, known)

    async def clear(self, before: datetime) -> int:
        """Take away files that were joined into others before a moment; return how many."""
        asked = (before.isoformat(),)
        left = await self._file.read(
            lambda db: [(row["file"],) for row in db.execute(_LEFT, asked)]
        )
        if left:
            await asyncio.to_thread(self._remove, [file for (file,) in left])
            await self._file.write(lambda db: db.executemany(_CLEARED, left).close())
        return len(left)

    async def retire(self, before: datetime, at: datetime) -> int:
        """Let go of files whose newest event came before a moment; return how many.

        They are cleared as joined ones are: whoever reads them now can finish.
        """

        def change(db: sqlite3.Connection) -> int:
            found = db.execute(_OLD, (before.isoformat(),)).fetchall()
            old = [(row["file"],) for row in found if row["kind"] not in AGELESS]
            _leave(db, old, at)
            return len(old)

        return await self._file.write(change)

    async def _join(self, place: Place, at: datetime) -> None:
        """Join the small files at the end of a place, once there are enough.

        They are consecutive, so the new file's span holds no other's. Until the new one is recorded
        they are what counts in the database, and for whoever reads the folder it is the new one:
        the same events.
        """
        kind, store, epoch = place
        asked = {"kind": kind, "store": store, "epoch": epoch, "small": SMALL, "together": TOGETHER}
        tail = await self._file.read(lambda db: db.execute(_SMALL_TAIL, asked).fetchall())
        if len(tail) < TOGETHER:
            return
        if gone := await asyncio.to_thread(self._gone, tail):
            await self._file.write(lambda db: db.executemany(_FORGET, gone).close())
            return  # whoever took them away by hand wanted them gone; the rest is joined later
        joined = await asyncio.to_thread(self._write_joined, place, tail, at)
        old = [(row["file"],) for row in tail]

        def record(db: sqlite3.Connection) -> None:
            _leave(db, old, at)
            db.execute(_RECORD, joined)

        await self._file.write(record)

    def _write(self, rows: Sequence[sqlite3.Row], at: datetime) -> list[Record]:
        """Write a file for each kind of each store; return their records."""
        together = groupby(sorted(rows, key=lambda row: (*_place(row), row["seq"])), key=_place)
        written: list[Record] = []
        for place, group in together:
            events = list(group)
            arrivals = [row["arrival"] for row in events]
            span = (min(arrivals), max(arrivals))
            written.append(self._write_file(place, span, table_of(place[0], events), at))
        return written

    def _write_joined(self, place: Place, files: Sequence[sqlite3.Row], at: datetime) -> Record:
        """Write what `files` hold into one; return its record."""
        tables = [pq.ParquetFile(self._folder / row["file"]).read() for row in files]
        table = pa.concat_tables(tables, promote_options="default")  # older ones may lack a column
        return self._write_file(place, (files[0]["first"], files[-1]["last"]), table, at)

    def _write_file(self, place: Place, span: Range, table: pa.Table, at: datetime) -> Record:
        """Write events of one kind, store and epoch; return the file's record."""
        kind, store, epoch = place
        name = f"kind={kind}/store={store}/{file_name(epoch, *span)}"
        content = io.BytesIO()
        pq.write_table(table, content, compression="zstd")
        write_atomically(self._folder / name, content.getvalue())
        size = content.getbuffer().nbytes
        return (name, *place, *span, table.num_rows, size, at.isoformat())

    def _gone(self, files: Sequence[sqlite3.Row]) -> list[tuple[str]]:
        """Return the files that are recorded and not there."""
        return [(row["file"],) for row in files if not (self._folder / row["file"]).exists()]

    def _sweep(self, known: set[str]) -> int:
        """Delete our files that are not `known`."""
        ours = (
            path for path in self._folder.glob("kind=*/store=*/*.parquet") if is_ours(path.name)
        )
        strays = {str(path.relative_to(self._folder)) for path in ours} - known
        self._remove(strays)
        return len(strays)

    def _remove(self, files: Iterable[str]) -> None:
        for file in files:
            (self._folder / file).unlink(missing_ok=True)
