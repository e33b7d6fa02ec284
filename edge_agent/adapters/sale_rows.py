"""Writing lines of sales inside a transaction, whoever brought them: a file or the till.

A line is kept once. One that comes again with other values is refused, not overwritten: the till
numbers its transactions, and two of the same number are a mistake a person should hear of.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from edge_agent.core.feed.rows import Accepted, Refused
from edge_agent.core.feed.sales import SaleLine, pseudonym

SALES, BASKETS, SCORE = "sales", "baskets", "score"
"""What must be worked out again when a day changes."""

_INSERT = """
INSERT INTO sale_lines (transaction_id, line, gtin, units, amount, sold_at, day, shopper, promotion)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_MARK = """
INSERT INTO changed_days (what, day, changes) VALUES (?, ?, 1)
ON CONFLICT (what, day) DO UPDATE SET changes = changes + 1
"""


@dataclass(frozen=True, slots=True)
class Inserted:
    """How many lines were new, and those that contradict what was told before."""

    new: int
    contradictions: tuple[Refused, ...]


def insert_sales(
    db: sqlite3.Connection, rows: Sequence[Accepted[SaleLine]], shopper_key: bytes
) -> Inserted:
    """Keep `rows` and mark their days as changed."""
    cards = {row.value.shopper for row in rows if row.value.shopper is not None}
    known = {card: pseudonym(card, shopper_key) for card in cards}
    before = db.total_changes
    db.executemany(_INSERT, [_values(row.value, known) for row in rows])
    new = db.total_changes - before
    if new:
        days = {row.value.day for row in rows}
        mark_changed(db, SALES, days)
        mark_changed(db, BASKETS, days)
    return Inserted(new, () if new == len(rows) else _contradictions(db, rows))


def mark_changed(db: sqlite3.Connection, what: str, days: Iterable[date]) -> None:
    """Note that `what` of `days` must be worked out again."""
    db.executemany(_MARK, [(what, day.isoformat()) for day in days])


def _values(sale: SaleLine, known: dict[str, str]) -> tuple[object, ...]:
    return (
        sale.transaction_id,
        sale.line,
        sale.gtin,
        sale.units,
        sale.amount,
        sale.sold_at.isoformat(),
        sale.day.isoformat(),
        None if sale.shopper is None else known[sale.shopper],
        sale.promotion,
    )


def _contradictions(
    db: sqlite3.Connection, rows: Sequence[Accepted[SaleLine]]
) -> tuple[Refused, ...]:
    """Return the rows whose transaction and line are taken by another sale."""
    found: list[Refused] = []
    for row in rows:
        sale = row.value
        kept = db.execute(
            "SELECT gtin, units, amount, sold_at FROM sale_lines "
            "WHERE transaction_id = ? AND line = ?",
            (sale.transaction_id, sale.line),
        ).fetchone()
        if tuple(kept) != (sale.gtin, sale.units, sale.amount, sale.sold_at.isoformat()):
            place = f"transaction {sale.transaction_id!r} line {sale.line}"
            raw = f"{sale.transaction_id},{sale.line},{sale.gtin},{sale.units:g},{sale.amount:g}"
            reason = f"{place} was told before with other values; number each transaction once"
            found.append(Refused(row.line, reason[:300], raw))
    return tuple(found)
