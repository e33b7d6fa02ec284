"""A store with campaigns and leases, asked for places, to test with."""

import random
import secrets
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from edge_agent.adapters.media_desk import Chance, MediaDeskTables
from edge_agent.adapters.media_orders import MediaOrderTables, obey
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.media import Campaign, Lease, SlotRule
from endcap.wire.orders import MediaOrder
from tests.edge_agent.core.media.campaigns import DAY, MILK, NOON, OATS, RICE, campaign

STORE = "s-0001"
SLOT = "kiosk.home"
ITEMS = ((OATS, "cereals", 0), (MILK, "dairy", 0), (RICE, "wine", 18))


def lease(name: str = "oats-1", amount: int = 10_000_000, until: datetime = NOON + DAY) -> Lease:
    return Lease(
        lease=name, campaign=name.split("-", 1)[0], amount=amount, first=NOON - DAY, until=until
    )


def order(
    counter: int = 1,
    campaigns: Sequence[Campaign] = (campaign(),),
    leases: Sequence[Lease] = (lease(),),
    *,
    floor: int = 100_000,
) -> MediaOrder:
    return MediaOrder(
        store=STORE,
        counter=counter,
        issued=NOON - timedelta(hours=1),
        expires=NOON + 30 * DAY,
        campaigns=tuple(campaigns),
        leases=tuple(leases),
        slots=(SlotRule(slot=SLOT, floor=floor),),
    )


def desk(file: SqliteFile, *, explore: float = 0.0, seed: int = 1) -> MediaDeskTables:
    rng = random.Random(seed)
    return MediaDeskTables(file, UTC, Chance(explore, rng.random, secrets.token_bytes))


def put(db: sqlite3.Connection, campaigns: Sequence[Campaign], leases: Sequence[Lease]) -> None:
    """Let campaigns and leases stand, inside a transaction."""
    obey(db, order(1, campaigns, leases))


async def stocked(file: SqliteFile, *orders: MediaOrder) -> None:
    """Put items on the shelves, and obey orders."""
    await file.write(
        lambda db: db.executemany(
            "INSERT INTO items (gtin, name, category, age) VALUES (?, ?, ?, ?)",
            [(gtin, f"item {gtin}", category, age) for gtin, category, age in ITEMS],
        )
    )
    for one in orders or (order(),):
        await MediaOrderTables(file).obey(one)
