"""Leases in the centre's database, and the signed words that tell stores of them.

What is granted is decided and kept in one transaction, so that neither a play that comes, nor a
person who lowers a budget, nor another process comes between. A lease is on the disk before any
store hears of it.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from central_sync.adapters.campaign_tables import (
    SPENT_OF_STORE,
    balance_of,
    plan_of,
    read_slots,
)
from central_sync.adapters.media_rows import account_of, adopt
from central_sync.core.media.accounts import Account
from central_sync.core.media.leasing import (
    REMEMBERED,
    Flight,
    Grant,
    Outlook,
    Terms,
    grants,
    hours_of_day,
)
from central_sync.core.media.plan import Plan, micros
from central_sync.core.media.telling import News, Spoken, forgotten, lease_of, newest
from central_sync.ports.media import SignedMedia, WantedMedia
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.media import MAX_CAMPAIGNS
from endcap.wire.orders import MediaOrder

LOOK_BACK = timedelta(days=14)
"""How far back plays say how many there will be, and how late they come."""
FADING = 0.8
"""What a late day still says of a store a day later."""

_RUNNING = "SELECT * FROM media_campaigns WHERE state = 'running' AND last > ? ORDER BY campaign"
_STORES = """
SELECT s.store, s.last_seen, coalesce(json_extract(s.state, '$.region'), '') AS region
FROM stores s WHERE s.store NOT IN (SELECT store FROM revoked_stores) ORDER BY s.store
"""
_DAYS = """
SELECT store, day, sum(plays) AS plays, max(late_seconds) AS late
FROM media_rhythm WHERE day >= ? GROUP BY store, day
"""
_HOURS = "SELECT hour, sum(plays) AS plays FROM media_rhythm WHERE day >= ? GROUP BY hour"
_LAST = """
SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY store ORDER BY until DESC, lease) AS place
    FROM media_leases WHERE campaign = ?
) WHERE place <= ? OR settled_at IS NULL ORDER BY store, until, lease
"""
_GRANT = """
INSERT INTO media_leases (lease, campaign, store, amount, first, until, granted_at, origin)
VALUES (?, ?, ?, ?, ?, ?, ?, 'granted')
"""
_NEWS_FOR = """
INSERT INTO media_orders (store) VALUES (?) ON CONFLICT (store) DO UPDATE SET news = news + 1
"""
_TO_SAY = """
SELECT s.store, coalesce(json_extract(s.state, '$.region'), '') AS region, o.counter, o.digest,
    o.expires, o.envelope, o.told_at, o.news, o.said
FROM stores s LEFT JOIN media_orders o ON o.store = s.store
WHERE s.store NOT IN (SELECT store FROM revoked_stores) AND (o.store IS NULL OR o.news > o.said
    OR (o.envelope IS NOT NULL AND (:everything OR o.told_at IS NULL OR o.expires < :soon)))
ORDER BY s.store
"""
_UNSETTLED = """
SELECT * FROM media_leases WHERE store = ? AND settled_at IS NULL ORDER BY until DESC LIMIT ?
"""
_FLOOR = """
INSERT INTO media_floors (campaign, store, spent) VALUES (?, ?, ?)
ON CONFLICT (campaign, store) DO UPDATE SET spent = max(spent, excluded.spent)
"""
_KEEP = """
INSERT INTO media_orders (store, counter, digest, expires, envelope, said)
VALUES (:store, :counter, :digest, :expires, :envelope, :said)
ON CONFLICT (store) DO UPDATE SET counter = excluded.counter, digest = excluded.digest,
    expires = excluded.expires, envelope = excluded.envelope, said = excluded.said, told_at = NULL
"""
_SAME = """
INSERT INTO media_orders (store, said) VALUES (?, ?)
ON CONFLICT (store) DO UPDATE SET said = excluded.said
"""
_TOLD = "UPDATE media_orders SET told_at = ? WHERE store = ? AND counter = ?"
_COUNTED = """
INSERT INTO media_orders (store, counter) SELECT :store, :counter WHERE :counter >
    (SELECT coalesce(max(counter), 0) FROM media_orders WHERE store = :store)
ON CONFLICT (store) DO UPDATE SET counter = excluded.counter, news = news + 1
"""


Accounts = dict[str, list[Account]]
"""A campaign's leases by store."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """What leasing knows of the stores: their regions, what they play, and when people come."""

    regions: Mapping[str, str]
    outlooks: Mapping[str, Outlook]
    hours: Sequence[float]


class LeaseTables:
    """Keeps the promises of central_sync.ports.media.LeaseBook; `name` makes a lease's name."""

    def __init__(self, file: SqliteFile, terms: Terms, name: Callable[[], str]) -> None:
        self._file = file
        self._terms = terms
        self._name = name

    async def grant(self, at: datetime) -> int:
        """Make the leases that are due, a campaign in each write; return how many."""
        text = at.isoformat()
        names = await self._file.read(
            lambda db: [row["campaign"] for row in db.execute(_RUNNING, (text,))]
        )
        if not names:
            return 0
        fleet = await self._file.read(lambda db: read_fleet(db, at))
        made = 0
        for name in names:
            made += await self._file.write(
                lambda db, name=name: grant_of(db, name, fleet, at, (self._terms, self._name))  # type: ignore[misc]  # bound now
            )
        return made

    async def recall(self, orders: Sequence[MediaOrder], at: datetime) -> int:
        """Take in leases of our own that the database has forgotten; return how many."""
        return await self._file.write(lambda db: recall(db, orders, at))

    async def to_say(
        self, at: datetime, margin: timedelta, *, everything: bool
    ) -> tuple[WantedMedia, ...]:
        """Return what may be news for stores, was not told, or ends within `margin` of `at`."""
        values = {"everything": everything, "soon": (at + margin).isoformat()}
        return await self._file.read(lambda db: _to_say(db, values, at))

    async def keep(self, signed: Sequence[SignedMedia]) -> None:
        """Keep signed words before they are said."""
        await self._file.write(lambda db: db.executemany(_KEEP, map(_kept, signed)).close())

    async def nothing_new(self, known: Sequence[WantedMedia]) -> None:
        """Note that what might have been news for stores was none."""
        rows = [(one.spoken.store, one.news_count) for one in known]
        await self._file.write(lambda db: db.executemany(_SAME, rows).close())

    async def told(self, said: Sequence[tuple[str, int]], at: datetime) -> None:
        """Note, by store and counter, that the broker has words."""
        rows = [(at.isoformat(), *one) for one in said]
        await self._file.write(lambda db: db.executemany(_TOLD, rows).close())


def read_fleet(db: sqlite3.Connection, at: datetime) -> Fleet:
    """Return what is known of the stores at `at`."""
    since = (at - LOOK_BACK).date()
    days: dict[str, list[sqlite3.Row]] = {}
    for row in db.execute(_DAYS, (since.isoformat(),)):
        days.setdefault(row["store"], []).append(row)
    stores = db.execute(_STORES).fetchall()
    hours = {row["hour"]: row["plays"] for row in db.execute(_HOURS, (since.isoformat(),))}
    return Fleet(
        regions={row["store"]: row["region"] for row in stores},
        outlooks={row["store"]: _outlook(row, days.get(row["store"], []), at) for row in stores},
        hours=hours_of_day(hours),
    )


def grant_of(
    db: sqlite3.Connection,
    campaign: str,
    fleet: Fleet,
    at: datetime,
    how: tuple[Terms, Callable[[], str]],
) -> int:
    """Make a campaign's leases that are due, in the transaction that is open; return how many."""
    row = db.execute(
        "SELECT * FROM media_campaigns WHERE campaign = ? AND state = 'running'", (campaign,)
    ).fetchone()
    if row is None:
        return 0  # it was paused or ended meanwhile
    plan = plan_of(row)
    made = _decided(db, plan, row["budget"], fleet, at, how[0])
    for one in made:
        times = (one.first.isoformat(), one.until.isoformat(), at.isoformat())
        db.execute(_GRANT, (how[1](), one.campaign, one.store, one.amount, *times))
        db.execute(_NEWS_FOR, (one.store,))
    return len(made)


def recall(db: sqlite3.Connection, orders: Sequence[MediaOrder], at: datetime) -> int:
    """Take in leases of our own that the database has forgotten, and how far words counted."""
    known = {row["lease"]: True for row in db.execute("SELECT lease FROM media_leases")}
    count = sum(
        adopt(db, account, "recalled", at)
        for order in orders
        for account in forgotten(order, known)
    )
    db.executemany(
        _FLOOR,
        (
            (campaign, order.store, spent)
            for order in orders
            for campaign, spent in order.spent.items()
        ),
    )
    db.executemany(
        _COUNTED, [{"store": store, "counter": n} for store, n in newest(orders).items()]
    )
    return count


def _decided(
    db: sqlite3.Connection, plan: Plan, budget: int, fleet: Fleet, at: datetime, terms: Terms
) -> tuple[Grant, ...]:
    """Return the leases of a campaign that are to be made now."""
    accounts: Accounts = {}
    for row in db.execute(_LAST, (plan.campaign, REMEMBERED)):
        accounts.setdefault(row["store"], []).append(account_of(row))
    outlooks = [
        fleet.outlooks[store]
        for store, region in fleet.regions.items()
        if plan.is_for(store, region)
    ]
    flight = Flight(plan.campaign, plan.first, plan.last, micros(plan.bid))
    money = balance_of(db, plan.campaign, budget)
    return grants(flight, money, accounts, outlooks, at, (terms, fleet.hours))


def _outlook(store: sqlite3.Row, days: Sequence[sqlite3.Row], at: datetime) -> Outlook:
    """Return what is known of one store; a late day counts less the longer it is ago."""
    late = max((row["late"] * FADING ** _age(row["day"], at) for row in days), default=0.0)
    return Outlook(
        store=store["store"],
        plays=sum(row["plays"] for row in days) / max(1, len(days)),
        lag=timedelta(seconds=late),
        silence=max(timedelta(0), at - datetime.fromisoformat(store["last_seen"])),
    )


def _age(day: str, at: datetime) -> int:
    return max(0, (at.date() - datetime.fromisoformat(day).date()).days)


def _to_say(
    db: sqlite3.Connection, values: Mapping[str, object], at: datetime
) -> tuple[WantedMedia, ...]:
    rows = db.execute(_TO_SAY, values).fetchall()
    if not rows:
        return ()
    plans = [plan_of(row) for row in db.execute(_RUNNING, (at.isoformat(),)).fetchall()]
    slots = read_slots(db)
    found = []
    for row in rows:
        leases = db.execute(_UNSETTLED, (row["store"], 2 * MAX_CAMPAIGNS)).fetchall()
        news = News(
            campaigns=tuple(one.wire for one in plans if one.is_for(row["store"], row["region"])),
            leases=tuple(lease_of(account_of(one)) for one in leases),
            slots=slots,
            spent=_spent(db, row["store"], at),
        )
        found.append(WantedMedia(_spoken(row), news, row["news"] or 0))
    return tuple(found)


def _spent(db: sqlite3.Connection, store: str, at: datetime) -> dict[str, int]:
    """Return what a store's settled leases cost, of campaigns whose time is not over."""
    live = "SELECT campaign FROM media_campaigns WHERE last > ?"
    names = {row["campaign"] for row in db.execute(live, (at.isoformat(),))}
    rows = db.execute(SPENT_OF_STORE, (store,))
    return {row["campaign"]: row["spent"] for row in rows if row["campaign"] in names}


def _spoken(row: sqlite3.Row) -> Spoken:
    return Spoken(
        store=row["store"],
        counter=row["counter"] or 0,
        digest=row["digest"] or "",
        expires=datetime.fromisoformat(row["expires"]) if row["expires"] else None,
        envelope=row["envelope"],
        told=row["told_at"] is not None,
    )


def _kept(one: SignedMedia) -> dict[str, object]:
    """Return what is written of a signed word."""
    return {
        "store": one.order.store,
        "counter": one.order.counter,
        "digest": one.wanted.news.digest,
        "expires": one.order.expires.isoformat(),
        "envelope": one.envelope,
        "said": one.wanted.news_count,
    }
