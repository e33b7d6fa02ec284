"""What was verified before, in the store's database: the floor of time, keys, how fresh it is.

Written only with what was verified; what follows from it is core/trust's and core/orders'.
"""

from datetime import datetime
from sqlite3 import Connection

from pydantic import TypeAdapter

from edge_agent.adapters.store_life import get_meta, set_meta
from edge_agent.core.trust import NO_FLOOR, Freshness
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.orders import Assignment, ControlKeys
from endcap.wire.topics import Channel

_FLOOR, _KEYS, _FRESHNESS = "time_floor", "control_keys", "metadata_freshness"
_fresh = TypeAdapter(Freshness)


class TrustTables:
    """Keeps the promises of edge_agent.ports.orders.TrustBook, as notes in `meta`."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def floor(self) -> datetime:
        """Return a moment that has surely passed."""
        return await self._file.read(_floor)

    async def raise_floor(self, moment: datetime) -> None:
        """Keep that `moment` has surely passed."""

        def change(db: Connection) -> None:
            if moment > _floor(db):
                set_meta(db, _FLOOR, moment.isoformat())

        if moment > await self.floor():
            await self._file.write(change)

    async def keys(self) -> ControlKeys | None:
        """Return the keys whose orders count, as verified last."""
        text = await self._file.read(lambda db: get_meta(db, _KEYS))
        return ControlKeys.model_validate_json(text) if text else None

    async def keep_keys(self, keys: ControlKeys) -> None:
        """Keep the keys whose orders count from now on."""
        text = keys.model_dump_json()
        await self._file.write(lambda db: set_meta(db, _KEYS, text))

    async def freshness(self) -> Freshness | None:
        """Return how fresh the newest verified metadata is."""
        return await self._file.read(read_freshness)

    async def keep_freshness(self, freshness: Freshness) -> None:
        """Keep how fresh the newest verified metadata is."""
        text = _fresh.dump_json(freshness).decode()
        await self._file.write(lambda db: set_meta(db, _FRESHNESS, text))


def read_freshness(db: Connection) -> Freshness | None:
    """Return how fresh the newest verified metadata is; None before any was."""
    text = get_meta(db, _FRESHNESS)
    return _fresh.validate_json(text) if text else None


def read_wish(db: Connection) -> Assignment | None:
    """Return the assignment that was let in last; its rows need names."""
    row = db.execute(
        "SELECT body FROM orders WHERE channel = ?", (Channel.DESIRED.value,)
    ).fetchone()
    return Assignment.model_validate_json(row["body"]) if row else None


def _floor(db: Connection) -> datetime:
    text = get_meta(db, _FLOOR)
    return datetime.fromisoformat(text) if text else NO_FLOOR
