"""How items are bought in, what is due or has come, and what goes off when, in SQLite.

A delivery that was received adds to the stock on hand, once: told again it adds nothing, corrected
it adds the difference, and one from before the last count adds nothing, for it was counted. What is
on hand of an item that sold before anyone counted it is not known, and no delivery makes it so.
"""

import sqlite3
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from edge_agent.core.feed.goods import Batch, DeliveryLine, Supply, added_to_stock

_SUPPLY = """
INSERT OR REPLACE INTO supply (gtin, case_pack, lead_days, shelf_life_days, unit_cost,
    minimum_units, delivery_days, order_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_DELIVERY = """
INSERT OR REPLACE INTO deliveries (delivery, gtin, due, units, received_at, expires)
VALUES (?, ?, ?, ?, ?, ?)
"""
_BATCH = """
INSERT INTO batches (gtin, expires, units, counted_at) VALUES (?, ?, ?, ?)
ON CONFLICT (gtin, expires) DO UPDATE SET units = excluded.units, counted_at = excluded.counted_at
WHERE excluded.counted_at >= counted_at
"""
_FIRST_STOCK = "INSERT INTO stock (gtin, on_hand, counted_at) VALUES (?, 0, ?)"
_SOLD_BEFORE = "SELECT 1 FROM day_sales WHERE gtin = ? AND day <= ? AND units > 0 LIMIT 1"
_BEFORE = timedelta(microseconds=1)


def put_supply(db: sqlite3.Connection, rows: Iterable[Supply]) -> None:
    """Keep how items are bought in; one that is not listed any more is forgotten."""
    for one in rows:
        if not one.listed:
            db.execute("DELETE FROM supply WHERE gtin = ?", (one.gtin,))
            continue
        terms = (one.case_pack, one.lead_days, one.shelf_life_days, one.unit_cost)
        rest = (one.minimum_units, one.delivery_days, one.order_by)
        db.execute(_SUPPLY, (one.gtin, *terms, *rest))


def put_deliveries(db: sqlite3.Connection, rows: Iterable[DeliveryLine]) -> None:
    """Keep lines of deliveries, and add to the stock what has come."""
    for one in rows:
        before = _known(db, one)
        _add(db, one, before)
        if one.void:
            place = (one.delivery, one.gtin)
            db.execute("DELETE FROM deliveries WHERE delivery = ? AND gtin = ?", place)
            continue
        received = one.received_at.isoformat() if one.received_at else None
        expires = one.expires.isoformat() if one.expires else None
        due = one.due.isoformat()
        db.execute(_DELIVERY, (one.delivery, one.gtin, due, one.units, received, expires))


def put_batches(db: sqlite3.Connection, rows: Iterable[Batch]) -> None:
    """Keep the latest count of each batch, in whatever order counts come."""
    for one in rows:
        times = (one.expires.isoformat(), one.units, one.counted_at.isoformat())
        db.execute(_BATCH, (one.gtin, *times))


def _known(db: sqlite3.Connection, line: DeliveryLine) -> DeliveryLine | None:
    """Return what was told of a line before."""
    row = db.execute(
        "SELECT * FROM deliveries WHERE delivery = ? AND gtin = ?", (line.delivery, line.gtin)
    ).fetchone()
    if row is None:
        return None
    received = row["received_at"]
    return DeliveryLine(
        delivery=row["delivery"],
        gtin=row["gtin"],
        due=date.fromisoformat(row["due"]),
        units=row["units"],
        received_at=datetime.fromisoformat(received) if received else None,
    )


def _add(db: sqlite3.Connection, line: DeliveryLine, before: DeliveryLine | None) -> None:
    """Add to the stock of an item; one that is new begins with its first delivery."""
    row = db.execute("SELECT counted_at FROM stock WHERE gtin = ?", (line.gtin,)).fetchone()
    if row is not None:
        counted_at = datetime.fromisoformat(row["counted_at"])
    elif line.received_at is not None and not line.void and _is_new(db, line):
        counted_at = line.received_at - _BEFORE
        db.execute(_FIRST_STOCK, (line.gtin, counted_at.isoformat()))
    else:
        return
    more = added_to_stock(before, line, counted_at)
    if more:
        db.execute("UPDATE stock SET on_hand = on_hand + ? WHERE gtin = ?", (more, line.gtin))


def _is_new(db: sqlite3.Connection, line: DeliveryLine) -> bool:
    """Tell whether an item never sold before it came; by days that are tallied."""
    return db.execute(_SOLD_BEFORE, (line.gtin, line.due.isoformat())).fetchone() is None
