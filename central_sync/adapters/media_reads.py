"""Reads campaigns, leases, the ledger of plays and what came of them. Writes nothing.

Reports are made of the sums that are kept as plays come, so that they read no play. Judging another
policy reads the plays themselves.
"""

import sqlite3
from datetime import date, datetime
from typing import Final, Literal

import numpy as np

from central_sync.adapters.campaign_tables import read_campaigns
from central_sync.adapters.media_rows import account_of
from central_sync.adapters.rollout_reads import RolloutReads
from central_sync.core.media.accounts import Account
from central_sync.core.media.policies import Plays
from central_sync.core.media.records import FlaggedPlay, Kept, LedgerTotals
from central_sync.core.media.reports import By, Line, Tally, line
from central_sync.ports.media import Asked

Reward = Literal["tapped", "bought", "revenue"]
"""What a play is judged by: whether it was tapped, or bought, or what was paid, in the currency."""

MAX_PLAYS = 2_000_000
_MICROS = 1_000_000
_REPORT = """
SELECT {key} AS key, held_out, sum(plays), sum(spend), sum(tapped), sum(bought), sum(revenue)
FROM media_sums WHERE (:campaign IS NULL OR campaign = :campaign)
    AND (:store IS NULL OR store = :store)
    AND (:first IS NULL OR day >= :first) AND (:last IS NULL OR day <= :last)
GROUP BY {key}, held_out ORDER BY {key}
"""
_REPORTS: Final = {
    one: _REPORT.format(key=one) for one in ("campaign", "store", "day", "slot")
}  # the key is one of these columns, never a person's words
_UNSETTLED = """
SELECT * FROM media_leases WHERE settled_at IS NULL
    AND (:campaign IS NULL OR campaign = :campaign) AND (:store IS NULL OR store = :store)
ORDER BY until, store, lease LIMIT :limit
"""
_TOTALS = """
SELECT coalesce(sum(plays), 0), coalesce(sum(spend), 0) FROM media_sums WHERE held_out = 0
"""
_FLAGS = "SELECT flag, count(*) FROM media_plays WHERE flag <> '' GROUP BY flag ORDER BY flag"
_SETTLED = "SELECT count(*) FROM media_leases WHERE settled_at IS NOT NULL"
_FLAGGED = """
SELECT play, store, campaign, lease, at, price, flag FROM media_plays
WHERE flag <> '' ORDER BY received_at DESC, play LIMIT ?
"""
_LOGGED = """
SELECT p.policy = 'explore' AS explored, p.propensity,
    p.slot || ' ' || substr(p.at, 12, 2) AS place,
    CASE :reward
        WHEN 'revenue' THEN coalesce(sum(o.amount), 0) / :micros
        ELSE coalesce(max(o.what = :reward), 0) END AS reward
FROM media_plays p LEFT JOIN media_outcomes o ON o.play = p.play
WHERE p.policy IN ('auction', 'explore', 'house') AND (:store IS NULL OR p.store = :store)
    AND (:first IS NULL OR p.at >= :first)
    AND (:last IS NULL OR substr(p.at, 1, 10) <= :last)
GROUP BY p.play LIMIT :limit
"""


class MediaReads(RolloutReads):
    """Keeps the promises of central_sync.ports.media.MediaReads."""

    async def campaigns(self, name: str | None = None) -> tuple[Kept, ...]:
        """Return the campaigns, newest first, or the one named."""
        return await self._ask(lambda db: read_campaigns(db, name))

    async def media_report(self, across: By, asked: Asked) -> tuple[Line, ...]:
        """Return a report with a line for each campaign, store, day or slot."""
        return await self._ask(lambda db: read_report(db, across, asked))

    async def unsettled_leases(self, asked: Asked, limit: int) -> tuple[Account, ...]:
        """Return leases that are not settled, those that ended first before the others."""
        return await self._ask(lambda db: read_unsettled(db, asked, limit))

    async def media_ledger(self, at: datetime) -> LedgerTotals:
        """Return the ledger in sum."""
        return await self._ask(lambda db: read_totals(db, at))

    async def flagged_plays(self, limit: int) -> tuple[FlaggedPlay, ...]:
        """Return the plays that do not fit, those that came last first."""
        return await self._ask(lambda db: read_flagged(db, limit))


def read_report(db: sqlite3.Connection, across: By, asked: Asked) -> tuple[Line, ...]:
    """Return a report, from any connection to the centre's database."""
    found: dict[str, dict[bool, Tally]] = {}
    for key, held_out, *figures in db.execute(_REPORTS[across], _values(asked)):
        found.setdefault(key, {})[bool(held_out)] = Tally(*figures)
    return tuple(
        line(key, one.get(False, Tally()), one.get(True, Tally())) for key, one in found.items()
    )


def read_unsettled(db: sqlite3.Connection, asked: Asked, limit: int) -> tuple[Account, ...]:
    """Return leases that are not settled, from any connection to the centre's database."""
    rows = db.execute(_UNSETTLED, {**_values(asked), "limit": limit})
    return tuple(account_of(row) for row in rows)


def read_totals(db: sqlite3.Connection, at: datetime) -> LedgerTotals:
    """Return the ledger in sum, from any connection to the centre's database."""
    plays, spend = db.execute(_TOTALS).fetchone()
    standings: dict[str, int] = {"settled": db.execute(_SETTLED).fetchone()[0]}
    for one in read_unsettled(db, Asked(), -1):
        word = one.standing(at).value
        standings[word] = standings.get(word, 0) + 1
    return LedgerTotals(plays, spend, dict(db.execute(_FLAGS).fetchall()), standings)


def read_flagged(db: sqlite3.Connection, limit: int) -> tuple[FlaggedPlay, ...]:
    """Return the plays that do not fit, from any connection to the centre's database."""
    return tuple(
        FlaggedPlay(**{**dict(row), "at": datetime.fromisoformat(row["at"])})
        for row in db.execute(_FLAGGED, (limit,))
    )


def read_logged(db: sqlite3.Connection, asked: Asked, reward: Reward) -> Plays:
    """Return the plays that the auction gave away, with what came of each."""
    values = {**_values(asked), "reward": reward, "micros": float(_MICROS), "limit": MAX_PLAYS}
    rows = db.execute(_LOGGED, values).fetchall()
    places = {name: number for number, name in enumerate(sorted({row["place"] for row in rows}))}
    return Plays(
        propensity=np.array([row["propensity"] for row in rows], dtype=np.float64),
        explored=np.array([row["explored"] for row in rows], dtype=np.bool_),
        reward=np.array([row["reward"] for row in rows], dtype=np.float64),
        group=np.array([places[row["place"]] for row in rows], dtype=np.int64),
    )


def _values(asked: Asked) -> dict[str, str | None]:
    return {
        "campaign": asked.campaign,
        "store": asked.store,
        "first": _day(asked.first),
        "last": _day(asked.last),
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
