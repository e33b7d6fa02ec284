"""Reads how the forecasts of the fleet fare, and which of them drift. Writes nothing.

The fleet's days are sums that were kept as scores came; a store's are its own rows: neither reads
more than it shows, however many stores there are.
"""

import sqlite3
from datetime import date, datetime

from central_sync.adapters.rollout_reads import RolloutReads
from central_sync.core.evaluation import PartScore
from central_sync.core.forecast_scores import Alarm, DayScore, GroupScore, StoreScore, Sums
from central_sync.core.overview import Training

_OF_FLEET = "items, asked, covered, units, absolute_error, error"
_OF_STORE = """
items, iif(covered IS NULL, 0, items) AS asked, coalesce(covered, 0) AS covered,
units, absolute_error, error
"""
_SUMMED = """
sum(items) AS items, sum(asked) AS asked, sum(covered) AS covered, sum(units) AS units,
sum(absolute_error) AS absolute_error, sum(error) AS error
"""
_DAYS = """
SELECT day, stores, {columns} FROM fleet_scores
WHERE item_group = :group AND day >= :since ORDER BY day
"""
_STORE_DAYS = """
SELECT day, 1 AS stores, {columns} FROM forecast_scores
WHERE store = :store AND item_group = :group AND day >= :since ORDER BY day
"""
_GROUPS = """
SELECT item_group, {sums} FROM (SELECT item_group, {columns} FROM fleet_scores
    WHERE item_group <> '' AND day >= :since)
GROUP BY item_group ORDER BY sum(absolute_error) DESC LIMIT :limit
"""
_STORE_GROUPS = """
SELECT item_group, {sums} FROM (SELECT item_group, {columns} FROM forecast_scores
    WHERE store = :store AND item_group <> '' AND day >= :since)
GROUP BY item_group ORDER BY sum(absolute_error) DESC LIMIT :limit
"""
# By itself SQLite reads every row of every store and group, since they lie in the stores' order.
_WORST = """
SELECT store, 0 AS items, 0 AS asked, 0 AS covered, sum(units) AS units,
    sum(absolute_error) AS absolute_error, sum(error) AS error
FROM forecast_scores INDEXED BY forecast_scores_of_stores
WHERE item_group = '' AND day >= :since
GROUP BY store HAVING sum(units) > 0 ORDER BY sum(absolute_error) / sum(units) DESC LIMIT :limit
"""
_ALARMS = """
SELECT store, item_group, sign, since, opened, why, closed FROM drift_alarms
WHERE closed IS NULL OR (?1 AND closed >= ?2) ORDER BY closed IS NULL DESC, opened DESC LIMIT ?3
"""
_BY_SIGN = "SELECT sign, count(*) AS alarms FROM drift_alarms WHERE closed IS NULL GROUP BY sign"
_CONTESTS = """
SELECT * FROM trainings WHERE kind = 'demand' AND metric IS NOT NULL
ORDER BY training DESC LIMIT ?
"""
_PARTS = """
SELECT by, name, rows, share, candidate, champion, low, high FROM training_parts
WHERE training = ? ORDER BY by, place
"""


def read_alarms(
    db: sqlite3.Connection, limit: int, *, closed_since: date | None = None
) -> tuple[Alarm, ...]:
    """Return the open alarms, the newest first; behind them those that closed since a day."""
    values = (closed_since is not None, closed_since.isoformat() if closed_since else "", limit)
    return tuple(
        Alarm(
            store=row["store"],
            group=row["item_group"],
            sign=row["sign"],
            since=date.fromisoformat(row["since"]),
            opened=date.fromisoformat(row["opened"]),
            why=row["why"],
            closed=date.fromisoformat(row["closed"]) if row["closed"] else None,
        )
        for row in db.execute(_ALARMS, values)
    )


def read_parts(db: sqlite3.Connection, training: int) -> tuple[PartScore, ...]:
    """Return how candidate and champion compared on each part of the held-out rows."""
    return tuple(PartScore(**dict(row)) for row in db.execute(_PARTS, (training,)))


class DemandReads(RolloutReads):
    """Keeps the promises of central_sync.ports.reads.DemandReads."""

    async def score_days(self, store: str | None, group: str, since: date) -> tuple[DayScore, ...]:
        """Return how a group fared day by day, in a store or in the whole fleet."""
        query = _STORE_DAYS if store else _DAYS
        rows = await self._scores(query, store, group=group, since=since.isoformat())
        return tuple(
            DayScore(date.fromisoformat(row["day"]), row["stores"], _sums(row)) for row in rows
        )

    async def score_groups(
        self, store: str | None, since: date, limit: int
    ) -> tuple[GroupScore, ...]:
        """Return how each item group fared, those with the most units of error first."""
        query = _STORE_GROUPS if store else _GROUPS
        rows = await self._scores(query, store, since=since.isoformat(), limit=limit)
        return tuple(GroupScore(row["item_group"], _sums(row)) for row in rows)

    async def worst_stores(self, since: date, limit: int) -> tuple[StoreScore, ...]:
        """Return the stores with the largest error for what they sold."""
        rows = await self._scores(_WORST, None, since=since.isoformat(), limit=limit)
        return tuple(StoreScore(row["store"], _sums(row)) for row in rows)

    async def alarms(self, limit: int, closed_since: date | None = None) -> tuple[Alarm, ...]:
        """Return the open alarms, the newest first; behind them those that closed since a day."""
        return await self._ask(lambda db: read_alarms(db, limit, closed_since=closed_since))

    async def open_alarms(self) -> dict[str, int]:
        """Return how many alarms are open, by what is wrong."""
        rows = await self._ask(lambda db: db.execute(_BY_SIGN).fetchall())
        return {row["sign"]: row["alarms"] for row in rows}

    async def contests(self, limit: int) -> tuple[Training, ...]:
        """Return the last trainings of the demand forecast with a verdict, newest first."""
        rows = await self._ask(lambda db: db.execute(_CONTESTS, (limit,)).fetchall())
        return tuple(training_of(row) for row in rows)

    async def training_parts(self, training: int) -> tuple[PartScore, ...]:
        """Return how candidate and champion of a training compared, part by part."""
        return await self._ask(lambda db: read_parts(db, training))

    async def _scores(self, query: str, store: str | None, **values: object) -> list[sqlite3.Row]:
        """Return the rows of a question about scores: of a store, or of the fleet."""
        whole = query.format(columns=_OF_STORE if store else _OF_FLEET, sums=_SUMMED)
        asked = {"store": store, **values}
        return await self._ask(lambda db: db.execute(whole, asked).fetchall())


def training_of(row: sqlite3.Row) -> Training:
    """Return a row of the trainings as a value."""
    values = dict(row)
    values["started"] = datetime.fromisoformat(row["started"])
    values["finished"] = datetime.fromisoformat(row["finished"]) if row["finished"] else None
    return Training(**values)


def _sums(row: sqlite3.Row) -> Sums:
    """Return what a row sums up."""
    return Sums(
        items=row["items"],
        asked=row["asked"],
        covered=row["covered"],
        units=row["units"],
        absolute_error=row["absolute_error"],
        error=row["error"],
    )
