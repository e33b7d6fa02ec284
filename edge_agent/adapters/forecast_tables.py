"""Forecasts and how they fared, in SQLite.

What to expect is core/demand's, and what a forecast was worth core/scoring's.
"""

import sqlite3
from datetime import date, datetime

from edge_agent.adapters import outbox_rows
from edge_agent.adapters.sale_rows import SCORE
from edge_agent.adapters.sales_tables import changed_days, changes_of, settle
from edge_agent.core.scoring import Expected, Sold
from edge_agent.ports.demand import ScoreFacts
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.events import ForecastScored

_EXPECTED = """
SELECT gtin, expected, release, model FROM forecasts WHERE day = ? AND made_for < day
ORDER BY gtin
"""
_SOLD = "SELECT gtin, units, in_stock FROM day_sales WHERE day = ?"
_SCORE = """
INSERT INTO forecast_scores (day, release, model, items, units, absolute_error, error)
VALUES (:day, :release, :model, :items, :units, :absolute_error, :error)
ON CONFLICT (day) DO UPDATE SET release = excluded.release, model = excluded.model,
    items = excluded.items, units = excluded.units, absolute_error = excluded.absolute_error,
    error = excluded.error
WHERE (excluded.release, excluded.model, excluded.items, excluded.units, excluded.absolute_error,
    excluded.error) IS NOT (release, model, items, units, absolute_error, error)
"""


class ScoreTables:
    """Keeps the promises of edge_agent.ports.demand.ScoreBook."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def unscored_days(self) -> tuple[date, ...]:
        """Return the days to score, oldest first."""
        return await self._file.read(lambda db: changed_days(db, SCORE))

    async def facts_of(self, day: date) -> ScoreFacts:
        """Return what was expected of `day` before it began, and its tally."""
        return await self._file.read(lambda db: _facts(db, day))

    async def record(self, facts: ScoreFacts, scored: ForecastScored | None, at: datetime) -> None:
        """Keep a score, with its event if it is new."""
        await self._file.write(lambda db: _record(db, facts, scored, at))


def _facts(db: sqlite3.Connection, day: date) -> ScoreFacts:
    named = (day.isoformat(),)
    return ScoreFacts(
        day=day,
        expected=tuple(
            Expected(row["gtin"], row["expected"], row["release"], row["model"])
            for row in db.execute(_EXPECTED, named)
        ),
        sold={row["gtin"]: Sold(row["units"], row["in_stock"]) for row in db.execute(_SOLD, named)},
        changes=changes_of(db, SCORE, day),
    )


def _record(
    db: sqlite3.Connection, facts: ScoreFacts, scored: ForecastScored | None, at: datetime
) -> None:
    if scored is not None and db.execute(_SCORE, scored.model_dump(mode="json")).rowcount > 0:
        outbox_rows.append(db, [scored], at)
    settle(db, SCORE, facts.day, facts.changes)
