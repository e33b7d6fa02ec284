"""The store's items and its counts of stock, in SQLite.

The centre is told what items are called when that changed. What can be searched and what is shown
are the kiosk's; prices that the centre sends are in feed_tables.
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from edge_agent.adapters import outbox_rows
from edge_agent.adapters.store_life import get_meta, set_meta
from edge_agent.core.feed.described import described, described_again
from edge_agent.core.feed.shelf import Item, StockCount
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.events import ItemFacts

_PUT_ITEM = """
INSERT INTO items (gtin, name, brand, department, category, size, price, diets, age)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (gtin) DO UPDATE SET name = excluded.name, brand = excluded.brand,
    department = excluded.department, category = excluded.category, size = excluded.size,
    price = coalesce(excluded.price, price),
    diets = excluded.diets, age = excluded.age
"""
_PUT_COUNT = """
INSERT INTO stock (gtin, on_hand, counted_at) VALUES (?, ?, ?)
ON CONFLICT (gtin) DO UPDATE SET on_hand = excluded.on_hand, counted_at = excluded.counted_at
WHERE excluded.counted_at >= counted_at
"""
_NOTE_COUNT = "INSERT OR REPLACE INTO stock_counts (gtin, counted_at, on_hand) VALUES (?, ?, ?)"
_CAME_SINCE = "SELECT total(units) FROM deliveries WHERE gtin = ? AND received_at > ?"
_TOLD = "items_told"
_UNKNOWN = """
SELECT DISTINCT gtin FROM sale_lines WHERE gtin NOT IN (SELECT gtin FROM items) ORDER BY gtin
"""


def put_items(db: sqlite3.Connection, items: Iterable[Item]) -> None:
    """Keep `items`; one that is known gets its new words, and its new price if one is said."""
    db.executemany(
        _PUT_ITEM,
        [
            (*(i.gtin, i.name, i.brand, i.department, i.category), i.size, i.price, i.diets, i.age)
            for i in items
        ],
    )


def put_counts(db: sqlite3.Connection, counts: Iterable[StockCount]) -> None:
    """Keep the latest count of each item, in whatever order counts come.

    What was delivered after a count is on hand besides it. Earlier counts are kept apart: they say
    when an item was missing.
    """
    for one in counts:
        counted_at = one.counted_at.isoformat()
        db.execute(_NOTE_COUNT, (one.gtin, counted_at, one.on_hand))
        came = db.execute(_CAME_SINCE, (one.gtin, counted_at)).fetchone()[0]
        db.execute(_PUT_COUNT, (one.gtin, one.on_hand + came, counted_at))


def tell_items(db: sqlite3.Connection, at: datetime) -> None:
    """Tell the centre what the store's items are called, if that is not what it was told last."""
    facts = tuple(
        ItemFacts(**dict(row))
        for row in db.execute("SELECT gtin, name, department, category FROM items ORDER BY gtin")
    )
    told = described_again(get_meta(db, _TOLD), facts)
    if told is not None:
        outbox_rows.append(db, described(facts, told.revision), at)
        set_meta(db, _TOLD, str(told))


class CatalogueTables:
    """What the store sells, and what it was found to have."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def put(self, items: Iterable[Item]) -> None:
        """Keep `items`, durably."""
        kept = tuple(items)
        await self._file.write(lambda db: put_items(db, kept))

    async def items(self) -> tuple[Item, ...]:
        """Return every item, by GTIN."""
        rows = await self._file.read(
            lambda db: db.execute("SELECT * FROM items ORDER BY gtin").fetchall()
        )
        return tuple(Item(**dict(row)) for row in rows)

    async def unknown(self) -> tuple[str, ...]:
        """Return the items that were sold and are in no catalogue, by GTIN."""
        rows = await self._file.read(lambda db: db.execute(_UNKNOWN).fetchall())
        return tuple(row["gtin"] for row in rows)

    async def counts(self) -> dict[str, StockCount]:
        """Return the latest count of each item that was ever counted."""
        rows = await self._file.read(lambda db: db.execute("SELECT * FROM stock").fetchall())
        return {
            row["gtin"]: StockCount(
                row["gtin"], row["on_hand"], datetime.fromisoformat(row["counted_at"])
            )
            for row in rows
        }
