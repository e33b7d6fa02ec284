"""What the centre knows of the days to come, in SQLite: prices, promotions, weather, local events.

A feed of a higher version replaces what a lower one said of the future; prices that have become
true stay as history. What a forecast makes of it is core/demand's.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from edge_agent.adapters.store_life import get_meta, set_meta
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.commands import Feed, LocalEvent, PriceChange, Promotion, Weather

_VERSION = "feed_version"
_PUT = {
    "prices": "INSERT OR REPLACE INTO prices (gtin, since, price) VALUES (?, ?, ?)",
    "promotions": "INSERT OR REPLACE INTO promotions (gtin, first, last, discount) "
    "VALUES (?, ?, ?, ?)",
    "weather": "INSERT OR REPLACE INTO weather (day, temperature, rain) VALUES (?, ?, ?)",
    "local_events": "INSERT OR REPLACE INTO local_events (day, name, effect) VALUES (?, ?, ?)",
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of the days to come, and the version of the feed that said it (0: none)."""

    version: int
    prices: tuple[PriceChange, ...]
    promotions: tuple[Promotion, ...]
    weather: tuple[Weather, ...]
    local_events: tuple[LocalEvent, ...]


class FeedTables:
    """What the centre told of the days to come."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def take(self, feed: Feed, at: datetime) -> bool:
        """Keep `feed` if it is newer than what is known; return whether it is."""
        return await self._file.write(lambda db: _take(db, feed, at))

    async def outlook(self) -> Outlook:
        """Return what is known."""
        return await self._file.read(_outlook)


def _take(db: sqlite3.Connection, feed: Feed, at: datetime) -> bool:
    if feed.version <= feed_version(db):
        return False
    today = at.date().isoformat()
    db.execute("DELETE FROM prices WHERE since > ?", (at.isoformat(),))
    db.execute("DELETE FROM promotions WHERE last >= ?", (today,))
    db.execute("DELETE FROM weather WHERE day >= ?", (today,))
    db.execute("DELETE FROM local_events WHERE day >= ?", (today,))
    db.executemany(
        _PUT["prices"], [(one.gtin, one.since.isoformat(), one.price) for one in feed.prices]
    )
    db.executemany(
        _PUT["promotions"],
        [
            (one.gtin, one.first.isoformat(), one.last.isoformat(), one.discount)
            for one in feed.promotions
        ],
    )
    db.executemany(
        _PUT["weather"],
        [(one.day.isoformat(), one.temperature, one.rain) for one in feed.weather],
    )
    db.executemany(
        _PUT["local_events"],
        [(one.day.isoformat(), one.name, one.effect) for one in feed.local_events],
    )
    set_meta(db, _VERSION, str(feed.version))
    return True


def feed_version(db: sqlite3.Connection) -> int:
    """Return the version of the feed that is known, 0 when none came yet."""
    return int(get_meta(db, _VERSION) or 0)


def _outlook(db: sqlite3.Connection) -> Outlook:
    return Outlook(
        version=feed_version(db),
        prices=tuple(
            PriceChange.model_validate(dict(row))
            for row in db.execute("SELECT * FROM prices ORDER BY since, gtin")
        ),
        promotions=tuple(
            Promotion.model_validate(dict(row))
            for row in db.execute("SELECT * FROM promotions ORDER BY first, gtin")
        ),
        weather=tuple(
            Weather.model_validate(dict(row))
            for row in db.execute("SELECT * FROM weather ORDER BY day")
        ),
        local_events=tuple(
            LocalEvent.model_validate(dict(row))
            for row in db.execute("SELECT day, name, effect FROM local_events ORDER BY day, name")
        ),
    )
