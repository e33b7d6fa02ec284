"""Learns from plays, in the store's database: what came of them, what suits whom, how to pace.

The rule by which a sale belongs to a play is core/media/attribution's.
"""

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

from edge_agent.adapters.media_rows import LESSONS, read_plan, read_purses, trusted
from edge_agent.adapters.store_life import set_meta
from edge_agent.core.media.attribution import PlayOf, SaleOf, Windows, attributed
from edge_agent.core.media.purses import Purse, rates
from endcap.models.media.arrivals import WEEK, expected, hour_of_week, pace, rhythm
from endcap.models.media.auction import open_prices
from endcap.models.media.pacing import shadow_prices
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.media import Campaign

Floats = NDArray[np.float64]

LEARN_FROM, LATELY, RHYTHM = timedelta(days=90), timedelta(days=14), timedelta(weeks=8)
_HOUR, _WEEK = timedelta(hours=1), timedelta(weeks=1)
_MICROS = 1_000_000
_COLD_TRUST, _TRUST = 1.0, 20.0
_LEAST_WEEKS = 1.0
_LATE_TILLS = timedelta(days=2)
"""How much later than a sale the till may tell it."""

_TAPPED = """
INSERT OR IGNORE INTO play_outcomes (play, what, at, units, amount)
SELECT f.answer, f.what, max(f.at, p.at), 0, 0 FROM plays p JOIN feedback f ON f.answer = p.play
WHERE p.at >= ? AND f.gtin = p.gtin AND f.what IN ('tapped', 'bought') AND p.policy <> 'holdout'
"""
_PLAYS = """
SELECT play, gtin, at, shopper FROM plays p WHERE at >= ? AND NOT EXISTS
    (SELECT 1 FROM play_outcomes o WHERE o.play = p.play AND o.what = 'bought')
"""
_SALES = """
SELECT transaction_id || ':' || line AS sale, gtin, sold_at, units, amount, shopper
FROM sale_lines WHERE day >= ? AND units > 0 AND gtin IN (SELECT gtin FROM plays WHERE at >= ?)
    AND NOT EXISTS (SELECT 1 FROM play_outcomes o WHERE o.sale = transaction_id || ':' || line)
"""
_BOUGHT = """
INSERT OR IGNORE INTO play_outcomes (play, what, at, units, amount, sale)
VALUES (?, 'bought', ?, ?, ?, ?)
"""
_LEARN = """
INSERT INTO media_tallies (campaign, context, plays, hits)
SELECT campaign, context, count(*), sum(EXISTS
    (SELECT 1 FROM play_outcomes o WHERE o.play = p.play))
FROM plays p WHERE at >= ? AND policy IN ('auction', 'deal', 'explore') GROUP BY campaign, context
"""
_PACE = "INSERT INTO media_paces (campaign, shadow, rate) VALUES (?, ?, ?)"
_OLD = """
SELECT play FROM plays p WHERE told = 1 AND at < ?
    AND NOT EXISTS (SELECT 1 FROM play_outcomes o WHERE o.play = p.play AND o.told = 0) LIMIT 1000
"""
_FORGET = (
    "DELETE FROM play_outcomes WHERE play IN (SELECT value FROM json_each(?))",
    "DELETE FROM plays WHERE play IN (SELECT value FROM json_each(?))",
)
_FORGET_HOURS = "DELETE FROM media_hours WHERE hour < ?"


@dataclass(frozen=True, slots=True)
class _Market:
    """What pacing is solved over: campaigns, their money and the places of late."""

    campaigns: tuple[Campaign, ...]
    purses: tuple[Purse, ...]
    floors: Floats
    values: Floats
    shadows: Floats


class MediaLessonTables:
    """Keeps the promises of edge_agent.ports.media.MediaLessons; `zone` is of the store's clock."""

    def __init__(self, file: SqliteFile, zone: tzinfo, windows: Windows) -> None:
        self._file = file
        self._zone = zone
        self._windows = windows

    async def match(self, at: datetime) -> int:
        """Find what came of plays: taps that were told, and sales by the declared rule.

        Reads without holding up whoever plays; of two who match at once the first counts.
        """
        longest = max(self._windows.shopper, self._windows.store)
        since = (at - longest - _LATE_TILLS).astimezone(UTC)

        def tap(db: sqlite3.Connection) -> int:
            return db.execute(_TAPPED, (since.isoformat(),)).rowcount

        tapped = await self._file.write(tap)
        found = await self._file.read(lambda db: self._matched(db, since))
        if not found:
            return tapped
        return tapped + await self._file.write(lambda db: db.executemany(_BOUGHT, found).rowcount)

    async def learn(self, at: datetime) -> None:
        """Add up anew what was answered of late."""
        since = (at - LEARN_FROM).astimezone(UTC).isoformat()

        def change(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM media_tallies")
            db.execute(_LEARN, (since,))
            set_meta(db, LESSONS, at.isoformat())

        await self._file.write(change)

    async def pace(self, at: datetime) -> None:
        """Solve how dear each campaign's money is, for what is left and the places to come."""
        solved = await self._file.read(lambda db: self._solve(db, at))

        def change(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM media_paces")
            db.executemany(_PACE, solved)

        await self._file.write(change)

    async def forget(self, before: datetime) -> int:
        """Delete a thousand told plays that are older than `before`, and what came of them.

        Leases stay: an order may name one again, and it counts once.
        """

        def change(db: sqlite3.Connection) -> int:
            db.execute(_FORGET_HOURS, (before.astimezone(self._zone).strftime("%Y-%m-%dT%H"),))
            rows = db.execute(_OLD, (before.astimezone(UTC).isoformat(),)).fetchall()
            for statement in _FORGET:
                db.execute(statement, (json.dumps([row["play"] for row in rows]),))
            return len(rows)

        return await self._file.write(change)

    def _matched(self, db: sqlite3.Connection, since: datetime) -> list[tuple[object, ...]]:
        """Return what plays since a moment sold, as rows."""
        plays = [
            PlayOf(row["play"], row["gtin"], datetime.fromisoformat(row["at"]), row["shopper"])
            for row in db.execute(_PLAYS, (since.isoformat(),))
        ]
        day = since.astimezone(self._zone).date().isoformat()
        sales = [_sale(row) for row in db.execute(_SALES, (day, since.isoformat()))]
        return [
            (play.play, sale.at.isoformat(), sale.units, sale.amount, sale.sale)
            for play, sale in attributed(plays, sales, self._windows)
        ]

    def _solve(self, db: sqlite3.Connection, now: datetime) -> list[tuple[str, float, float]]:
        at = trusted(db, now)
        if at is None:
            return []
        market = _read_market(db)
        week, multiple = self._rhythm(db, at)
        local = at.astimezone(self._zone).replace(tzinfo=None)

        def places(until: datetime) -> float:
            ends = until.astimezone(self._zone).replace(tzinfo=None)
            return multiple * expected(week, local, ends)

        rate = rates(market.purses, at, places)
        each = np.array([rate.get(one.campaign, 0.0) for one in market.campaigns])
        prices = open_prices(market.values, market.floors[:, None])
        able = np.where(market.values >= market.floors[:, None], market.values, 0.0)
        shadows = shadow_prices(able, prices, each, market.shadows)
        named = [one.campaign for one in market.campaigns]
        return list(zip(named, shadows.tolist(), each.tolist(), strict=True))

    def _rhythm(self, db: sqlite3.Connection, at: datetime) -> tuple[Floats, float]:
        """Return the week's rhythm before the last days, and by what those were off it."""
        local = at.astimezone(self._zone).replace(tzinfo=None)
        hours = {
            datetime.fromisoformat(row["hour"] + ":00"): row["places"]
            for row in db.execute("SELECT hour, places FROM media_hours ORDER BY hour")
        }
        if not hours:
            return rhythm(np.zeros(WEEK), 0.0), 1.0
        first = max(min(hours), local - RHYTHM)
        turn = max(first, local - LATELY)
        counts = np.zeros(WEEK)
        for hour, places in hours.items():
            if first <= hour < turn:
                counts[hour_of_week(hour)] += places
        weeks = (turn - first) / _WEEK
        week = rhythm(counts, weeks if weeks >= _LEAST_WEEKS else 0.0)
        lately = sum(places for hour, places in hours.items() if hour >= turn)
        trust = _TRUST if weeks >= _LEAST_WEEKS else _COLD_TRUST
        return week, pace(lately, expected(week, turn, local), trust)


def _read_market(db: sqlite3.Connection) -> _Market:
    """Return the market as it was of late; a campaign that a place does not name did not fit."""
    campaigns = read_plan(db, None).campaigns
    rows = db.execute("SELECT floor, relevance FROM media_places ORDER BY place").fetchall()
    paces = {row["campaign"]: row["shadow"] for row in db.execute("SELECT * FROM media_paces")}
    seen = [json.loads(row["relevance"]) for row in rows]
    values = np.array(
        [[one.get(each.campaign, 0.0) * each.bid for each in campaigns] for one in seen]
    )
    return _Market(
        campaigns=campaigns,
        purses=read_purses(db),
        floors=np.array([float(row["floor"]) for row in rows]),
        values=values.reshape(len(rows), len(campaigns)),
        shadows=np.array([paces.get(one.campaign, 0.0) for one in campaigns]),
    )


def _sale(row: sqlite3.Row) -> SaleOf:
    return SaleOf(
        sale=row["sale"],
        gtin=row["gtin"],
        at=datetime.fromisoformat(row["sold_at"]).astimezone(UTC),
        units=row["units"],
        amount=max(0, round(row["amount"] * _MICROS)),
        shopper=row["shopper"],
    )
