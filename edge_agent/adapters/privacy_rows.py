"""The store's book of what telling the centre of persons' purchases cost, inside a write.

What a year may cost is private.py's arithmetic and the store's settings.
"""

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from endcap.models.shopper.private import affordable

_SPENT = "SELECT period, sum(rho) AS rho FROM privacy_spent GROUP BY period"
_TOLD = "SELECT 1 FROM privacy_spent WHERE what = ? AND period = ?"
_SPEND = "INSERT INTO privacy_spent (what, period, days, rho, told_at) VALUES (?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Cost:
    """What it costs, as zCDP, to tell a sort of sums of a period."""

    what: str
    period: date
    length: timedelta
    rho: float


def spend(db: sqlite3.Connection, cost: Cost, most: float, at: datetime) -> bool:
    """Note the cost and return True; False when it may not be told, and nothing is noted.

    It may not when it was told before, or when a year would cost more than `most`.
    """
    told = db.execute(_TOLD, (cost.what, cost.period.isoformat())).fetchone()
    spent = {date.fromisoformat(row["period"]): float(row["rho"]) for row in db.execute(_SPENT)}
    if told is not None or not affordable(spent, cost.period, cost.rho, most):
        return False
    row = (cost.what, cost.period.isoformat(), cost.length.days, cost.rho, at.isoformat())
    db.execute(_SPEND, row)
    return True
