"""Tells the centre of plays, of what came of them, and of leases that are over: once each.

Each step marks what it tells in the same transaction as its event, so that a cut at any moment
leaves it told or to be told, never both. A play of a lease is told before the lease is closed.
"""

import sqlite3
from collections.abc import Callable
from datetime import datetime

from edge_agent.adapters import outbox_rows
from edge_agent.adapters.media_rows import trusted
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.media import Outcome, Play
from endcap.wire.shopper_events import LeaseClosed, MediaAnswered, MediaPlayed

BATCH = 100
"""Plays in one event: some 40 kB."""

_UNTOLD = "SELECT play, body FROM plays WHERE told = 0 ORDER BY at, play LIMIT ?"
_TELL = "UPDATE plays SET told = 1 WHERE play = ?"
_OUTCOMES = """
SELECT o.play, o.what, o.at, o.units, o.amount FROM play_outcomes o JOIN plays p USING (play)
WHERE o.told = 0 AND p.told = 1 ORDER BY o.at, o.play, o.what LIMIT ?
"""
_TELL_OUTCOME = "UPDATE play_outcomes SET told = 1 WHERE play = ? AND what = ?"
_OVER = """
SELECT lease, campaign, amount, spent, plays FROM leases l
WHERE closed_at IS NULL AND (until <= :at OR spent >= amount)
    AND NOT EXISTS (SELECT 1 FROM plays p WHERE p.lease = l.lease AND p.told = 0)
ORDER BY until, lease LIMIT :most
"""
_CLOSE = "UPDATE leases SET closed_at = ? WHERE lease = ?"


class MediaReportTables:
    """Keeps the promises of edge_agent.ports.media.MediaReports."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def plays(self, at: datetime) -> int:
        """Tell the oldest plays that were not told."""
        return await self._step(_tell_plays, at)

    async def outcomes(self, at: datetime) -> int:
        """Tell the oldest outcomes that were not told, of plays that were."""
        return await self._step(_tell_outcomes, at)

    async def leases(self, at: datetime) -> int:
        """Close leases whose time is over, or that are spent."""
        return await self._step(_close_leases, at)

    async def _step(self, tell: Callable[[sqlite3.Connection, datetime], int], at: datetime) -> int:
        return await self._file.write(lambda db: tell(db, at))


def _tell_plays(db: sqlite3.Connection, at: datetime) -> int:
    rows = db.execute(_UNTOLD, (BATCH,)).fetchall()
    if rows:
        plays = tuple(Play.model_validate_json(row["body"]) for row in rows)
        outbox_rows.append(db, [MediaPlayed(plays=plays)], at)
        db.executemany(_TELL, [(row["play"],) for row in rows])
    return len(rows)


def _tell_outcomes(db: sqlite3.Connection, at: datetime) -> int:
    rows = db.execute(_OUTCOMES, (BATCH,)).fetchall()
    if rows:
        outcomes = tuple(
            Outcome(
                play=row["play"],
                what=row["what"],
                at=datetime.fromisoformat(row["at"]),
                units=row["units"],
                amount=row["amount"],
            )
            for row in rows
        )
        outbox_rows.append(db, [MediaAnswered(outcomes=outcomes)], at)
        db.executemany(_TELL_OUTCOME, [(row["play"], row["what"]) for row in rows])
    return len(rows)


def _close_leases(db: sqlite3.Connection, now: datetime) -> int:
    at = trusted(db, now)
    if at is None:
        return 0
    rows = db.execute(_OVER, {"at": at.isoformat(), "most": BATCH}).fetchall()
    outbox_rows.append(db, [LeaseClosed(**dict(row)) for row in rows], now)
    db.executemany(_CLOSE, [(now.isoformat(), row["lease"]) for row in rows])
    return len(rows)
