"""Reads what in-store media rests on, inside a transaction: time, plans, purses, lessons, scenes.

Decides nothing.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from edge_agent.adapters.shopper_reads import UNAVAILABLE
from edge_agent.adapters.store_life import get_meta
from edge_agent.core.media.eligibility import Kinds, Scene, folded
from edge_agent.core.media.purses import Purse
from edge_agent.core.media.relevance import Learned, Tally, learned
from edge_agent.ports.media import PlaceAsk
from endcap.plumbing.clock import is_plausible
from endcap.wire.media import Campaign, SlotRule

LESSONS = "media_lessons"
"""The note of when the tallies were added up last."""
SAMPLE = 500
"""How many of the last places are kept to solve over."""

_HOUR = timedelta(hours=1)
_LATEST = """
SELECT value AS at FROM meta WHERE name = 'time_floor'
UNION ALL SELECT issued FROM media_order
UNION ALL SELECT at FROM (SELECT at FROM plays WHERE price > 0 ORDER BY at DESC LIMIT 1)
"""
_GONE = f"""
SELECT gtin FROM ({UNAVAILABLE}) WHERE gtin IN (SELECT value FROM json_each(?))
"""  # noqa: S608 - no value of anyone's
_KINDS = """
SELECT gtin, category, department, diets FROM items
WHERE gtin IN (SELECT value FROM json_each(?)) AND age <= ?
"""
_SHOWN = "policy IN ('auction', 'deal', 'explore')"
_TO_SESSION = f"""
SELECT campaign, count(*) AS plays FROM plays WHERE session = ? AND {_SHOWN} GROUP BY campaign
"""  # noqa: S608 - no value of anyone's
_ON_SCREEN = f"""
SELECT campaign, count(*) AS plays FROM plays
WHERE at > ? AND slot = ? AND {_SHOWN} GROUP BY campaign
"""  # noqa: S608 - no value of anyone's
_ANY_AGE = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """The order that stands: `named` tells it from others."""

    named: tuple[int, str] | None
    campaigns: tuple[Campaign, ...]
    slots: Mapping[str, SlotRule]


def trusted(db: sqlite3.Connection, now: datetime) -> datetime | None:
    """Return a moment that is not earlier than now; None when the clock was never set.

    A clock that was set back is behind what was signed or paid for before.
    """
    if not is_plausible(now):
        return None
    known = (datetime.fromisoformat(row["at"]) for row in db.execute(_LATEST))
    return max((now, *known)).astimezone(UTC)


def read_plan(db: sqlite3.Connection, last: Plan | None) -> Plan:
    """Return the order that stands; `last` again when it is that."""
    row = db.execute("SELECT counter, issued FROM media_order").fetchone()
    named = (row["counter"], row["issued"]) if row else None
    if last is not None and last.named == named:
        return last
    campaigns = db.execute("SELECT body FROM campaigns ORDER BY campaign").fetchall()
    slots = db.execute("SELECT slot, body FROM slot_rules").fetchall()
    return Plan(
        named,
        tuple(Campaign.model_validate_json(one["body"]) for one in campaigns),
        {one["slot"]: SlotRule.model_validate_json(one["body"]) for one in slots},
    )


def read_purses(db: sqlite3.Connection) -> tuple[Purse, ...]:
    """Return the leases that the centre was not told of as over."""
    rows = db.execute("SELECT * FROM leases WHERE closed_at IS NULL").fetchall()
    return tuple(
        Purse(
            lease=row["lease"],
            campaign=row["campaign"],
            first=datetime.fromisoformat(row["first"]),
            until=datetime.fromisoformat(row["until"]),
            amount=row["amount"],
            spent=row["spent"],
        )
        for row in rows
    )


def read_lessons(
    db: sqlite3.Connection, last: tuple[str | None, Learned] | None
) -> tuple[str | None, Learned]:
    """Return what plays taught, with its name; `last` again when nothing was learned since."""
    named = get_meta(db, LESSONS)
    if last is not None and last[0] == named:
        return last
    rows = db.execute("SELECT campaign, context, plays, hits FROM media_tallies").fetchall()
    return named, learned(Tally(*row) for row in rows)


def read_scene(
    db: sqlite3.Connection, ask: PlaceAsk, plan: Plan, at: datetime, zone: tzinfo
) -> Scene:
    """Return what is known of a page when its places are given away."""
    advertised = {gtin for one in plan.campaigns for gtin in one.gtins}
    offered = json.dumps(sorted(advertised.union(ask.house)))
    inside = _kinds(db, ask.basket, _ANY_AGE).values()
    session = () if ask.session is None else db.execute(_TO_SESSION, (ask.session,)).fetchall()
    since = (at - _HOUR).isoformat()
    screen = db.execute(_ON_SCREEN, (since, ask.slot)).fetchall()
    return Scene(
        at=at,
        hour=at.astimezone(zone).hour,
        slot=plan.slots.get(ask.slot, SlotRule(slot=ask.slot)),
        about=folded(ask.about).union(*inside),
        basket=frozenset(ask.basket),
        gone=frozenset(row["gtin"] for row in db.execute(_GONE, (offered,))),
        kinds=_kinds(db, advertised.difference(ask.dismissed), 0, ask.diets),
        to_session={row["campaign"]: row["plays"] for row in session},
        on_screen={row["campaign"]: row["plays"] for row in screen},
        scores=ask.scores,
    )


def _kinds(
    db: sqlite3.Connection, gtins: Iterable[str], age: int, diets: Iterable[str] = ()
) -> dict[str, Kinds]:
    """Return what items of the catalogue are, by GTIN.

    None that only people older than `age` may buy, or that is not known to suit a diet.
    """
    rows = db.execute(_KINDS, (json.dumps(sorted(gtins)), age)).fetchall()
    return {
        row["gtin"]: folded({row["category"], row["department"]} - {""})
        for row in rows
        if set(diets) <= set(row["diets"].split())
    }
