"""How forecasts fared, in SQLite. What a forecast was worth is core/scoring's."""

import json
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
SELECT f.gtin, f.expected AS units, f.release, f.model,
    json_extract(f.quantiles, '$."0.05"') AS low, json_extract(f.quantiles, '$."0.95"') AS high,
    coalesce(i.category, '') AS category
FROM forecasts f LEFT JOIN items i ON i.gtin = f.gtin
WHERE f.day = ? AND f.made_for < f.day ORDER BY f.gtin
"""
_SOLD = "SELECT gtin, units, in_stock FROM day_sales WHERE day = ?"
_SCORE = """
INSERT INTO forecast_scores
    (day, release, model, items, units, absolute_error, error, covered, groups)
VALUES (:day, :release, :model, :items, :units, :absolute_error, :error, :covered, :groups)
ON CONFLICT (day) DO UPDATE SET release = excluded.release, model = excluded.model,
    items = excluded.items, units = excluded.units, absolute_error = excluded.absolute_error,
    error = excluded.error, covered = excluded.covered, groups = excluded.groups
WHERE (excluded.release, excluded.model, excluded.items, excluded.units, excluded.absolute_error,
    excluded.error, excluded.covered, excluded.groups)
    IS NOT (release, model, items, units, absolute_error, error, covered, groups)
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


def sold_on(db: sqlite3.Connection, day: date) -> dict[str, Sold]:
    """Return what each item sold on a day that is tallied."""
    rows = db.execute(_SOLD, (day.isoformat(),))
    return {row["gtin"]: Sold(row["units"], row["in_stock"]) for row in rows}


def _facts(db: sqlite3.Connection, day: date) -> ScoreFacts:
    rows = db.execute(_EXPECTED, (day.isoformat(),))
    return ScoreFacts(
        day=day,
        expected=tuple(Expected(**dict(row)) for row in rows),
        sold=sold_on(db, day),
        changes=changes_of(db, SCORE, day),
    )


def _record(
    db: sqlite3.Connection, facts: ScoreFacts, scored: ForecastScored | None, at: datetime
) -> None:
    if scored is not None:
        named = scored.model_dump(mode="json")
        named["groups"] = json.dumps(named["groups"])
        if db.execute(_SCORE, named).rowcount > 0:
            outbox_rows.append(db, [scored], at)
    settle(db, SCORE, facts.day, facts.changes)
