"""The store's book of searches, from the tables of answers; what may be told is core/searches'."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial

from edge_agent.adapters.tally_rows import tell_news
from edge_agent.core.sales import digest_of
from edge_agent.core.searches import Asked, DaySearches
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.body import Body
from endcap.wire.shopper_events import SearchesTallied

_ASKED = """
SELECT query, session, found, items, EXISTS (
    SELECT 1 FROM feedback f WHERE f.answer = a.answer AND f.what IN ('tapped', 'bought')
) AS tapped
FROM answers a WHERE day = ? AND surface = 'search' AND query IS NOT NULL
"""


class SearchTables:
    """Keeps the promises of edge_agent.ports.searches.SearchBook."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def facts_of(self, day: date) -> tuple[Sequence[Asked], frozenset[str]]:
        """Return a day's searches, and the GTINs of the catalogue."""
        return await self._file.read(lambda db: (_asked(db, day), _gtins(db)))

    async def record(self, day: date, told: DaySearches, minimum_group: int, at: datetime) -> bool:
        """Tell what was searched for on a day, if that is news."""
        digest = digest_of((minimum_group, repr(told)))
        events = partial(_events, day, told, minimum_group)
        return await self._file.write(
            lambda db: tell_news(db, ("searches", day), digest, events, at)
        )


def _asked(db: sqlite3.Connection, day: date) -> list[Asked]:
    return [
        Asked(
            query=row["query"],
            session=row["session"],
            found=row["found"] or 0,
            rescued=any(one["reason"] == "rescued" for one in json.loads(row["items"])),
            tapped=bool(row["tapped"]),
        )
        for row in db.execute(_ASKED, (day.isoformat(),))
    ]


def _gtins(db: sqlite3.Connection) -> frozenset[str]:
    return frozenset(row["gtin"] for row in db.execute("SELECT gtin FROM items"))


def _events(day: date, told: DaySearches, minimum_group: int, revision: int) -> tuple[Body, ...]:
    return (
        SearchesTallied(
            day=day,
            revision=revision,
            searches=told.searches,
            empty=told.empty,
            rescued=told.rescued,
            tapped=told.tapped,
            minimum_group=minimum_group,
            suppressed=told.suppressed,
            misses=told.misses,
        ),
    )
