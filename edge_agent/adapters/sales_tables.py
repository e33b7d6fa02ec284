"""The store's book of sales in SQLite: days to tally, and what was told of them.

Adds up and hands over; what a tally is, and when a day is over, is not decided here. A tally, the
history it becomes and the event that tells it are one write.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import partial

from edge_agent.adapters.hour_tables import hour_sums
from edge_agent.adapters.sale_rows import SALES, SCORE, mark_changed
from edge_agent.adapters.tally_rows import tell_news
from edge_agent.adapters.witness_rows import put_stock_outs, witnesses
from edge_agent.core.hours import is_weekend
from edge_agent.core.sales import (
    DayFacts,
    DayTally,
    ItemTotal,
    tally_events,
)
from endcap.plumbing.sqlite_file import SqliteFile

_TOTALS = """
SELECT gtin,
    sum(CASE WHEN units > 0 THEN units ELSE 0 END) AS sold,
    sum(CASE WHEN units < 0 THEN -units ELSE 0 END) AS returned,
    sum(CASE WHEN units >= 0 THEN amount ELSE 0 END) AS gross,
    sum(CASE WHEN units < 0 THEN -amount ELSE 0 END) AS refunded,
    max(promotion) AS promotion
FROM sale_lines WHERE day = ? GROUP BY gtin
"""
_DAY_SALES = """
INSERT INTO day_sales (day, gtin, units, returns, revenue, price, promotion, in_stock)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_SETTLE = "DELETE FROM changed_days WHERE what = ? AND day = ? AND changes = ?"


class DayTables:
    """Keeps the promises of edge_agent.ports.sales.DayBook.

    It `listens` to the till for items that fell silent, unless it is told not to.
    """

    def __init__(self, file: SqliteFile, *, listens: bool = True) -> None:
        self._file = file
        self._listens = listens

    async def changed_days(self, before: date) -> tuple[date, ...]:
        """Return the days before `before` that changed since they were tallied, oldest first."""
        found = await self._file.read(lambda db: changed_days(db, SALES))
        return tuple(day for day in found if day < before)

    async def facts_of(self, days: Sequence[date]) -> tuple[DayFacts, ...]:
        """Return what is known of `days`."""
        return await self._file.read(lambda db: _days_facts(db, days, listens=self._listens))

    async def record(self, tallies: Sequence[DayTally], at: datetime) -> None:
        """Keep `tallies`, and tell those that say something new."""
        await self._file.write(lambda db: _record_days(db, tallies, at))


def changed_days(db: sqlite3.Connection, what: str) -> tuple[date, ...]:
    """Return the days whose `what` must be worked out again, oldest first."""
    rows = db.execute("SELECT day FROM changed_days WHERE what = ? ORDER BY day", (what,))
    return tuple(date.fromisoformat(row["day"]) for row in rows)


def changes_of(db: sqlite3.Connection, what: str, day: date) -> int:
    """Return how often a day changed since its `what` was worked out."""
    row = db.execute(
        "SELECT changes FROM changed_days WHERE what = ? AND day = ?", (what, day.isoformat())
    ).fetchone()
    return 0 if row is None else int(row["changes"])


def settle(db: sqlite3.Connection, what: str, day: date, changes: int) -> None:
    """Note that `what` of a day is worked out, unless it changed again meanwhile."""
    db.execute(_SETTLE, (what, day.isoformat(), changes))


def _days_facts(
    db: sqlite3.Connection, days: Sequence[date], *, listens: bool
) -> tuple[DayFacts, ...]:
    hours = {kind: hour_sums(db, kind) for kind in {is_weekend(day) for day in days}}
    return tuple(
        DayFacts(
            day=day,
            totals=tuple(
                ItemTotal(**{**dict(row), "promotion": bool(row["promotion"])})
                for row in db.execute(_TOTALS, (day.isoformat(),))
            ),
            heard=witnesses(db, day, listens=listens),
            hours=hours[is_weekend(day)],
            changes=changes_of(db, SALES, day),
        )
        for day in days
    )


def _record_days(db: sqlite3.Connection, tallies: Iterable[DayTally], at: datetime) -> None:
    for tally in tallies:
        _record_day(db, tally, at)


def _record_day(db: sqlite3.Connection, tally: DayTally, at: datetime) -> None:
    """Make a tally the day's history and tell it, both if it says something new."""
    day = tally.day.isoformat()
    if tell_news(db, (SALES, tally.day), tally.digest, partial(tally_events, tally), at):
        db.execute("DELETE FROM day_sales WHERE day = ?", (day,))
        db.executemany(
            _DAY_SALES,
            [
                (day, i.gtin, i.units, i.returns, i.revenue, i.price, i.promotion, i.in_stock)
                for i in tally.items
            ],
        )
        put_stock_outs(db, tally.day, tally.stock_outs)
        mark_changed(db, SCORE, [tally.day])
    settle(db, SALES, tally.day, tally.changes)
