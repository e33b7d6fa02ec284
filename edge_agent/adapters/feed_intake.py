"""Takes files of the point of sale into SQLite, a bounded number of rows at a time.

What a row may be is core/feed's, and how each kind is kept feed_sinks'; where files come from is
the folder's. A file is taken in once: its last write holds its outcome, its refusals and its event,
and the digest that says so.
"""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import islice
from typing import Any

from edge_agent.adapters import outbox_rows
from edge_agent.adapters.catalogue_tables import tell_items
from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.feed_sinks import CHUNK, KEEPS, Counter, Sink
from edge_agent.adapters.feed_tables import take_feed
from edge_agent.core.feed.document import MAX_DOCUMENT, Document, read_document
from edge_agent.core.feed.item_codes import PLAIN, ItemCodes
from edge_agent.core.feed.kinds import FeedKind, Noted, Outcome, kind_of
from edge_agent.core.feed.rows import MAX_REASON, Accepted, Refused, RowError, read_rows
from edge_agent.core.feed.sayings import Source
from edge_agent.ports.sales import DroppedFile
from endcap.plumbing.sqlite_file import SqliteFile

__all__ = ["CHUNK", "SqliteIntake"]

_FEED_FILE = """
INSERT INTO feed_files (file, sha256, accepted, refused, read_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (file) DO UPDATE SET sha256 = excluded.sha256, accepted = excluded.accepted,
    refused = excluded.refused, read_at = excluded.read_at
"""


class SqliteIntake:
    """Keeps the promises of edge_agent.ports.sales.FeedIntake."""

    def __init__(
        self,
        file: SqliteFile,
        zone: tzinfo,
        cards: CardReader,
        keeps: timedelta = KEEPS,
        codes: ItemCodes = PLAIN,
    ) -> None:
        self._file = file
        self._counter = Counter(zone, cards, keeps, codes)

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
        kind = kind_of(file.name)
        if kind is FeedKind.FEED:
            return await self._take_document(file, at)
        sink = self._counter.sink(kind, at)
        rows = read_rows(file.lines, sink.shape)
        outcome = Outcome(file.name, 0, 0)
        while chunk := await asyncio.to_thread(_next, rows, sink.chunk):
            refused = await self._keep(sink, chunk)
            outcome = outcome.with_rows(len(chunk) - len(refused), refused, _notes(chunk, refused))

        def conclude(db: sqlite3.Connection) -> None:
            if kind is FeedKind.CATALOGUE:
                tell_items(db, at)
            _conclude(db, outcome, file.sha256, at)

        await self._file.write(conclude)
        return outcome

    async def _keep(
        self, sink: Sink, chunk: Sequence[Accepted[Any] | Refused]
    ) -> tuple[Refused, ...]:
        """Keep the rows that can be read; return the others, and those that cannot be kept."""
        accepted = [row for row in chunk if isinstance(row, Accepted)]
        refused = [row for row in chunk if isinstance(row, Refused)]
        if accepted:
            refused += await self._file.write(lambda db: sink.keep(db, accepted))
        return tuple(sorted(refused, key=lambda one: one.line))

    async def _take_document(self, file: DroppedFile, at: datetime) -> Outcome:
        """Take a JSON feed in, its rows and its outcome in one write."""
        content = await asyncio.to_thread(file.whole, MAX_DOCUMENT + 1)
        nothing = Outcome(file.name, 0, 0)
        try:
            found = await asyncio.to_thread(read_document, content)
        except RowError as error:
            outcome = nothing.with_rows(0, (Refused(1, str(error)[:MAX_REASON], ""),))
            await self._file.write(lambda db: _conclude(db, outcome, file.sha256, at))
            return outcome
        today = at.astimezone(self._counter.zone).date()

        def keep(db: sqlite3.Connection) -> Outcome:
            is_newer = take_feed(db, found.feed, Source.DOCUMENT, at, today)
            outcome = nothing.with_rows(*_came_of(found, is_newer=is_newer))
            _conclude(db, outcome, file.sha256, at)
            return outcome

        return await self._file.write(keep)


def _came_of(found: Document, *, is_newer: bool) -> tuple[int, tuple[Refused, ...]]:
    """Return how many rows of a document were taken in, and the others."""
    if is_newer:
        return found.accepted, found.refused
    reason = f"version {found.feed.version}: a feed of it or a higher one was taken in before"
    return 0, (Refused(1, f"{reason}; raise the version to replace that", ""),)


def _next(rows: Iterator[Accepted[Any] | Refused], most: int) -> list[Accepted[Any] | Refused]:
    """Return the next rows of a file, at most so many; none at its end."""
    return list(islice(rows, most))


def _notes(
    chunk: Sequence[Accepted[Any] | Refused], refused: Sequence[Refused]
) -> tuple[Noted, ...]:
    """Return what was assumed of the rows that were kept."""
    noted = [row for row in chunk if isinstance(row, Accepted) and row.note]
    if not noted:
        return ()
    not_kept = {one.line for one in refused}
    return tuple(Noted(row.line, row.note) for row in noted if row.line not in not_kept)


def _conclude(db: sqlite3.Connection, outcome: Outcome, sha256: str, at: datetime) -> None:
    """Write down that a file was taken in whole, and what of it was refused or assumed."""
    db.execute(
        _FEED_FILE, (outcome.file, sha256, outcome.accepted, outcome.refused, at.isoformat())
    )
    db.execute("DELETE FROM refused_rows WHERE file = ?", (outcome.file,))
    db.executemany(
        "INSERT INTO refused_rows (file, line, reason, raw) VALUES (?, ?, ?, ?)",
        [(outcome.file, one.line, one.reason, one.raw) for one in outcome.refusals],
    )
    db.execute("DELETE FROM noted_rows WHERE file = ?", (outcome.file,))
    db.executemany(
        "INSERT INTO noted_rows (file, line, note) VALUES (?, ?, ?)",
        [(outcome.file, one.line, one.note) for one in outcome.notes],
    )
    outbox_rows.append(db, [outcome.event()], at)
