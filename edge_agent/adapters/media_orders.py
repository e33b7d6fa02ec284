"""Keeps the centre's order of media as tables: campaigns, rules of places, leases.

Whether an order counts is the gate's to say.
"""

import sqlite3

from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.media import Lease
from endcap.wire.orders import MediaOrder

_STANDS = "SELECT 1 FROM media_order WHERE counter = ? AND issued = ?"
_STAND = """
INSERT INTO media_order (one, counter, issued) VALUES (1, ?, ?)
ON CONFLICT (one) DO UPDATE SET counter = excluded.counter, issued = excluded.issued
"""
_LEASE = """
INSERT INTO leases (lease, campaign, amount, first, until) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (lease) DO NOTHING
"""


class MediaOrderTables:
    """Keeps the promises of edge_agent.ports.media.MediaOrders."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def obey(self, order: MediaOrder) -> None:
        """Let an order stand: what it does not name is over, but leases go on."""
        await self._file.write(lambda db: obey(db, order))


def obey(db: sqlite3.Connection, order: MediaOrder) -> None:
    """Let an order stand, inside a transaction; the one that stands changes nothing."""
    named = (order.counter, order.issued.isoformat())
    if db.execute(_STANDS, named).fetchone() is not None:
        return
    db.execute("DELETE FROM campaigns")
    db.execute("DELETE FROM slot_rules")
    db.executemany(
        "INSERT OR REPLACE INTO campaigns (campaign, body) VALUES (?, ?)",
        [(one.campaign, one.model_dump_json()) for one in order.campaigns],
    )
    db.executemany(
        "INSERT OR REPLACE INTO slot_rules (slot, body) VALUES (?, ?)",
        [(one.slot, one.model_dump_json()) for one in order.slots],
    )
    db.executemany(_LEASE, [_row(one) for one in order.leases])
    db.execute(_STAND, named)


def _row(one: Lease) -> tuple[str, str, int, str, str]:
    span = (one.first.isoformat(), one.until.isoformat())
    return (one.lease, one.campaign, one.amount, *span)
