"""The known shoppers' receipts of a period and of the past before it, and what was told of them.

Reads and hands over; what is told is core/ranker_sums'. The events and what they cost are one
write.
"""

import sqlite3
from datetime import date, datetime, timedelta, tzinfo

import numpy as np

from edge_agent.adapters import outbox_rows
from edge_agent.adapters.privacy_rows import Cost, spend
from edge_agent.adapters.store_figures import local_days
from edge_agent.core.baskets import BasketRule
from edge_agent.core.ranker_sums import PeriodFeatures, feature_events
from endcap.models.shopper.figures import Receipts
from endcap.plumbing.sqlite_file import SqliteFile

FEATURES = "features"
PAST = timedelta(days=365)
_TOLD = "SELECT 1 FROM privacy_spent WHERE what = ? AND period = ?"
_LINES = """
SELECT dense_rank() OVER (ORDER BY transaction_id) AS visit,
    dense_rank() OVER (ORDER BY shopper) AS person, CAST(gtin AS INTEGER) AS item,
    max(sold_at) AS sold_at, max(amount / units) AS price
FROM sale_lines WHERE shopper IS NOT NULL AND units > 0 AND day BETWEEN ? AND ?
GROUP BY transaction_id, shopper, gtin
"""


class RankerSumsTables:
    """Keeps the promises of edge_agent.ports.ranker_sums.RankerSumsBook."""

    def __init__(self, file: SqliteFile, zone: tzinfo) -> None:
        self._file = file
        self._zone = zone

    async def told(self, period: date) -> bool:
        """Return whether a period was told."""
        return await self._file.read(
            lambda db: db.execute(_TOLD, (FEATURES, period.isoformat())).fetchone() is not None
        )

    async def receipts(self, period: date, length: timedelta) -> Receipts:
        """Return what known shoppers bought in the period and in the year before it."""
        return await self._file.read(lambda db: _receipts(db, period, length, self._zone))

    async def record(self, found: PeriodFeatures, rule: BasketRule, at: datetime) -> bool:
        """Tell of a period, if nothing was told of it and the year's budget allows it."""
        return await self._file.write(lambda db: _record(db, found, rule, at))


def _receipts(db: sqlite3.Connection, period: date, length: timedelta, zone: tzinfo) -> Receipts:
    span = (period - PAST, period + length - timedelta(days=1))
    rows = db.execute(_LINES, [day.isoformat() for day in span]).fetchall()
    days = (local_days(datetime.fromisoformat(row["sold_at"]), zone) for row in rows)
    return Receipts(
        visit=np.array([row["visit"] for row in rows], dtype=np.int64),
        item=np.array([row["item"] for row in rows], dtype=np.int64),
        day=np.fromiter(days, dtype=np.float64, count=len(rows)),
        shopper=np.array([row["person"] for row in rows], dtype=np.int64),
        price=np.array([row["price"] for row in rows], dtype=np.float32),
    )


def _record(db: sqlite3.Connection, found: PeriodFeatures, rule: BasketRule, at: datetime) -> bool:
    cost = Cost(FEATURES, found.period, found.length, found.rho)
    told = spend(db, cost, rule.noise_budget.rho, at)
    if told:
        outbox_rows.append(db, feature_events(found, rule), at)
    return told
