"""The events that the store's own people tell of, in SQLite, and all that are known."""

import sqlite3
from collections.abc import Callable
from datetime import date, datetime

from edge_agent.adapters.feed_tables import keep_sayings
from edge_agent.core.feed.sayings import Saying, Source, Subject, event_saying
from edge_agent.ports.feeds import KnownEvent
from edge_agent.ports.kiosk import StoreUnreadableError, StoreUnwritableError
from endcap.plumbing.sqlite_file import SqliteFile, StorageError
from endcap.wire.commands import LocalEvent

_KNOWN = "SELECT day, name, effect, source FROM local_events WHERE day >= ? ORDER BY day, name"
_WHOSE = "SELECT source FROM local_events WHERE day = ? AND name = ?"


class EventTables:
    """Keeps the promises of edge_agent.ports.feeds.EventDesk."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def events(self, first: date) -> tuple[KnownEvent, ...]:
        """Return the events from `first` on, by day."""
        named = (first.isoformat(),)
        try:
            rows = await self._file.read(lambda db: db.execute(_KNOWN, named).fetchall())
        except (StorageError, sqlite3.Error) as error:
            raise StoreUnreadableError(str(error)) from error
        return tuple(
            KnownEvent(date.fromisoformat(row["day"]), row["name"], row["effect"], row["source"])
            for row in rows
        )

    async def add(self, event: LocalEvent, at: datetime) -> None:
        """Keep an event, before whatever others say of its day and name."""
        saying = event_saying(event)
        await self._write(lambda db: keep_sayings(db, [saying], Source.STORE, at))

    async def remove(self, day: date, name: str, at: datetime) -> bool:
        """Take back an event that was told here; tell whether there was one."""
        key = (day.isoformat(), name)
        gone = Saying(Subject.LOCAL_EVENTS, key, None, key[0])

        def change(db: sqlite3.Connection) -> bool:
            row = db.execute(_WHOSE, key).fetchone()
            if row is None or row["source"] != Source.STORE.value:
                return False
            return keep_sayings(db, [gone], Source.STORE, at)

        return await self._write(change)

    async def _write(self, change: Callable[[sqlite3.Connection], bool]) -> bool:
        try:
            return await self._file.write(change)
        except StorageError as error:
            raise StoreUnwritableError(str(error)) from error
