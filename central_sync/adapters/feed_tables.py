"""What people said of the days to come, and what each store was told of it, in the database.

Whatever a person says is an entry of the audit log, in the same write. What a store should be told
is core/feeds' to decide.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from central_sync.core.feeds import ROWS, StoreFeed, Word
from central_sync.ports.identity import By
from endcap.plumbing import audit_log
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.commands import Feed, LocalEvent

_STORES = """
SELECT s.store, coalesce(json_extract(s.state, '$.region'), '') AS region,
    coalesce(f.version, 0) AS version, coalesce(f.digest, '') AS digest, f.told_at
FROM stores s LEFT JOIN feeds f ON f.store = s.store ORDER BY s.store
"""
_KEEP = """
INSERT INTO feeds (store, version, digest) VALUES (?, ?, ?)
ON CONFLICT (store) DO UPDATE SET version = excluded.version, digest = excluded.digest,
    told_at = NULL WHERE excluded.version > version
"""
_TOLD = "UPDATE feeds SET told_at = ? WHERE store = ? AND version = ?"
_SAY = """
INSERT INTO feed_parts (audience, revision, body, said_by, said_at) VALUES (?, 1, ?, ?, ?)
ON CONFLICT (audience) DO UPDATE SET revision = revision + 1, body = excluded.body,
    said_by = excluded.said_by, said_at = excluded.said_at
"""
_TOUCH = """
INSERT INTO feed_parts (audience, revision, said_by, said_at) VALUES (?, 1, ?, ?)
ON CONFLICT (audience) DO UPDATE SET revision = revision + 1
"""
_EVENT = "INSERT OR REPLACE INTO feed_events VALUES (?, ?, ?, ?, ?, ?)"
_NO_EVENT = "DELETE FROM feed_events WHERE audience = ? AND day = ? AND name = ?"
_EVENTS = "SELECT day, name, effect FROM feed_events WHERE audience = ? ORDER BY day, name"


@dataclass(frozen=True, slots=True)
class Part:
    """What is said to an audience: how many rows of each kind, the events added, who said it."""

    audience: str
    revision: int
    rows: Mapping[str, int]
    events: tuple[LocalEvent, ...]
    said_by: str
    said_at: datetime


class FeedTables:
    """Keeps the promises of central_sync.ports.feeds.FeedBook."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def revisions(self) -> Mapping[str, int]:
        """Return how often each audience's part was changed."""
        rows = await self._file.read(
            lambda db: db.execute("SELECT audience, revision FROM feed_parts").fetchall()
        )
        return {row["audience"]: row["revision"] for row in rows}

    async def part(self, audience: str) -> Feed:
        """Return what is said to an audience, with the events that people added."""
        return await self._file.read(lambda db: read_part(db, audience))

    async def stores(self) -> Sequence[StoreFeed]:
        """Return every store that was ever heard, with the last word to it."""
        rows = await self._file.read(lambda db: db.execute(_STORES).fetchall())
        return tuple(_store(row) for row in rows)

    async def keep(self, words: Sequence[Word]) -> None:
        """Keep words before they are said: a version is given once."""
        rows = [(one.store, one.version, one.digest) for one in words]
        await self._file.write(lambda db: db.executemany(_KEEP, rows).close())

    async def told(self, words: Sequence[Word], at: datetime) -> None:
        """Note that the broker has words."""
        rows = [(at.isoformat(), one.store, one.version) for one in words]
        await self._file.write(lambda db: db.executemany(_TOLD, rows).close())

    async def say(self, audience: str, feed: Feed, by: By) -> None:
        """Put `feed` in the place of what was said to an audience; its added events stay."""
        body = feed.model_dump_json(exclude={"version", "kind"}, exclude_defaults=True)

        def change(db: sqlite3.Connection) -> None:
            counts = ", ".join(f"{n} {what}" for what, n in _counts(feed).items()) or "nothing"
            db.execute(_SAY, (audience, body, by.who, by.at.isoformat()))
            audit_log.note(db, audit_log.Act(by.who, f"feed to {audience}: {counts}"), by.at)

        await self._file.write(change)

    async def add_event(self, audience: str, event: LocalEvent, by: By) -> None:
        """Add an event to what is said to an audience."""

        def change(db: sqlite3.Connection) -> None:
            when = by.at.isoformat()
            place = (audience, event.day.isoformat(), event.name)
            db.execute(_EVENT, (*place, event.effect, by.who, when))
            db.execute(_TOUCH, (audience, by.who, when))
            what = f"event to {audience}: {event.day} {event.name}"
            audit_log.note(db, audit_log.Act(by.who, what, after=str(event.effect)), by.at)

        await self._file.write(change)

    async def remove_event(self, audience: str, day: date, name: str, by: By) -> bool:
        """Take back an event that was added; tell whether there was one."""

        def change(db: sqlite3.Connection) -> bool:
            if not db.execute(_NO_EVENT, (audience, day.isoformat(), name)).rowcount:
                return False
            db.execute(_TOUCH, (audience, by.who, by.at.isoformat()))
            what = f"event to {audience} taken back: {day} {name}"
            audit_log.note(db, audit_log.Act(by.who, what), by.at)
            return True

        return await self._file.write(change)

    async def tell_again(self) -> int:
        """Let every store be told again what it was told; return how many."""
        return await self._file.write(
            lambda db: db.execute("UPDATE feeds SET told_at = NULL").rowcount
        )


def read_part(db: sqlite3.Connection, audience: str) -> Feed:
    """Return what is said to an audience, from any connection to the centre's database."""
    row = db.execute("SELECT body FROM feed_parts WHERE audience = ?", (audience,)).fetchone()
    body = json.loads(row["body"]) if row else {}
    feed = Feed.model_validate({**body, "version": 1})
    return feed.model_copy(update={"local_events": (*feed.local_events, *_events(db, audience))})


def read_parts(db: sqlite3.Connection) -> tuple[Part, ...]:
    """Return what is said to every audience, from any connection to the centre's database."""
    rows = db.execute("SELECT * FROM feed_parts ORDER BY audience").fetchall()
    return tuple(
        Part(
            audience=row["audience"],
            revision=row["revision"],
            rows={name: len(rows) for name, rows in json.loads(row["body"]).items()},
            events=_events(db, row["audience"]),
            said_by=row["said_by"],
            said_at=datetime.fromisoformat(row["said_at"]),
        )
        for row in rows
    )


def read_feeds(db: sqlite3.Connection) -> tuple[StoreFeed, ...]:
    """Return the last word to each store, from any connection to the centre's database."""
    return tuple(_store(row) for row in db.execute(_STORES).fetchall())


def _store(row: sqlite3.Row) -> StoreFeed:
    told = row["told_at"] is not None
    return StoreFeed(row["store"], row["region"], row["version"], row["digest"], told)


def _events(db: sqlite3.Connection, audience: str) -> tuple[LocalEvent, ...]:
    rows = db.execute(_EVENTS, (audience,))
    return tuple(LocalEvent.model_validate(dict(row)) for row in rows)


def _counts(feed: Feed) -> dict[str, int]:
    """Return how many rows of each kind a feed has, but for none."""
    return {name: len(rows) for name in ROWS if (rows := getattr(feed, name))}
