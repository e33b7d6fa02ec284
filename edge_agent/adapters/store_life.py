"""The store's own identity and its starts, in SQLite, and which of its parts fail.

The epoch is made with the database and stands for one life of it; the key that turns loyalty cards
into pseudonyms is made with it too and never leaves it.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from edge_agent.adapters import outbox_rows
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.events import HealthChanged, StoreStarted

EPOCH_BYTES = 8
KEY_BYTES = 32

_SET = "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)"
_FAILS = """
INSERT INTO health (part, code, detail, since) VALUES (?, ?, ?, ?)
ON CONFLICT (part) DO UPDATE SET code = excluded.code, detail = excluded.detail
WHERE excluded.code <> code
"""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this store's database is, and for the how-manieth time the agent runs on it."""

    epoch: str
    starts: int
    shopper_key: bytes = field(repr=False)


def get_meta(db: sqlite3.Connection, name: str) -> str | None:
    """Return a note the store keeps of itself."""
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row["value"])


def set_meta(db: sqlite3.Connection, name: str, value: str) -> None:
    """Keep a note the store makes of itself."""
    db.execute(_SET, (name, value))


async def begin_life(
    file: SqliteFile, agent: str, device: str, at: datetime, token: Callable[[int], bytes]
) -> Identity:
    """Note a start of the agent, with its event, and return who the store is.

    A part that failed when the last run ended is taken as well until it fails again: whatever it
    was has started anew.

    Args:
        file: the store's database.
        agent: the program's version.
        device: what it runs on.
        at: now.
        token: gives so many random bytes, such as secrets.token_bytes.
    """
    return await file.write(lambda db: _begin(db, agent, device, at, token))


def _begin(
    db: sqlite3.Connection, agent: str, device: str, at: datetime, token: Callable[[int], bytes]
) -> Identity:
    for name, size in (("epoch", EPOCH_BYTES), ("shopper_key", KEY_BYTES)):
        if get_meta(db, name) is None:
            set_meta(db, name, token(size).hex())
    starts = int(get_meta(db, "starts") or 0) + 1
    set_meta(db, "starts", str(starts))
    outbox_rows.append(db, [StoreStarted(agent=agent, device=device, starts=starts)], at)
    for row in db.execute("SELECT part FROM health ORDER BY part").fetchall():
        _record(db, HealthChanged(part=row["part"], ok=True, code="started-anew"), at)
    return Identity(
        epoch=get_meta(db, "epoch") or "",
        starts=starts,
        shopper_key=bytes.fromhex(get_meta(db, "shopper_key") or ""),
    )


class HealthTable:
    """Keeps the promises of edge_agent.ports.sync.HealthBook."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def record(self, change: HealthChanged, at: datetime) -> None:
        """Keep that a part fails or recovered, with its event, if that is new."""
        await self._file.write(lambda db: _record(db, change, at))

    async def failing(self) -> tuple[str, ...]:
        """Return the parts that fail now, by name."""
        rows = await self._file.read(
            lambda db: db.execute("SELECT part FROM health ORDER BY part").fetchall()
        )
        return tuple(row["part"] for row in rows)


def _record(db: sqlite3.Connection, change: HealthChanged, at: datetime) -> None:
    if change.ok:
        done = db.execute("DELETE FROM health WHERE part = ?", (change.part,))
    else:
        done = db.execute(_FAILS, (change.part, change.code, change.detail, at.isoformat()))
    if done.rowcount > 0:
        outbox_rows.append(db, [change], at)
