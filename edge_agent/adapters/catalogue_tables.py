"""The store's items and its counts of stock, in SQLite.

What can be searched and what is shown are the kiosk's; prices that the centre sends are in
feed_tables.
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from edge_agent.core.feed.shelf import Item, StockCount
from endcap.plumbing.sqlite_file import SqliteFile

_PUT_ITEM = """
INSERT INTO items (gtin, name, brand, department, category, size, price)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (gtin) DO UPDATE SET name = excluded.name, brand = excluded.brand,
    department = excluded.department, category = excluded.category, size = excluded.size,
    price = coalesce(excluded.price, price)
"""
_PUT_COUNT = """
INSERT INTO stock (gtin, on_hand, counted_at) VALUES (?, ?, ?)
ON CONFLICT (gtin) DO UPDATE SET on_hand = excluded.on_hand, counted_at = excluded.counted_at
WHERE excluded.counted_at >= counted_at
"""
_UNKNOWN = """
SELECT DISTINCT gtin FROM sale_lines WHERE gtin NOT IN (SELECT gtin FROM items) ORDER BY gtin
"""


def put_items(db: sqlite3.Connection, items: Iterable[Item]) -> None:
    """Keep `items`; one that is known gets its new words, and its new price if one is said."""
    db.executemany(
        _PUT_ITEM,
        [(i.gtin, i.name, i.brand, i.department, i.category, i.size, i.price) for i in items],
    )


def put_counts(db: sqlite3.Connection, counts: Iterable[StockCount]) -> None:
    """Keep the latest count of each item, in whatever order counts come."""
    rows = [(one.gtin, one.on_hand, one.counted_at.isoformat()) for one in counts]
    db.executemany(_PUT_COUNT, rows)


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
