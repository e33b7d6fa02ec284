"""The store's book of baskets in SQLite: periods to count, what was told, and what it cost.

A period's events, the note that it was told and what it cost are one write: a power cut leaves all
of them or none. What a year may cost, and what is told, is not decided here.
"""

import sqlite3
from datetime import date, datetime, timedelta
from itertools import groupby

from edge_agent.adapters import outbox_rows
from edge_agent.adapters.privacy_rows import Cost, spend
from edge_agent.adapters.sale_rows import BASKETS
from edge_agent.adapters.sales_tables import changed_days, changes_of, settle
from edge_agent.core.baskets import BasketRule, PeriodFacts, PeriodSums, basket_events
from endcap.plumbing.sqlite_file import SqliteFile

_LINES = """
SELECT coalesce('s' || shopper, 't' || transaction_id) AS person, transaction_id, gtin
FROM sale_lines WHERE day BETWEEN ? AND ? AND units > 0 ORDER BY 1, 2
"""
_CATEGORIES = "SELECT gtin, category FROM items WHERE category <> ''"


class BasketTables:
    """Keeps the promises of edge_agent.ports.sales.BasketBook."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def changed_days(self) -> tuple[date, ...]:
        """Return the days whose baskets changed since their period was settled, oldest first."""
        return await self._file.read(lambda db: changed_days(db, BASKETS))

    async def facts_of(self, period: date, length: timedelta) -> PeriodFacts:
        """Return the baskets of the `length` that begins with `period`, by person."""
        return await self._file.read(lambda db: _facts(db, period, length))

    async def record(self, counted: PeriodSums, rule: BasketRule, at: datetime) -> bool:
        """Tell of `counted`, if nothing was told of it and the year's budget allows it."""
        return await self._file.write(lambda db: _record(db, counted, rule, at))


def _facts(db: sqlite3.Connection, period: date, length: timedelta) -> PeriodFacts:
    span = (period.isoformat(), (period + length - timedelta(days=1)).isoformat())
    persons = tuple(
        tuple(
            tuple(row["gtin"] for row in basket)
            for _, basket in groupby(lines, key=lambda row: row["transaction_id"])
        )
        for _, lines in groupby(db.execute(_LINES, span), key=lambda row: row["person"])
    )
    catalogue = {row["gtin"]: row["category"] for row in db.execute(_CATEGORIES)}
    return PeriodFacts(period, persons, _changes(db, period, length), length, catalogue)


def _record(db: sqlite3.Connection, counted: PeriodSums, rule: BasketRule, at: datetime) -> bool:
    cost = Cost(BASKETS, counted.period, counted.length, counted.telling.rho)
    told = spend(db, cost, rule.noise_budget.rho, at)
    if told:
        outbox_rows.append(db, basket_events(counted), at)
    if _changes(db, counted.period, counted.length) == counted.changes:
        for n in range(counted.length.days):
            day = counted.period + timedelta(days=n)
            settle(db, BASKETS, day, changes_of(db, BASKETS, day))
    return told


def _changes(db: sqlite3.Connection, period: date, length: timedelta) -> int:
    return sum(changes_of(db, BASKETS, period + timedelta(days=n)) for n in range(length.days))
