"""Orders of settings and errands in the centre's database: what was ordered, signed and told.

Every order that a person gives is an entry of the audit log, in the same write. Which word is
signed when is core/remote_orders' to decide.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from central_sync.core.assignments import next_counter
from central_sync.core.remote_orders import Answer, WantedSettings
from central_sync.ports.remote import SignedSettings, WantedErrand
from endcap.plumbing import audit_log
from endcap.plumbing.masking import masked
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.commands import StoreState
from endcap.wire.orders import Errand

_SETTINGS = """
SELECT o.*, s.state FROM config_orders o LEFT JOIN stores s ON s.store = o.store
WHERE :everything OR o.told_at IS NULL OR o.expires IS NULL OR o.expires < :soon ORDER BY o.store
"""
_ORDER_SETTINGS = """
INSERT INTO config_orders (store, counter, settings, ordered_by, ordered_at, reason)
VALUES (:store, :counter, :settings, :by, :at, :reason)
ON CONFLICT (store) DO UPDATE SET counter = excluded.counter, settings = excluded.settings,
ordered_by = excluded.ordered_by, ordered_at = excluded.ordered_at, reason = excluded.reason,
expires = NULL, envelope = NULL, told_at = NULL
"""
_KEEP_SETTINGS = """
UPDATE config_orders SET counter = :counter, expires = :expires, envelope = :envelope,
told_at = NULL WHERE store = :store AND counter = :before
"""
_ORDER_ERRAND = """
INSERT INTO errand_orders (store, counter, errand, reason, issued, expires, ordered_by)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_ERRANDS = """
SELECT e.*, min(e.counter) FROM errand_orders e LEFT JOIN stores s ON s.store = e.store
WHERE e.expires > :at AND e.counter > coalesce(json_extract(s.state, '$.errand'), 0)
GROUP BY e.store HAVING e.told_at IS NULL OR e.told_at < :before ORDER BY e.store
"""


@dataclass(frozen=True, slots=True)
class Who:
    """Who gives an order, why, and when."""

    name: str
    reason: str
    at: datetime


class RemoteTables:
    """Keeps the promises of central_sync.ports.remote.RemoteOrderBook."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def order_settings(
        self, stores: Sequence[str], settings: Mapping[str, object], who: Who
    ) -> int:
        """Order `settings` for `stores`; return for how many that is news."""
        return await self._file.write(
            lambda db: sum(_order_settings(db, store, settings, who) for store in stores)
        )

    async def order_errand(self, store: str, errand: str, good: timedelta, who: Who) -> int:
        """Order an errand that is good for a while; return its counter."""

        def change(db: sqlite3.Connection) -> int:
            row = db.execute(
                "SELECT max(counter) FROM errand_orders WHERE store = ?", (store,)
            ).fetchone()
            counter = next_counter(row[0] or 0, who.at)
            moments = (who.at.isoformat(), (who.at + good).isoformat())
            db.execute(_ORDER_ERRAND, (store, counter, errand, who.reason, *moments, who.name))
            what = f"{store}: errand {counter}: {errand}"
            audit_log.note(db, audit_log.Act(who.name, what, after=who.reason), who.at)
            return counter

        return await self._file.write(change)

    async def settings_to_say(
        self, at: datetime, margin: timedelta, *, everything: bool
    ) -> tuple[WantedSettings, ...]:
        """Return the settings that are to be told now."""
        values = {"everything": everything, "soon": (at + margin).isoformat()}
        rows = await self._file.read(lambda db: db.execute(_SETTINGS, values).fetchall())
        found = (wanted(row) for row in rows)
        return tuple(one for one in found if one.answer is not Answer.REFUSED)

    async def keep_settings(self, signed: Sequence[SignedSettings]) -> tuple[SignedSettings, ...]:
        """Keep signed words, unless other settings were ordered since; return those kept."""

        def change(db: sqlite3.Connection) -> tuple[SignedSettings, ...]:
            return tuple(one for one in signed if db.execute(_KEEP_SETTINGS, _kept(one)).rowcount)

        return await self._file.write(change)

    async def told_settings(self, told: Sequence[tuple[str, int]], at: datetime) -> None:
        """Note that the broker has words."""
        query = "UPDATE config_orders SET told_at = ? WHERE store = ? AND counter = ?"
        await self._many(query, [(at.isoformat(), *one) for one in told])

    async def errands_to_say(self, at: datetime, pause: timedelta) -> tuple[WantedErrand, ...]:
        """Return the errands that are to be told now."""
        values = {"at": at.isoformat(), "before": (at - pause).isoformat()}
        rows = await self._file.read(lambda db: db.execute(_ERRANDS, values).fetchall())
        return tuple(_wanted_errand(row) for row in rows)

    async def keep_errands(self, signed: Sequence[WantedErrand]) -> None:
        """Keep the signed words of errands."""
        query = "UPDATE errand_orders SET envelope = ? WHERE store = ? AND counter = ?"
        await self._many(
            query, [(one.envelope, one.order.store, one.order.counter) for one in signed]
        )

    async def told_errands(self, told: Sequence[tuple[str, int]], at: datetime) -> None:
        """Note that the broker had words."""
        query = "UPDATE errand_orders SET told_at = ? WHERE store = ? AND counter = ?"
        await self._many(query, [(at.isoformat(), *one) for one in told])

    async def _many(self, query: str, rows: Sequence[tuple[object, ...]]) -> None:
        if rows:
            await self._file.write(lambda db: db.executemany(query, rows).close())


def _kept(one: SignedSettings) -> dict[str, object]:
    """Return what is written of a signed word."""
    return {
        "store": one.order.store,
        "before": one.before,
        "counter": one.order.counter,
        "expires": one.order.expires.isoformat(),
        "envelope": one.envelope,
    }


def _order_settings(
    db: sqlite3.Connection, store: str, settings: Mapping[str, object], who: Who
) -> bool:
    """Order settings for one store, unless they are ordered already; tell whether that is news."""
    row = db.execute("SELECT * FROM config_orders WHERE store = ?", (store,)).fetchone()
    text = json.dumps(settings, sort_keys=True)
    if (row["settings"] if row else "{}") == text:
        return False
    counter = next_counter(row["counter"] if row else 0, who.at)
    values = {"store": store, "counter": counter, "settings": text}
    values |= {"by": who.name, "at": who.at.isoformat(), "reason": who.reason}
    db.execute(_ORDER_SETTINGS, values)
    before = masked(row["settings"]) if row else ""
    what = f"{store}: settings {counter}" + (f": {who.reason}" if who.reason else "")
    audit_log.note(db, audit_log.Act(who.name, what, before, masked(text)), who.at)
    return True


def wanted(row: sqlite3.Row) -> WantedSettings:
    """Return a row of `config_orders` with the state of its store."""
    return WantedSettings(
        store=row["store"],
        counter=row["counter"],
        settings=json.loads(row["settings"]),
        expires=datetime.fromisoformat(row["expires"]) if row["expires"] else None,
        envelope=row["envelope"],
        state=_state(row["state"]),
    )


def read_settings(db: sqlite3.Connection) -> tuple[WantedSettings, ...]:
    """Return what every store was ordered, from any connection to the centre's database."""
    rows = db.execute(_SETTINGS, {"everything": True, "soon": ""}).fetchall()
    return tuple(wanted(row) for row in rows)


def _state(text: str | None) -> StoreState | None:
    """Return a state that was kept; None when there is none, or an older program wrote it."""
    try:
        return StoreState.model_validate_json(text) if text else None
    except ValidationError:
        return None


def _wanted_errand(row: sqlite3.Row) -> WantedErrand:
    order = Errand(
        store=row["store"],
        counter=row["counter"],
        issued=datetime.fromisoformat(row["issued"]),
        expires=datetime.fromisoformat(row["expires"]),
        errand=row["errand"],
        reason=row["reason"],
    )
    told = datetime.fromisoformat(row["told_at"]) if row["told_at"] else None
    return WantedErrand(order, row["envelope"], told)
