"""Reads how in-store media stands: campaigns, leases, plays, and what is left."""

import sqlite3
from datetime import datetime
from typing import Any

from edge_agent.adapters.media_rows import read_plan, read_purses, trusted
from edge_agent.core.media.purses import open_at
from edge_agent.ports.kiosk import StoreUnreadableError
from edge_agent.ports.media import CampaignStanding, LeaseStanding, MediaStanding
from endcap.plumbing.sqlite_file import SqliteFile, StorageError
from endcap.wire.media import Campaign

_PLAYS = """
SELECT campaign, sum(policy <> 'holdout') AS plays, sum(price) AS spent,
    sum(policy = 'holdout') AS held_out
FROM plays GROUP BY campaign
"""
_OUTCOMES = """
SELECT campaign, sum(what = 'tapped') AS tapped, sum(what = 'bought') AS bought
FROM play_outcomes JOIN plays USING (play) WHERE policy <> 'holdout' GROUP BY campaign
"""


class MediaReadTables:
    """Keeps the promises of edge_agent.ports.media.MediaReads."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def media(self, at: datetime) -> MediaStanding:
        """Return how in-store media stands."""
        try:
            return await self._file.read(lambda db: _standing(db, at))
        except (StorageError, sqlite3.Error) as error:
            raise StoreUnreadableError(str(error)) from error


def _standing(db: sqlite3.Connection, now: datetime) -> MediaStanding:
    at = trusted(db, now) or now
    played = {row["campaign"]: dict(row) for row in db.execute(_PLAYS)}
    for row in db.execute(_OUTCOMES):
        played[row["campaign"]].update(dict(row))
    for row in db.execute("SELECT campaign, shadow FROM media_paces"):
        played.setdefault(row["campaign"], {}).update(dict(row))
    for one in open_at(read_purses(db), at):
        told = played.setdefault(one.campaign, {})
        told["left"] = told.get("left", 0) + one.rest
    untold = db.execute("SELECT count(*) FROM plays WHERE told = 0").fetchone()[0]
    return MediaStanding(
        campaigns=tuple(
            _campaign(one, played.get(one.campaign, {}), at)
            for one in read_plan(db, None).campaigns
        ),
        leases=tuple(
            _lease(row) for row in db.execute("SELECT * FROM leases ORDER BY until, lease")
        ),
        house=int(played.get(None, {}).get("plays", 0)),
        untold=int(untold),
    )


def _campaign(one: Campaign, told: dict[str, Any], at: datetime) -> CampaignStanding:
    return CampaignStanding(
        campaign=one.campaign,
        advertiser=one.advertiser,
        running=one.first <= at < one.last,
        **{
            name: int(told.get(name) or 0)
            for name in ("plays", "spent", "left", "tapped", "bought", "held_out")
        },
        shadow=float(told.get("shadow") or 0.0),
    )


def _lease(row: sqlite3.Row) -> LeaseStanding:
    closed = row["closed_at"]
    return LeaseStanding(
        **{name: row[name] for name in ("lease", "campaign", "amount", "spent", "plays")},
        first=datetime.fromisoformat(row["first"]),
        until=datetime.fromisoformat(row["until"]),
        closed_at=datetime.fromisoformat(closed) if closed else None,
    )
