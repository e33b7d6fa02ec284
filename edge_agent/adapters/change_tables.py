"""Looks at the store's database for what those who show it would want to show anew.

SQLite counts every commit for free, so that a store in which nothing happens is not read at all.
What starts to hold by itself, such as a price from midnight on, is noticed within the minute.
"""

import sqlite3
from collections.abc import Mapping
from datetime import datetime, tzinfo

from edge_agent.core.changes import Look, Topic
from edge_agent.ports.kiosk import StoreUnreadableError
from endcap.plumbing.sqlite_file import SqliteFile, StorageError

_GAPS = """
SELECT gtin, group_concat(camera || '/' || facing, ' ') AS places FROM gaps
WHERE closed IS NULL AND gtin IS NOT NULL GROUP BY gtin
"""
_PRINTS: Mapping[Topic, str] = {
    "shelves": """
        SELECT (SELECT group_concat(camera || condition, ' ') FROM camera_conditions),
            (SELECT count(*) || ' ' || total(x + 2 * y) || ' ' || total(gtin) FROM facings),
            (SELECT group_concat(camera || facing || state, ' ') FROM facing_states)""",
    "prices": """
        SELECT (SELECT count(*) || ' ' || total(price) FROM items),
            (SELECT count(*) || ' ' || total(price) FROM prices WHERE since <= :at),
            (SELECT count(*) || ' ' || total(discount) || ' ' || max(last) FROM promotions
                WHERE :today BETWEEN first AND last)""",
    "models": "SELECT release FROM serving",
    "media": "SELECT group_concat(channel || counter, ' ') FROM orders WHERE channel LIKE '%media'",
    "health": "SELECT group_concat(part || code, ' ') FROM health",
}


class ChangeTables:
    """Keeps the promises of edge_agent.ports.changes.ChangeReads."""

    def __init__(self, file: SqliteFile, zone: tzinfo) -> None:
        self._file = file
        self._zone = zone
        self._seen: dict[int, tuple[int, int]] = {}  # by connection: it alone can compare

    async def look(self, at: datetime, last: Look | None) -> Look:
        """Return what there is to see now; `last` where nothing was written since."""
        try:
            return await self._file.read(lambda db: self._look(db, at, last))
        except (StorageError, sqlite3.Error) as error:
            raise StoreUnreadableError(str(error)) from error

    def _look(self, db: sqlite3.Connection, at: datetime, last: Look | None) -> Look:
        mark = (db.execute("PRAGMA data_version").fetchone()[0], int(at.timestamp()) // 60)
        if last is not None and self._seen.get(id(db)) == mark:
            return last
        named = {"at": at.isoformat(), "today": at.astimezone(self._zone).date().isoformat()}
        prints = {topic: _print(db, query, named) for topic, query in _PRINTS.items()}
        found = Look(
            gaps={row["gtin"]: row["places"] for row in db.execute(_GAPS)},
            stock=_stock(db),
            prints=prints,
        )
        self._seen[id(db)] = mark
        return found


def _print(db: sqlite3.Connection, query: str, named: Mapping[str, str]) -> str:
    return " ".join(str(value) for value in db.execute(query, named).fetchone() or ())


def _stock(db: sqlite3.Connection) -> dict[str, float]:
    return {row["gtin"]: row["on_hand"] for row in db.execute("SELECT gtin, on_hand FROM stock")}
