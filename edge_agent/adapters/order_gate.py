"""Lets signed orders in: opened with keys that count, judged, and kept as one write.

Which order is obeyed is core/orders' to decide; what follows from it is for whoever asked.
"""

import sqlite3
from datetime import datetime
from typing import TypeVar

from edge_agent.core.orders import News, Taken, judge
from edge_agent.ports.orders import (
    ControlKeyring,
    OrderRefusedError,
    OrderUntrustedError,
    TrustBook,
)
from endcap.plumbing.clock import Clock
from endcap.plumbing.signed_orders import UntrustedError, opened
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.errors import WireError
from endcap.wire.orders import (
    Assignment,
    ConfigOrder,
    ControlKeys,
    Errand,
    ExperimentOrder,
    MediaOrder,
    Order,
)
from endcap.wire.topics import Channel

T = TypeVar("T", Assignment, ConfigOrder, Errand, MediaOrder, ExperimentOrder)

_KEEP = """
INSERT INTO orders (channel, counter, body, keys, taken_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (channel) DO UPDATE SET counter = excluded.counter, body = excluded.body,
keys = excluded.keys, taken_at = excluded.taken_at
"""


class SignedOrderGate:
    """Keeps the promises of edge_agent.ports.orders.OrderGate with the table `orders`."""

    def __init__(
        self, store: str, keyring: ControlKeyring, book: TrustBook, file: SqliteFile, clock: Clock
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._book = book
        self._file = file
        self._clock = clock

    async def accept(self, channel: Channel, payload: bytes, kind: type[T]) -> T | None:
        """Return the order in `payload` when it is news, None when it was taken before.

        Raises:
            OrderUntrustedError: it is not signed by keys that count; they were looked for anew.
            OrderRefusedError: it is unreadable, another store's, older than the last, or over.
        """
        try:
            order, keys = await self._opened(payload, kind)
        except UntrustedError as error:
            raise OrderUntrustedError(str(error)) from error
        except WireError as error:
            raise OrderRefusedError(str(error)) from error
        at = max(self._clock.now(), await self._book.floor())
        verdict = await self._file.write(lambda db: self._take(db, channel, order, keys, at))
        if isinstance(verdict, str):
            raise OrderRefusedError(verdict)
        return order if verdict is News.NEW else None

    async def taken(self, channel: Channel, kind: type[T]) -> T | None:
        """Return the order that was let in last on `channel`."""
        last = await self._file.read(lambda db: _last(db, channel))
        return kind.model_validate_json(last.text) if last else None

    async def _opened(self, payload: bytes, kind: type[T]) -> tuple[T, ControlKeys]:
        """Return the order and the keys that opened it; look for newer keys when these do not."""
        known = await self._keyring.known()
        if known is not None:
            try:
                return opened(payload, kind, known), known
            except UntrustedError:
                pass
        newer = await self._keyring.newer()
        if newer is None:
            raise UntrustedError("the keys whose orders count here are not known yet")
        return opened(payload, kind, newer), newer

    def _take(
        self,
        db: sqlite3.Connection,
        channel: Channel,
        order: Order,
        keys: ControlKeys,
        at: datetime,
    ) -> News | str:
        """Judge an order by the last one, and keep it when it is news."""
        ids = frozenset(keys.keys)
        verdict = judge(order, self._store, _last(db, channel), ids, at)
        if verdict is News.NEW:
            text, names = order.model_dump_json(), " ".join(sorted(ids))
            db.execute(_KEEP, (channel.value, order.counter, text, names, at.isoformat()))
        return verdict


def _last(db: sqlite3.Connection, channel: Channel) -> Taken | None:
    row = db.execute("SELECT * FROM orders WHERE channel = ?", (channel.value,)).fetchone()
    return Taken(row["counter"], row["body"], frozenset(row["keys"].split())) if row else None
