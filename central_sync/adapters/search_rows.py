"""What stores tell of searches: kept up with the events as rows, each day's last word, and read.

Judges nothing.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from endcap.wire.events import Event
from endcap.wire.shopper_events import SearchesTallied

_DAY = """
INSERT INTO search_days
    (store, day, revision, searches, empty, rescued, tapped, suppressed)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (store, day) DO UPDATE SET revision = excluded.revision,
    searches = excluded.searches, empty = excluded.empty, rescued = excluded.rescued,
    tapped = excluded.tapped, suppressed = excluded.suppressed
WHERE excluded.revision > revision
"""
_FORGET = "DELETE FROM search_misses WHERE store = ? AND day = ?"
_MISS = """
INSERT OR REPLACE INTO search_misses (store, day, query, searches, empty) VALUES (?, ?, ?, ?, ?)
"""
_MISSES = """
SELECT query, sum(searches) AS searches, count(DISTINCT store) AS stores, min(empty) AS empty
FROM search_misses WHERE day >= :since AND :store IN ('', store)
GROUP BY query ORDER BY searches DESC, query LIMIT :most
"""
_SUMS = """
SELECT coalesce(sum(searches), 0) AS searches, coalesce(sum(empty), 0) AS empty,
    coalesce(sum(rescued), 0) AS rescued, coalesce(sum(tapped), 0) AS tapped
FROM search_days WHERE day >= :since AND :store IN ('', store)
"""


@dataclass(frozen=True, slots=True)
class Missed:
    """A question that people asked in vain; `empty` says that it never found anything."""

    query: str
    searches: int
    stores: int
    empty: bool


@dataclass(frozen=True, slots=True)
class Searched:
    """How many searches there were, and how many of them came to what."""

    searches: int
    empty: int
    rescued: int
    tapped: int


def apply(db: sqlite3.Connection, events: Iterable[Event]) -> None:
    """Take in the events that tell of searches; others are passed over."""
    for event in events:
        if isinstance(event.body, SearchesTallied):
            _take(db, event.store, event.body)


def _take(db: sqlite3.Connection, store: str, body: SearchesTallied) -> None:
    day = body.day.isoformat()
    sums = (body.searches, body.empty, body.rescued, body.tapped, body.suppressed)
    if db.execute(_DAY, (store, day, body.revision, *sums)).rowcount:
        db.execute(_FORGET, (store, day))
        db.executemany(
            _MISS, [(store, day, one.query, one.searches, one.empty) for one in body.misses]
        )


def read_misses(db: sqlite3.Connection, since: date, store: str, most: int) -> list[Missed]:
    """Return what was missed most since a day, in one store or ("") in all."""
    asked = {"since": since.isoformat(), "store": store, "most": most}
    return [
        Missed(row["query"], row["searches"], row["stores"], bool(row["empty"]))
        for row in db.execute(_MISSES, asked)
    ]


def read_sums(db: sqlite3.Connection, since: date, store: str) -> Searched:
    """Return the sums of searches since a day, in one store or ("") in all."""
    row = db.execute(_SUMS, {"since": since.isoformat(), "store": store}).fetchone()
    return Searched(row["searches"], row["empty"], row["rescued"], row["tapped"])
