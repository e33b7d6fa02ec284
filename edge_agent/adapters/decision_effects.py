"""What follows from a decision, inside the transaction that keeps it: a delivery on order, a price.

Also hands orders over to files, and takes markdowns back. Whether something was agreed to is
core/stock/decisions'.
"""

import sqlite3
from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby

from edge_agent.adapters.feed_tables import keep_sayings
from edge_agent.core.feed.sayings import Source, price_saying
from edge_agent.core.stock.decisions import Standing
from edge_agent.ports.stock import OrderFile, OrderLine
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.commands import PriceChange

_DELIVERY = """
INSERT INTO deliveries (delivery, gtin, due, units, expires) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (delivery, gtin) DO UPDATE SET due = excluded.due, units = excluded.units,
    expires = excluded.expires
"""
_LINE = """
INSERT INTO order_lines (proposal, gtin, units, cases, ordered, arrives) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (proposal) DO NOTHING
"""
_MARKDOWN = "INSERT INTO markdowns (gtin, since, price, before, last) VALUES (?, ?, ?, ?, ?)"
_OVER = "SELECT * FROM markdowns WHERE ended_at IS NULL AND last < ?"
_STANDS = "SELECT since FROM prices WHERE gtin = ? AND since <= ? ORDER BY since DESC LIMIT 1"
_ENDED = "UPDATE markdowns SET ended_at = ? WHERE gtin = ? AND since = ?"
_FRESH = """
SELECT min(line) AS line, max(ordered) AS day FROM order_lines
WHERE file IS NULL AND arrives >= ?
"""
_GATHER = "UPDATE order_lines SET file = ? WHERE file IS NULL AND arrives >= ?"
_WAITING = """
SELECT * FROM order_lines WHERE dropped_at IS NULL AND file IS NOT NULL ORDER BY file, line
"""
_DROPPED = "UPDATE order_lines SET dropped_at = ? WHERE file = ? AND dropped_at IS NULL"


def take_effect(db: sqlite3.Connection, decided: Standing, at: datetime) -> None:
    """Write what follows from a decision."""
    if not decided.decided:  # rejected, or changed to none
        return
    if decided.proposal.what == "order":
        _order(db, decided, decided.decided)
    if decided.proposal.what == "markdown":
        _lower(db, decided, decided.decided, at)


def _order(db: sqlite3.Connection, decided: Standing, units: float) -> None:
    """Put units on order, and into the next file of orders."""
    one, figures = decided.proposal, decided.proposal.figures
    arrives, case = str(figures["arrives"]), float(figures["case_pack"] or 1.0)
    db.execute(_DELIVERY, (one.id, one.gtin, arrives, units, figures.get("expires")))
    cases = round(units / case, 6)
    db.execute(_LINE, (one.id, one.gtin, units, cases, one.day.isoformat(), arrives))


def _lower(db: sqlite3.Connection, decided: Standing, price: float, at: datetime) -> None:
    """Lower a price from now on, and note what it goes back to."""
    one = decided.proposal
    before = float(one.figures["price"] or price)
    _ask(db, one.gtin, price, at)
    db.execute(_MARKDOWN, (one.gtin, at.isoformat(), price, before, str(one.figures["last"])))


def _ask(db: sqlite3.Connection, gtin: str, price: float, at: datetime) -> None:
    """Let the store's own people say what an item costs from now on."""
    said = price_saying(PriceChange(gtin=gtin, price=price, since=at))
    keep_sayings(db, [said], Source.STORE, at)


class DecidedTables:
    """Keeps the promises of edge_agent.ports.stock: OrderDesk and MarkdownCare."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def waiting(self, since: date) -> tuple[OrderFile, ...]:
        """Gather orders that are to come on `since` or later; return what has not gone out."""
        if not await self._file.read(_something_waits):
            return ()
        return await self._file.write(lambda db: _gathered(db, since))

    async def dropped(self, name: str, at: datetime) -> None:
        """Note that a file has gone out."""
        await self._file.write(lambda db: db.execute(_DROPPED, (at.isoformat(), name)).rowcount)

    async def end_markdowns(self, today: date, at: datetime) -> int:
        """Take back the prices of units that have expired; return how many ended."""
        over = await self._file.read(lambda db: db.execute(_OVER, (today.isoformat(),)).fetchall())
        if not over:
            return 0
        return await self._file.write(lambda db: _end(db, over, at))


def _something_waits(db: sqlite3.Connection) -> bool:
    return (
        db.execute("SELECT 1 FROM order_lines WHERE dropped_at IS NULL LIMIT 1").fetchone()
        is not None
    )


def _gathered(db: sqlite3.Connection, since: date) -> tuple[OrderFile, ...]:
    fresh = db.execute(_FRESH, (since.isoformat(),)).fetchone()
    if fresh["line"] is not None:
        name = f"order-{fresh['day']}-{fresh['line']:06d}"
        db.execute(_GATHER, (name, since.isoformat()))
    rows = groupby(db.execute(_WAITING), key=lambda row: row["file"])
    return tuple(OrderFile(name, tuple(_line(row) for row in lines)) for name, lines in rows)


def _line(row: sqlite3.Row) -> OrderLine:
    return OrderLine(
        order=row["proposal"],
        gtin=row["gtin"],
        units=row["units"],
        cases=row["cases"],
        ordered=date.fromisoformat(row["ordered"]),
        arrives=date.fromisoformat(row["arrives"]),
    )


def _end(db: sqlite3.Connection, over: Iterable[sqlite3.Row], at: datetime) -> int:
    """Put back the price before, where the markdown's is still the one that holds."""
    ended = 0
    for row in over:
        stands = db.execute(_STANDS, (row["gtin"], at.isoformat())).fetchone()
        if stands is not None and stands["since"] == row["since"]:
            _ask(db, row["gtin"], row["before"], at)
        db.execute(_ENDED, (at.isoformat(), row["gtin"], row["since"]))
        ended += 1
    return ended
