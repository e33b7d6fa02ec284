"""Takes files of the point of sale into SQLite, a bounded number of rows at a time.

What a row may be is core/feed's; where files come from is the folder's. A file is taken in once:
its last write holds its outcome, its refusals and its event, and the digest that says so.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from itertools import islice
from typing import Any

from edge_agent.adapters import outbox_rows
from edge_agent.adapters.catalogue_tables import put_counts, put_items
from edge_agent.adapters.sale_rows import insert_sales
from edge_agent.adapters.shelf_tables import replace_planogram
from edge_agent.core.feed.fields import Times
from edge_agent.core.feed.kinds import FeedKind, Outcome, kind_of
from edge_agent.core.feed.rows import Accepted, Refused, Shape, read_rows
from edge_agent.core.feed.sales import FIRST_SALE, sales_shape
from edge_agent.core.feed.shelf import catalogue_shape, planogram_shape, stock_shape
from edge_agent.ports.sales import DroppedFile
from endcap.plumbing.clock import is_plausible
from endcap.plumbing.sqlite_file import SqliteFile

CHUNK = 5_000
WHOLE = 1_000_000
"""A planogram is put in place as one: its rows are gathered first, up to here."""

FAST_TILL = timedelta(days=1)
"""How far a till's clock may run ahead of ours."""

KEEPS = timedelta(days=730)
"""How long the store keeps sales; older ones are refused."""

_FEED_FILE = """
INSERT INTO feed_files (file, sha256, accepted, refused, read_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (file) DO UPDATE SET sha256 = excluded.sha256, accepted = excluded.accepted,
    refused = excluded.refused, read_at = excluded.read_at
"""

Rows = Sequence[Accepted[Any]]


@dataclass(frozen=True, slots=True)
class _Sink:
    """How a kind of file is read and kept. `keep` returns the rows it must refuse after all."""

    shape: Shape[Any]
    keep: Callable[[sqlite3.Connection, Rows], tuple[Refused, ...]]
    chunk: int = CHUNK


class SqliteIntake:
    """Keeps the promises of edge_agent.ports.sales.FeedIntake."""

    def __init__(
        self, file: SqliteFile, zone: tzinfo, shopper_key: bytes, keeps: timedelta = KEEPS
    ) -> None:
        self._file = file
        self._zone = zone
        self._shopper_key = shopper_key
        self._keeps = keeps

    async def outcome_of(self, sha256: str) -> Outcome | None:
        """Return what came of a file of this digest, or None when none was taken in whole."""
        row = await self._file.read(
            lambda db: db.execute(
                "SELECT file, accepted, refused FROM feed_files WHERE sha256 = ?", (sha256,)
            ).fetchone()
        )
        return None if row is None else Outcome(row["file"], row["accepted"], row["refused"])

    async def take(self, file: DroppedFile, at: datetime) -> Outcome:
        """Take the rows of `file` in; return when all of them are on the disk."""
        sink = self._sink(kind_of(file.name), at)
        rows = read_rows(file.lines, sink.shape)
        outcome = Outcome(file.name, 0, 0)
        while chunk := await asyncio.to_thread(_next, rows, sink.chunk):
            refused = await self._keep(sink, chunk)
            outcome = outcome.with_rows(len(chunk) - len(refused), refused)
        await self._file.write(lambda db: _conclude(db, outcome, file.sha256, at))
        return outcome

    async def _keep(
        self, sink: _Sink, chunk: Sequence[Accepted[Any] | Refused]
    ) -> tuple[Refused, ...]:
        """Keep the rows that can be read; return the others, and those that cannot be kept."""
        accepted = [row for row in chunk if isinstance(row, Accepted)]
        refused = [row for row in chunk if isinstance(row, Refused)]
        if accepted:
            refused += await self._file.write(lambda db: sink.keep(db, accepted))
        return tuple(sorted(refused, key=lambda one: one.line))

    def _sink(self, kind: FeedKind, at: datetime) -> _Sink:
        """Return how files of `kind` are read and kept."""
        match kind:
            case FeedKind.SALES:
                return _Sink(sales_shape(self._times(at)), self._keep_sales)
            case FeedKind.STOCK:
                return _Sink(stock_shape(self._times(at), at), _keep_stock)
            case FeedKind.CATALOGUE:
                return _Sink(catalogue_shape(), _keep_items)
            case FeedKind.PLANOGRAM:
                return _Sink(planogram_shape(), partial(_keep_planogram, at=at), WHOLE)

    def _times(self, at: datetime) -> Times:
        """Return the moments a sale may have; a clock that was never set forbids none to come.

        A sale of a day whose other sales are forgotten would make a wrong tally of it.
        """
        if not is_plausible(at):
            return Times(self._zone, FIRST_SALE, datetime.max.replace(tzinfo=UTC))
        return Times(self._zone, max(FIRST_SALE, at - self._keeps), at + FAST_TILL)

    def _keep_sales(self, db: sqlite3.Connection, rows: Rows) -> tuple[Refused, ...]:
        return insert_sales(db, rows, self._shopper_key).contradictions


def _next(rows: Iterator[Accepted[Any] | Refused], most: int) -> list[Accepted[Any] | Refused]:
    """Return the next rows of a file, at most so many; none at its end."""
    return list(islice(rows, most))


def _keep_items(db: sqlite3.Connection, rows: Rows) -> tuple[Refused, ...]:
    put_items(db, [row.value for row in rows])
    return ()


def _keep_stock(db: sqlite3.Connection, rows: Rows) -> tuple[Refused, ...]:
    put_counts(db, [row.value for row in rows])
    return ()


def _keep_planogram(db: sqlite3.Connection, rows: Rows, at: datetime) -> tuple[Refused, ...]:
    replace_planogram(db, [row.value for row in rows], at)
    return ()


def _conclude(db: sqlite3.Connection, outcome: Outcome, sha256: str, at: datetime) -> None:
    """Write down that a file was taken in whole, and what of it was refused."""
    db.execute(
        _FEED_FILE, (outcome.file, sha256, outcome.accepted, outcome.refused, at.isoformat())
    )
    db.execute("DELETE FROM refused_rows WHERE file = ?", (outcome.file,))
    db.executemany(
        "INSERT INTO refused_rows (file, line, reason, raw) VALUES (?, ?, ?, ?)",
        [(outcome.file, one.line, one.reason, one.raw) for one in outcome.refusals],
    )
    outbox_rows.append(db, [outcome.event()], at)
