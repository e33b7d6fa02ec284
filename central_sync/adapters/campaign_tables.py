"""Campaigns in the centre's database: planned, started, paused, ended, and their budgets.

Whatever a person orders is an entry of the campaign's journal and of the audit log, in the same
write. What may follow what is core/media/life's to say; leasing is lease_tables'.
"""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from central_sync.core.media.accounts import Balance
from central_sync.core.media.life import BY_ITSELF, Event, MediaRefusedError, State, after
from central_sync.core.media.plan import MICROS, Plan, micros
from central_sync.core.media.records import Entry, Kept
from central_sync.core.media.telling import ROOM, room_taken
from central_sync.ports.identity import By
from endcap.plumbing import audit_log
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.media import MAX_CAMPAIGNS, SlotRule

MAX_LINE = 300
_LEASED = """
SELECT coalesce(sum(max(amount, spent)), 0) AS leased FROM media_leases
WHERE campaign = ? AND settled_at IS NULL
"""
_SPENT_BY_STORE = """
SELECT campaign, store, max(sum(own), max(floor)) AS spent FROM (
    SELECT campaign, store, spent AS own, 0 AS floor FROM media_leases WHERE settled_at IS NOT NULL
    UNION ALL
    SELECT campaign, store, price, 0 FROM media_plays
    WHERE flag <> '' AND flag NOT IN ('above-amount', 'after-closing') AND campaign IS NOT NULL
    UNION ALL
    SELECT campaign, store, 0, spent FROM media_floors
) WHERE {which} GROUP BY campaign, store
"""
SPENT_OF_CAMPAIGN = _SPENT_BY_STORE.format(which="campaign = ?")
SPENT_OF_STORE = _SPENT_BY_STORE.format(which="store = ?")
_MAKE = """
INSERT OR IGNORE INTO media_campaigns
    (campaign, plan, budget, first, last, state, since, made_by, made_at)
VALUES (:campaign, :plan, :budget, :first, :last, 'draft', :at, :by, :at)
"""
_ENTRY = """
INSERT INTO media_journal (campaign, entry, event, at, by, reason)
SELECT :campaign, coalesce(max(entry), 0) + 1, :event, :at, :by, :reason
FROM media_journal WHERE campaign = :campaign
"""
_NEWS = """
INSERT INTO media_orders (store) SELECT store FROM stores WHERE true
ON CONFLICT (store) DO UPDATE SET news = news + 1
"""
_OVER = "SELECT campaign FROM media_campaigns WHERE state <> 'ended' AND last <= ?"


class CampaignTables:
    """Keeps the promises of central_sync.ports.media.CampaignBook."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def make(self, plan: Plan, by: By) -> None:
        """Keep a campaign as a draft.

        Raises:
            MediaRefusedError: there is one of that name.
        """
        await self._file.write(lambda db: make_campaign(db, plan, by))

    async def order(self, campaign: str, event: Event, reason: str, by: By) -> State:
        """Do to a campaign what a person orders; return where it stands then.

        Raises:
            MediaRefusedError: it cannot be done, or there is no such campaign.
        """
        return await self._file.write(lambda db: order_campaign(db, campaign, event, reason, by))

    async def set_budget(self, campaign: str, budget: int, reason: str, by: By) -> None:
        """Give a campaign another budget, in micros.

        Raises:
            MediaRefusedError: more than that is spent or leased, it has ended, or is not there.
        """
        await self._file.write(lambda db: _set_budget(db, campaign, budget, reason, by))

    async def set_slots(self, rules: Sequence[SlotRule], by: By) -> None:
        """Put rules of places in the place of those there were."""
        await self._file.write(lambda db: _set_slots(db, rules, by))

    async def end_what_is_over(self, at: datetime) -> tuple[str, ...]:
        """End the campaigns whose last moment has passed; return their names."""

        def change(db: sqlite3.Connection) -> tuple[str, ...]:
            names = [row["campaign"] for row in db.execute(_OVER, (at.isoformat(),)).fetchall()]
            for name in names:
                order_campaign(db, name, Event.OVER, "its time is over", By(BY_ITSELF, at))
            return tuple(names)

        return await self._file.write(change)


def read_campaigns(db: sqlite3.Connection, name: str | None = None) -> tuple[Kept, ...]:
    """Return every campaign, newest first, or the one named; from any connection."""
    rows = db.execute(
        "SELECT * FROM media_campaigns WHERE ?1 IS NULL OR campaign = ?1"
        " ORDER BY made_at DESC, campaign",
        (name,),
    ).fetchall()
    return tuple(_kept(db, row) for row in rows)


def read_slots(db: sqlite3.Connection) -> tuple[SlotRule, ...]:
    """Return the rules of places, by name."""
    rows = db.execute("SELECT body FROM media_slots ORDER BY slot")
    return tuple(SlotRule.model_validate_json(row["body"]) for row in rows)


def plan_of(row: sqlite3.Row) -> Plan:
    """Return the plan in a row of `media_campaigns`, with the budget as it is now."""
    content = json.loads(row["plan"]) | {"budget": str(Decimal(row["budget"]) / MICROS)}
    return Plan.model_validate(content)


def balance_of(db: sqlite3.Connection, campaign: str, budget: int) -> Balance:
    """Return a campaign's balance, with all its leases and the plays that count on none."""
    leased = db.execute(_LEASED, (campaign,)).fetchone()["leased"]
    spent = sum(row["spent"] for row in db.execute(SPENT_OF_CAMPAIGN, (campaign,)))
    return Balance(budget, leased, spent)


def tell_all_stores(db: sqlite3.Connection) -> None:
    """Note that there is news for every store: whether it is news to each is seen when told."""
    db.execute(_NEWS)


def make_campaign(db: sqlite3.Connection, plan: Plan, by: By) -> None:
    """Do what CampaignTables.make does, inside a transaction of the caller's."""
    values = {
        "campaign": plan.campaign,
        "plan": plan.model_dump_json(),
        "budget": micros(plan.budget),
        "first": plan.first.isoformat(),
        "last": plan.last.isoformat(),
        "at": by.at.isoformat(),
        "by": by.who,
    }
    if not db.execute(_MAKE, values).rowcount:
        raise MediaRefusedError(f"there is a campaign {plan.campaign} already; take another name")
    _note(db, plan.campaign, ("make", ""), by, f"budget {plan.budget}, bid {plan.bid}")


def order_campaign(
    db: sqlite3.Connection, campaign: str, event: Event, reason: str, by: By
) -> State:
    """Do what CampaignTables.order does, inside a transaction of the caller's."""
    row = _row(db, campaign)
    state = after(State(row["state"]), event)
    if state is State.RUNNING:
        _check_start(db, plan_of(row), by.at)
    db.execute(
        "UPDATE media_campaigns SET state = ?, since = ? WHERE campaign = ?",
        (state.value, by.at.isoformat(), campaign),
    )
    _note(db, campaign, (event.value, reason), by, state.value)
    tell_all_stores(db)
    return state


def _check_start(db: sqlite3.Connection, plan: Plan, at: datetime) -> None:
    """Refuse to start what is over, or what no longer fits into an order to a store."""
    if plan.last <= at:
        raise MediaRefusedError(f"the campaign's time was over on {plan.last:%Y-%m-%d %H:%M} UTC")
    rows = db.execute("SELECT * FROM media_campaigns WHERE state = 'running'").fetchall()
    running = [plan.wire, *(plan_of(row).wire for row in rows)]
    if len(running) > MAX_CAMPAIGNS or room_taken(running) > ROOM:
        raise MediaRefusedError(
            f"{len(rows)} campaigns run, and stores have no room for one more; end some first"
        )


def _set_budget(db: sqlite3.Connection, campaign: str, budget: int, reason: str, by: By) -> None:
    row = _row(db, campaign)
    if State(row["state"]) is State.ENDED:
        raise MediaRefusedError("a campaign that is ended takes no budget")
    bound = balance_of(db, campaign, budget).bound
    if budget < bound:
        raise MediaRefusedError(
            f"{Decimal(bound) / MICROS} of it is spent or leased to stores; the budget cannot be"
            f" {Decimal(budget) / MICROS}"
        )
    db.execute("UPDATE media_campaigns SET budget = ? WHERE campaign = ?", (budget, campaign))
    change = f"{Decimal(row['budget']) / MICROS} to {Decimal(budget) / MICROS}"
    _note(db, campaign, ("budget", reason), by, change)


def _set_slots(db: sqlite3.Connection, rules: Sequence[SlotRule], by: By) -> None:
    db.execute("DELETE FROM media_slots")
    rows = [(one.slot, one.model_dump_json()) for one in rules]
    db.executemany("INSERT OR REPLACE INTO media_slots (slot, body) VALUES (?, ?)", rows)
    names = ", ".join(one.slot for one in rules)[:MAX_LINE]
    audit_log.note(db, audit_log.Act(by.who, "media places", after=names), by.at)
    tell_all_stores(db)


def _row(db: sqlite3.Connection, campaign: str) -> sqlite3.Row:
    found = db.execute("SELECT * FROM media_campaigns WHERE campaign = ?", (campaign,)).fetchone()
    if found is None:
        raise MediaRefusedError(f"there is no campaign {campaign}; see `campaign list`")
    row: sqlite3.Row = found
    return row


def _note(db: sqlite3.Connection, campaign: str, what: tuple[str, str], by: By, came: str) -> None:
    """Note what was done, with its reason and what came of it."""
    event, reason = what
    values = {"campaign": campaign, "event": event, "reason": reason}
    db.execute(_ENTRY, {**values, "at": by.at.isoformat(), "by": by.who})
    said = f"campaign {campaign}: {event}" + (f": {reason}" if reason else "")
    audit_log.note(db, audit_log.Act(by.who, said, after=came), by.at)


def _kept(db: sqlite3.Connection, row: sqlite3.Row) -> Kept:
    journal = db.execute(
        "SELECT * FROM media_journal WHERE campaign = ? ORDER BY entry", (row["campaign"],)
    )
    return Kept(
        plan=plan_of(row),
        state=State(row["state"]),
        since=datetime.fromisoformat(row["since"]),
        made_by=row["made_by"],
        made_at=datetime.fromisoformat(row["made_at"]),
        balance=balance_of(db, row["campaign"], row["budget"]),
        journal=tuple(
            Entry(one["event"], datetime.fromisoformat(one["at"]), one["by"], one["reason"])
            for one in journal
        ),
    )
