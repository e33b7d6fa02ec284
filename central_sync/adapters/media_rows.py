"""The ledger of plays as rows, kept up in the same write as the events that tell of them.

A play is one row however often it is told, and so is what came of it, in whatever order they come.
What is wrong with a play, and whether a lease is settled, is core/media/accounts' to say.
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from central_sync.core.media.accounts import BELONGS, Account, Flag, Told, flag_of
from endcap.wire.events import Event
from endcap.wire.media import Outcome, Play
from endcap.wire.shopper_events import LeaseClosed, MediaAnswered, MediaPlayed

_ACCOUNT = "SELECT * FROM media_leases WHERE lease = ?"
_PLAY = """
INSERT OR IGNORE INTO media_plays (play, store, campaign, lease, gtin, slot, at, price, policy,
    propensity, relevance, flag, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_COUNT = "UPDATE media_leases SET plays = plays + 1, spent = spent + ? WHERE lease = ?"
_SUM_PLAY = """
INSERT INTO media_sums (campaign, store, day, slot, held_out, plays, spend)
VALUES (:campaign, :store, substr(:at, 1, 10), :slot, :policy = 'holdout', 1, :price)
ON CONFLICT DO UPDATE SET plays = plays + 1, spend = spend + excluded.spend
"""
_RHYTHM = """
INSERT INTO media_rhythm (store, day, hour, plays, late_seconds) VALUES (?, ?, ?, 1, ?)
ON CONFLICT DO UPDATE SET plays = plays + 1, late_seconds = max(late_seconds, excluded.late_seconds)
"""
_OUTCOME = """
INSERT OR IGNORE INTO media_outcomes (play, what, at, units, amount) VALUES (?, ?, ?, ?, ?)
"""
_SUM_OUTCOME = """
UPDATE media_sums SET tapped = tapped + (o.what = 'tapped'), bought = bought + (o.what = 'bought'),
    revenue = revenue + o.amount
FROM media_plays AS p JOIN media_outcomes AS o ON o.play = p.play
WHERE p.play = :play AND o.what = :what AND media_sums.campaign = p.campaign
    AND media_sums.store = p.store AND media_sums.day = substr(p.at, 1, 10)
    AND media_sums.slot = p.slot AND media_sums.held_out = (p.policy = 'holdout')
"""
_OUTCOMES_OF = "SELECT what FROM media_outcomes WHERE play = ?"
_CLOSE = """
UPDATE media_leases SET told_plays = ?, told_spent = ?, told_at = ?
WHERE lease = ? AND told_plays IS NULL
"""
_SETTLE = "UPDATE media_leases SET settled_at = ? WHERE lease = ?"
_ADOPT = """
INSERT OR IGNORE INTO media_leases
    (lease, campaign, store, amount, first, until, granted_at, origin)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_COME_HOME = """
UPDATE media_plays SET flag = '' WHERE lease = :lease AND store = :store AND campaign = :campaign
    AND flag = 'unknown-lease'
"""
_RECOUNT = """
UPDATE media_leases SET plays = t.plays, spent = t.spent FROM (
    SELECT count(*) AS plays, coalesce(sum(price), 0) AS spent FROM media_plays
    WHERE lease = :lease AND flag IN ('', 'above-amount', 'after-closing')
) AS t WHERE lease = :lease
"""


def apply(db: sqlite3.Connection, events: Iterable[Event], at: datetime) -> None:
    """Take in the events that tell of plays, outcomes and closed leases; others pass over."""
    for one in events:
        match one.body:
            case MediaPlayed(plays=plays):
                for play in plays:
                    _take_play(db, one.store, play, at)
            case MediaAnswered(outcomes=outcomes):
                for outcome in outcomes:
                    _take_outcome(db, outcome)
            case LeaseClosed() as closed:
                _close(db, one.store, closed, at)
            case _:
                pass


def adopt(db: sqlite3.Connection, account: Account, origin: str, at: datetime) -> bool:
    """Keep a lease with the plays that came before it was known; tell whether it is new."""
    values = (account.lease, account.campaign, account.store, account.amount)
    times = (account.first.isoformat(), account.until.isoformat(), at.isoformat())
    if not db.execute(_ADOPT, (*values, *times, origin)).rowcount:
        return False
    place = {"lease": account.lease, "store": account.store, "campaign": account.campaign}
    if db.execute(_COME_HOME, place).rowcount:
        db.execute(_RECOUNT, place)
        _settle(db, account.lease, at)
    return True


def account_of(row: sqlite3.Row) -> Account:
    """Return a row of `media_leases`."""
    told = Told(row["told_plays"], row["told_spent"]) if row["told_plays"] is not None else None
    return Account(
        lease=row["lease"],
        campaign=row["campaign"],
        store=row["store"],
        amount=row["amount"],
        first=datetime.fromisoformat(row["first"]),
        until=datetime.fromisoformat(row["until"]),
        plays=row["plays"],
        spent=row["spent"],
        told=told,
        settled=row["settled_at"] is not None,
    )


def _take_play(db: sqlite3.Connection, store: str, play: Play, at: datetime) -> None:
    """Keep a play, count it on its lease or its campaign, and settle the lease that it ends."""
    row = db.execute(_ACCOUNT, (play.lease,)).fetchone() if play.lease else None
    account = account_of(row) if row else None
    flag = flag_of(play, store, account)
    if not db.execute(_PLAY, _columns(play, store, flag, at)).rowcount:
        return
    _keep_rhythm(db, store, play, at)
    if account is not None and flag in BELONGS:
        db.execute(_COUNT, (play.price, account.lease))
        if account.told is not None:
            _settle(db, account.lease, at)
    if play.campaign is not None:
        told = {"campaign": play.campaign, "store": store, "at": play.at.isoformat()}
        db.execute(
            _SUM_PLAY, {**told, "slot": play.slot, "policy": play.policy, "price": play.price}
        )
        for (what,) in db.execute(_OUTCOMES_OF, (play.play,)).fetchall():
            db.execute(_SUM_OUTCOME, {"play": play.play, "what": what})


def _columns(play: Play, store: str, flag: Flag, at: datetime) -> tuple[object, ...]:
    return (
        *(play.play, store, play.campaign, play.lease, play.gtin, play.slot),
        *(play.at.isoformat(), play.price, play.policy, play.propensity, play.relevance),
        *(flag.value, at.isoformat()),
    )


def _keep_rhythm(db: sqlite3.Connection, store: str, play: Play, at: datetime) -> None:
    """Count a play by its hour, and how late it came."""
    late = max(0.0, (at - play.at).total_seconds())
    db.execute(_RHYTHM, (store, play.at.date().isoformat(), play.at.hour, late))


def _take_outcome(db: sqlite3.Connection, one: Outcome) -> None:
    """Keep what came of a play, and count it when the play is there."""
    columns = (one.play, one.what, one.at.isoformat(), one.units, one.amount)
    if db.execute(_OUTCOME, columns).rowcount:
        db.execute(_SUM_OUTCOME, {"play": one.play, "what": one.what})


def _close(db: sqlite3.Connection, store: str, told: LeaseClosed, at: datetime) -> None:
    """Keep what a store says of a lease that is over.

    Of a lease that nobody here knows, only what was spent is bound: it is over.
    """
    row = db.execute(_ACCOUNT, (told.lease,)).fetchone()
    if row is None:
        lost = Account(told.lease, told.campaign, store, told.spent, at, at)
        adopt(db, lost, "closed", at)
    elif row["store"] != store:
        return  # nobody closes another's
    db.execute(_CLOSE, (told.plays, told.spent, at.isoformat(), told.lease))
    _settle(db, told.lease, at)


def _settle(db: sqlite3.Connection, lease: str, at: datetime) -> None:
    """Give the rest of a lease back, when its store told what it spent and all of it is here."""
    account = account_of(db.execute(_ACCOUNT, (lease,)).fetchone())
    if account.agrees and not account.settled:
        db.execute(_SETTLE, (at.isoformat(), lease))
