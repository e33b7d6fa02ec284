"""The journal of errands in the store's database, and the audit log's entry for each.

Which stand follows which is core/errands' to decide.
"""

import sqlite3
from datetime import datetime
from typing import cast

from edge_agent.core.errands import Errand, Kind, State
from edge_agent.ports.remote import OpenErrand
from endcap.plumbing import audit_log
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire import orders

_TAKE = """
INSERT OR IGNORE INTO errands (counter, issued, errand, reason, expires, state, tries, note, at)
VALUES (?, ?, ?, ?, ?, 'waiting', 0, '', ?)
"""
_OPEN = "SELECT * FROM errands WHERE state NOT IN ('done', 'failed') ORDER BY number"
_ADVANCE = "UPDATE errands SET state = ?, tries = ?, note = ?, at = ? WHERE number = ?"
_LONGEST = 300


class ErrandTables:
    """Keeps the promises of edge_agent.ports.remote.ErrandBook."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def take(self, order: orders.Errand, at: datetime) -> bool:
        """Add an errand unless it is there; return whether it was new."""

        def change(db: sqlite3.Connection) -> bool:
            row = (order.counter, order.issued.isoformat(), order.errand, order.reason)
            taken = db.execute(_TAKE, (*row, order.expires.isoformat(), at.isoformat()))
            if taken.rowcount:
                what = f"errand {order.counter}: {order.errand}"
                audit_log.note(db, audit_log.Act("the centre", what, after=order.reason), at)
            return taken.rowcount > 0

        return await self._file.write(change)

    async def open(self) -> tuple[OpenErrand, ...]:
        """Return the errands that are not over."""
        rows = await self._file.read(lambda db: db.execute(_OPEN).fetchall())
        return tuple(
            OpenErrand(_errand(row), row["counter"], datetime.fromisoformat(row["expires"]))
            for row in rows
        )

    async def advance(self, errand: Errand, at: datetime) -> None:
        """Keep where an errand stands; its end is noted in the audit log."""
        note = errand.note[:_LONGEST]
        row = (errand.state.value, errand.tries, note, at.isoformat(), errand.number)

        def change(db: sqlite3.Connection) -> None:
            db.execute(_ADVANCE, row)
            if errand.is_over:
                what = f"errand of {errand.kind}: {errand.state.value}"
                audit_log.note(db, audit_log.Act("the store", what, after=note), at)

        await self._file.write(change)


def _errand(row: sqlite3.Row) -> Errand:
    return Errand(
        number=row["number"],
        kind=cast("Kind", row["errand"]),
        state=State(row["state"]),
        tries=row["tries"],
        note=row["note"],
    )
