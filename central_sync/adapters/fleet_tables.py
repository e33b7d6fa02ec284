"""The stores, their states, and the balance of each of their epochs, from the centre's database.

Reads rows and makes values of them; whether a store is late is core/fleet's to judge.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from pydantic import ValidationError

from central_sync.adapters import report_rows
from central_sync.core.fleet import StoreRecord, known_upto
from central_sync.core.ledger import Totals, totals
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.commands import StoreState
from endcap.wire.seqset import SeqSet

_NOTE = """
INSERT INTO stores (store, first_seen, last_seen, epoch, state, state_at)
VALUES (:store, :heard_at, :heard_at, :epoch, :state, :at)
ON CONFLICT (store) DO UPDATE SET
    last_seen = max(last_seen, excluded.last_seen), epoch = excluded.epoch,
    state = excluded.state, state_at = excluded.state_at
"""
_STORES = """
SELECT *, (
    SELECT count(*) FROM gaps WHERE gaps.store = stores.store AND closed IS NULL
) AS open_gaps, (
    SELECT count(*) FROM facing_sights f WHERE f.store = stores.store AND f.reason <> ''
) AS unknown FROM stores WHERE :store IS NULL OR store = :store ORDER BY store
"""
_EPOCHS = """
SELECT epoch FROM committed WHERE store = ?1 UNION SELECT epoch FROM losses WHERE store = ?1
"""
_DEAD = "SELECT seq FROM dead_letters WHERE store = ? AND epoch = ? AND replayed_at IS NULL"


class FleetTables:
    """The table `stores`, and what the other tables say of each store."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def note(self, state: StoreState, at: datetime, *, heard_at: datetime) -> None:
        """Keep `state` as the store's last."""
        values = {
            "store": state.store,
            "heard_at": heard_at.isoformat(),
            "epoch": state.epoch,
            "state": state.model_dump_json(),
            "at": at.isoformat(),
        }

        def change(db: sqlite3.Connection) -> None:
            db.execute(_NOTE, values)
            report_rows.note(db, state)

        await self._file.write(change)

    async def stores(self) -> tuple[StoreRecord, ...]:
        """Return every store that was ever heard, by name."""
        return await self._file.read(read_stores)

    async def store(self, name: str) -> StoreRecord | None:
        """Return one store; None when it was never heard."""
        found = await self._file.read(lambda db: read_stores(db, name))
        return found[0] if found else None


def read_stores(db: sqlite3.Connection, store: str | None = None) -> tuple[StoreRecord, ...]:
    """Return every store, or the one given, from any connection to the centre's database."""
    return tuple(_record(db, row) for row in db.execute(_STORES, {"store": store}).fetchall())


def _record(db: sqlite3.Connection, row: sqlite3.Row) -> StoreRecord:
    """Return a row of `stores` as a value, with the balance of each of its epochs."""
    state = _state(row["state"])
    epochs = db.execute(_EPOCHS, (row["store"],)).fetchall()
    return StoreRecord(
        store=row["store"],
        first_seen=datetime.fromisoformat(row["first_seen"]),
        last_seen=datetime.fromisoformat(row["last_seen"]),
        epoch=row["epoch"],
        state=state,
        state_at=datetime.fromisoformat(row["state_at"]) if row["state_at"] else None,
        open_gaps=row["open_gaps"],
        unknown=row["unknown"],
        lines={one[0]: _totals(db, (row["store"], one[0]), state) for one in epochs},
    )


def _state(text: str | None) -> StoreState | None:
    """Return a state that was kept; None when there is none, or an older program wrote it."""
    try:
        return StoreState.model_validate_json(text) if text else None
    except ValidationError:
        return None


def _totals(db: sqlite3.Connection, place: tuple[str, str], state: StoreState | None) -> Totals:
    """Return the balance of one epoch of a store."""
    committed = _ranges(
        db.execute("SELECT first, last FROM committed WHERE store = ? AND epoch = ?", place)
    )
    lost = _ranges(
        db.execute("SELECT first, last FROM losses WHERE store = ? AND epoch = ?", place)
    )
    dead = SeqSet.of(row[0] for row in db.execute(_DEAD, place) if row[0] is not None)
    upto = known_upto(max(committed.highest, lost.highest), place[1], state)
    return totals(committed.minus(dead), dead, lost, upto)


def _ranges(rows: sqlite3.Cursor | Sequence[sqlite3.Row]) -> SeqSet:
    """Return rows of first and last as a set."""
    return SeqSet.from_ranges((row[0], row[1]) for row in rows)
