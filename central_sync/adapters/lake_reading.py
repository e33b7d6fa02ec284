"""The lake's Parquet files as tables of DuckDB, some stores at a time.

Memory is bounded whatever the lake holds: DuckDB writes to disk what does not fit. Decides nothing
about which events count.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import ibis
import pyarrow as pa
from ibis.expr import types as ir
from ibis.util import gen_name

from central_sync.adapters.lake_tables import DAYS, days_file
from central_sync.core.lake import standing

_MEMORY = "768MB"
_THREADS = 1  # the centre that serves has the rest
_TOLD = ("store", "epoch", "seq", "time", "revision", "part", "parts")


class LakeReading:
    """The lake in `folder`, for reading; what does not fit in memory goes to `spill`."""

    def __init__(self, folder: Path, spill: Path) -> None:
        self._folder = folder
        self._engine = ibis.duckdb.connect(
            threads=_THREADS,
            memory_limit=_MEMORY,
            temp_directory=str(spill),
            autoinstall_known_extensions=False,  # nothing is fetched from anywhere
        )

    def close(self) -> None:
        """Let go of the memory."""
        self._engine.disconnect()

    def events(
        self, kind: str, schema: pa.Schema, stores: Sequence[str], since: date | None = None
    ) -> ir.Table:
        """Return the events of a kind that `stores` sent; with `since`, all of that day or later.

        What is of a day is written after it: files that are older need not be opened.
        """
        folder = self._folder / f"kind={kind}"
        files = [
            str(file)
            for store in stores
            for file in _standing_files(folder / f"store={store}")
            if since is None or file.stat().st_mtime >= _begin(since)
        ]
        if not files:
            return ibis.memtable(schema.empty_table())
        # Older files may lack a newer column; the folders' names are in the columns already.
        return self._engine.read_parquet(files, union_by_name=True, hive_partitioning=False)

    def days(self, stores: Sequence[str]) -> ir.Table:
        """Return what is known of the days of `stores` besides their sales."""
        places = [days_file(self._folder, store) for store in stores]
        files = [str(place) for place in places if place.exists()]
        if not files:
            return ibis.memtable(DAYS.empty_table())
        return self._engine.read_parquet(files, union_by_name=True, hive_partitioning=False)

    def keep(self, rows: ir.Table) -> ir.Table:
        """Return `rows` answered once, for the questions that build on them."""
        return self._engine.create_table(gen_name("kept"), rows, temp=True)

    def count(self, rows: ir.Table) -> int:
        """Return how many rows there are."""
        return int(self._engine.to_pyarrow(rows.count()).as_py())

    def write(self, rows: ir.Table, path: Path) -> None:
        """Write rows into a Parquet file, in their order."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._engine.to_parquet(rows, path, compression="zstd")


@contextmanager
def reading(folder: Path, spill: Path) -> Iterator[LakeReading]:
    """Open the lake in `folder`; what does not fit in memory goes to `spill`, and goes again."""
    lake = LakeReading(folder, spill)
    try:
        yield lake
    finally:
        lake.close()


def stores_of(folder: Path, kind: str) -> list[str]:
    """Return the stores that sent events of a kind to the lake in `folder`, sorted."""
    return sorted(
        path.name.removeprefix("store=") for path in (folder / f"kind={kind}").glob("store=*")
    )


def _standing_files(place: Path) -> list[Path]:
    """Return the files of one kind and store that count, in order."""
    return [place / name for name in standing(path.name for path in place.glob("*.parquet"))]


def _begin(day: date) -> float:
    """Return the first moment of a day anywhere on Earth."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() - 86400.0


def told(events: ir.Table, *of: str) -> ir.Table:
    """Return which events there are, without what they hold."""
    return events.select(*_TOLD, *of)


def lines(events: ir.Table, column: str) -> ir.Table:
    """Return a row for each entry of a list in each event."""
    entries = events.select("store", "epoch", "seq", entry=events[column].unnest())
    return entries.unpack("entry")
