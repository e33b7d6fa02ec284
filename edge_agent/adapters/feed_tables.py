"""What is known of the days to come, in SQLite: prices, promotions, weather, events, calendar.

Each source's word is kept; the most believed of each key stands in the tables that forecasts read.
A feed of a higher version replaces what a lower one of the same source said of the future; what
has become true stays as history. What a forecast makes of it is core/demand's.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from edge_agent.adapters.store_life import get_meta, set_meta
from edge_agent.core.feed.sayings import (
    WEATHER_LASTS,
    Saying,
    Source,
    Subject,
    sayings,
    still_ahead,
)
from edge_agent.ports.feeds import FeedAge
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.commands import (
    CalendarDay,
    Feed,
    LocalEvent,
    PriceChange,
    Promotion,
    Weather,
)

_REVISION = "feed_version"


@dataclass(frozen=True, slots=True)
class _Table:
    """The columns of a subject's table: those of the key, and those of the values."""

    key: tuple[str, ...]
    values: tuple[str, ...]
    sourced: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, *self.values, *(("source",) if self.sourced else ()))


_TABLES: Mapping[Subject, _Table] = {
    Subject.PRICES: _Table(("gtin", "since"), ("price",)),
    Subject.PROMOTIONS: _Table(("gtin", "first"), ("last", "discount")),
    Subject.WEATHER: _Table(("day",), ("temperature", "rain")),
    Subject.LOCAL_EVENTS: _Table(("day", "name"), ("effect",), sourced=True),
    Subject.CALENDAR: _Table(("day", "kind"), ("name",), sourced=True),
}
_SAY = """
INSERT INTO feed_sayings (subject, key, rank, source, said, until, told_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (subject, key, rank) DO UPDATE SET said = excluded.said, until = excluded.until,
    told_at = excluded.told_at
"""
_UNSAY = "DELETE FROM feed_sayings WHERE subject = ? AND key = ? AND source = ?"
_BELIEVED = """
SELECT said, source FROM feed_sayings WHERE subject = ? AND key = ? ORDER BY rank LIMIT 1
"""
_AHEAD = "SELECT key FROM feed_sayings WHERE source = ? AND subject = ? AND until >= ?"
_STALE = """
SELECT key, source FROM feed_sayings
WHERE subject = 'weather' AND until >= ? AND told_at < ? AND source <> 'store'
"""
_OVER = "DELETE FROM feed_sayings WHERE subject = ? AND until < ?"
_SOURCE = """
INSERT INTO feed_sources (source, version, told_at, heard_at) VALUES (?1, ?2, ?3, ?3)
ON CONFLICT (source) DO UPDATE SET version = excluded.version, told_at = excluded.told_at,
    heard_at = excluded.heard_at
"""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of the days to come, and how often that has changed."""

    version: int
    prices: tuple[PriceChange, ...]
    promotions: tuple[Promotion, ...]
    weather: tuple[Weather, ...]
    local_events: tuple[LocalEvent, ...]
    calendar: tuple[CalendarDay, ...]


class FeedTables:
    """Keeps the promises of edge_agent.ports.feeds.FeedBook; days begin and end in `zone`."""

    def __init__(self, file: SqliteFile, zone: tzinfo = UTC) -> None:
        self._file = file
        self._zone = zone

    async def take(self, feed: Feed, at: datetime, source: Source = Source.CENTRE) -> bool:
        """Keep `feed` if it is newer than what its source said; return whether it is."""
        today = at.astimezone(self._zone).date()
        return await self._file.write(lambda db: take_feed(db, feed, source, at, today))

    async def version_of(self, source: Source) -> int:
        """Return the version of what a source said last, 0 when it never said anything."""
        return await self._file.read(lambda db: _version_of(db, source))

    async def heard(self, source: Source, at: datetime) -> None:
        """Note that what a source said still holds, its weather too."""
        await self._file.write(lambda db: _heard(db, source, at))

    async def drop_stale(self, at: datetime) -> None:
        """Forget weather that is too old to go by, and words on days that are over."""
        today = at.astimezone(self._zone).date()
        await self._file.write(lambda db: _drop_stale(db, at, today))

    async def outlook(self) -> Outlook:
        """Return what is known."""
        return await self._file.read(_outlook)


def take_feed(
    db: sqlite3.Connection, feed: Feed, source: Source, at: datetime, today: date
) -> bool:
    """Put `feed` in the place of what its source said of the days to come, if it is newer."""
    if feed.version <= _version_of(db, source):
        return False
    said = {(one.subject, one.key): one for one in sayings(feed)}
    before = [
        Saying(subject, tuple(json.loads(row["key"])), None, "")
        for subject in Subject
        for row in db.execute(
            _AHEAD, (source.value, subject.value, still_ahead(subject, at, today))
        ).fetchall()
    ]
    gone = [one for one in before if (one.subject, one.key) not in said]
    keep_sayings(db, [*gone, *said.values()], source, at)
    db.execute(_SOURCE, (source.value, feed.version, at.isoformat()))
    return True


def keep_sayings(
    db: sqlite3.Connection, said: Iterable[Saying], source: Source, at: datetime
) -> bool:
    """Keep what `source` says, or takes back; return whether that changes what is known."""
    changed = False
    for one in said:
        key = _text(one.key)
        if one.values is None:
            db.execute(_UNSAY, (one.subject.value, key, source.value))
        else:
            place = (one.subject.value, key, source.rank, source.value)
            db.execute(_SAY, (*place, _text(one.values), one.until, at.isoformat()))
        changed |= _believe(db, one.subject, one.key)
    if changed:
        set_meta(db, _REVISION, str(feed_version(db) + 1))
    return changed


def _believe(db: sqlite3.Connection, subject: Subject, key: Key) -> bool:
    """Let the most believed word on `key` stand in its table; return whether that is news."""
    row = db.execute(_BELIEVED, (subject.value, _text(key))).fetchone()
    table = _TABLES[subject]
    if row is None:
        where = " AND ".join(f"{name} = ?" for name in table.key)
        gone = db.execute(f"DELETE FROM {subject.value} WHERE {where}", key)  # noqa: S608 - our own names
        return gone.rowcount > 0
    told = (*key, *json.loads(row["said"]), *((row["source"],) if table.sourced else ()))
    return db.execute(_PUT[subject], told).rowcount > 0


def _put(subject: Subject, table: _Table) -> str:
    """Return the statement that writes a row of a subject's table, if it says something new."""
    rest = table.columns[len(table.key) :]
    return (
        f"INSERT INTO {subject.value} ({', '.join(table.columns)}) "  # noqa: S608 - our own names
        f"VALUES ({', '.join('?' * len(table.columns))}) "
        f"ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET "
        f"{', '.join(f'{name} = excluded.{name}' for name in rest)} "
        f"WHERE ({', '.join(f'excluded.{name}' for name in rest)}) IS NOT ({', '.join(rest)})"
    )


_PUT = {subject: _put(subject, table) for subject, table in _TABLES.items()}


def _text(values: Iterable[str | float | None]) -> str:
    return json.dumps(list(values), ensure_ascii=False)


def _version_of(db: sqlite3.Connection, source: Source) -> int:
    row = db.execute(
        "SELECT version FROM feed_sources WHERE source = ?", (source.value,)
    ).fetchone()
    return 0 if row is None else int(row["version"])


def _heard(db: sqlite3.Connection, source: Source, at: datetime) -> None:
    named = (at.isoformat(), source.value)
    db.execute("UPDATE feed_sources SET heard_at = ? WHERE source = ?", named)
    db.execute(
        "UPDATE feed_sayings SET told_at = ? WHERE source = ? AND subject = 'weather'", named
    )


def _drop_stale(db: sqlite3.Connection, at: datetime, today: date) -> None:
    too_old = (today.isoformat(), (at - WEATHER_LASTS).isoformat())
    for row in db.execute(_STALE, too_old).fetchall():
        key = tuple(json.loads(row["key"]))
        keep_sayings(db, [Saying(Subject.WEATHER, key, None, "")], Source(row["source"]), at)
    for subject in Subject:
        db.execute(_OVER, (subject.value, still_ahead(subject, at, today)))


def feed_version(db: sqlite3.Connection) -> int:
    """Return how often what is known of the days to come has changed, whoever said it."""
    return int(get_meta(db, _REVISION) or 0)


def feed_ages(db: sqlite3.Connection) -> tuple[FeedAge, ...]:
    """Return what each source said last and when, the most believed first."""
    counts = {
        (row["source"], row["subject"]): row["n"]
        for row in db.execute(
            "SELECT source, subject, count(*) AS n FROM feed_sayings GROUP BY source, subject"
        )
    }
    told = {
        row["source"]: row
        for row in db.execute(
            "SELECT source, version, told_at, heard_at FROM feed_sources UNION ALL "
            "SELECT source, 0, max(told_at), max(told_at) FROM feed_sayings "
            "WHERE source NOT IN (SELECT source FROM feed_sources) GROUP BY source"
        )
    }
    return tuple(
        FeedAge(
            source=source.value,
            version=told[source.value]["version"],
            told_at=datetime.fromisoformat(told[source.value]["told_at"]),
            heard_at=datetime.fromisoformat(told[source.value]["heard_at"]),
            rows={
                subject.value: counts[source.value, subject.value]
                for subject in Subject
                if (source.value, subject.value) in counts
            },
        )
        for source in Source
        if source.value in told
    )


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
        calendar=tuple(
            CalendarDay.model_validate(dict(row))
            for row in db.execute("SELECT day, kind, name FROM calendar_days ORDER BY day, kind")
        ),
    )
