"""Writing lines of sales inside a transaction, whoever brought them: a file or the till.

A line is kept once. One that comes again with other values is refused, not overwritten: the till
numbers its transactions, and two of the same number are a mistake a person should hear of. A row
that says that it corrects or voids is believed. A voided line stays, with no units, so that a copy
of what it was does not come in again.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from edge_agent.adapters.consent_tables import CardReader
from edge_agent.core.consent import Agreed
from edge_agent.core.feed.rows import Accepted, Refused
from edge_agent.core.feed.sales import SaleLine, VoidLine

SALES, BASKETS, SCORE = "sales", "baskets", "score"
"""What must be worked out again when a day changes."""

_INSERT = """
INSERT INTO sale_lines (transaction_id, line, gtin, units, amount, sold_at, day, shopper, promotion)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_CORRECT = """
INSERT INTO sale_lines (transaction_id, line, gtin, units, amount, sold_at, day, shopper, promotion)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (transaction_id, line) DO UPDATE SET gtin = excluded.gtin, units = excluded.units,
    amount = excluded.amount, sold_at = excluded.sold_at, day = excluded.day,
    shopper = excluded.shopper, promotion = excluded.promotion
WHERE (excluded.gtin, excluded.units, excluded.amount, excluded.sold_at, excluded.promotion)
    IS NOT (gtin, units, amount, sold_at, promotion)
"""
_VOID = """
UPDATE sale_lines SET units = 0, amount = 0, promotion = 0
WHERE transaction_id = ? AND line = ? AND (units, amount, promotion) IS NOT (0, 0, 0)
"""
_DAY_OF = "SELECT day FROM sale_lines WHERE transaction_id = ? AND line = ?"
_MARK = """
INSERT INTO changed_days (what, day, changes) VALUES (?, ?, 1)
ON CONFLICT (what, day) DO UPDATE SET changes = changes + 1
"""


@dataclass(frozen=True, slots=True)
class Inserted:
    """How many lines were new or became others, and those that contradict what was told before."""

    new: int
    contradictions: tuple[Refused, ...]


def insert_sales(
    db: sqlite3.Connection, rows: Sequence[Accepted[SaleLine | VoidLine]], reader: CardReader
) -> Inserted:
    """Keep `rows` and mark their days as changed; corrections come after what they correct.

    Who did not agree to be remembered is not: the line is kept, without its shopper.
    """
    cards = {row.value.shopper for row in rows if isinstance(row.value, SaleLine)}
    known = reader.all_agreed(db, (card for card in cards if card is not None))
    plain = [
        Accepted(row.line, row.value)
        for row in rows
        if isinstance(row.value, SaleLine) and not row.value.correction
    ]
    before = db.total_changes
    db.executemany(_INSERT, [_values(row.value, known) for row in plain])
    new = db.total_changes - before
    if new:
        _mark_sold(db, {row.value.day for row in plain})
    refused = () if new == len(plain) else _contradictions(db, plain)
    corrected, unknown = _correct(db, rows, known)
    return Inserted(new + corrected, (*refused, *unknown))


def _correct(
    db: sqlite3.Connection,
    rows: Sequence[Accepted[SaleLine | VoidLine]],
    known: Mapping[str, Agreed],
) -> tuple[int, tuple[Refused, ...]]:
    """Correct and void lines, in their order; return how many changed, and voids of no line."""
    changed, unknown = 0, []
    for row in rows:
        one = row.value
        if isinstance(one, SaleLine) and not one.correction:
            continue
        place = (one.transaction_id, one.line)
        was = db.execute(_DAY_OF, place).fetchone()
        if isinstance(one, SaleLine):
            done = db.execute(_CORRECT, _values(one, known)).rowcount
            days = {one.day.isoformat()}
        else:
            done, days = db.execute(_VOID, place).rowcount, set()
        if was is not None:
            days.add(was["day"])
        elif isinstance(one, VoidLine):
            unknown.append(_unknown_line(row.line, one))
        if done > 0:
            changed += 1
            _mark_sold(db, {date.fromisoformat(day) for day in days})
    return changed, tuple(unknown)


def _unknown_line(line: int, void: VoidLine) -> Refused:
    place = f"transaction {void.transaction_id!r} line {void.line}"
    reason = f"{place} was never told, so it cannot be voided; nothing was changed"
    return Refused(line, reason[:300], f"{void.transaction_id},{void.line}")


def _mark_sold(db: sqlite3.Connection, days: Iterable[date]) -> None:
    """Note that the sales and the baskets of `days` must be added up again."""
    told = tuple(days)
    mark_changed(db, SALES, told)
    mark_changed(db, BASKETS, told)


def mark_changed(db: sqlite3.Connection, what: str, days: Iterable[date]) -> None:
    """Note that `what` of `days` must be worked out again."""
    db.executemany(_MARK, [(what, day.isoformat()) for day in days])


def _values(sale: SaleLine, known: Mapping[str, Agreed]) -> tuple[object, ...]:
    return (
        sale.transaction_id,
        sale.line,
        sale.gtin,
        sale.units,
        sale.amount,
        sale.sold_at.isoformat(),
        sale.day.isoformat(),
        _shopper(sale, known),
        sale.promotion,
    )


def _shopper(sale: SaleLine, known: Mapping[str, Agreed]) -> str | None:
    """Return the pseudonym of who bought something, if that may be remembered."""
    found = None if sale.shopper is None else known.get(sale.shopper)
    return found.name if found is not None and found.covers(sale.sold_at) else None


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
            reason = (
                f"{place} was told before with other values, which stand; "
                "number each transaction once, or say that the row is a correction"
            )
            found.append(Refused(row.line, reason[:300], raw))
    return tuple(found)
