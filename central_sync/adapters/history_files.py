"""Reads the books of a store and of the centre from their two databases, for the proof.

The store's database is read first: what it forgets afterwards the centre had before. Both may be
in use. Whether the books agree is core/history's to say.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import from_json

from central_sync.adapters.event_tables import line_of
from central_sync.adapters.range_rows import ranges_of
from central_sync.adapters.sqlite_reading import DatabaseUnreadableError, reading
from central_sync.core.history import CentreBooks, History, StoreBooks, verify_history
from endcap.wire.events import EventsShed
from endcap.wire.seqset import Range, SeqSet

_OUTBOX = """
SELECT min(seq) AS first, max(seq) AS last FROM (
    SELECT seq, seq - row_number() OVER (ORDER BY seq) AS island FROM outbox WHERE (acked > 0) = ?
) GROUP BY island
"""
_SHED = "SELECT body FROM outbox WHERE kind = ?"
_STORED = """
SELECT min(seq) AS first, max(seq) AS last, count(*) AS rows FROM (
    SELECT seq, seq - row_number() OVER (ORDER BY seq) AS island FROM events
    WHERE store = ? AND epoch = ?
) GROUP BY island
"""
_DEAD = """
SELECT seq FROM dead_letters
WHERE store = ? AND epoch = ? AND seq IS NOT NULL AND replayed_at IS NULL
"""
_WHOSE = """
SELECT store FROM committed WHERE epoch = ?1 UNION SELECT store FROM losses WHERE epoch = ?1
UNION SELECT store FROM stores WHERE epoch = ?1
"""
_ONE = "SELECT kind, body FROM events WHERE store = ? AND epoch = ? AND seq = ?"


def prove(centre: Path, store: Path) -> History:
    """Return what became of everything that the store's database accepted.

    Raises:
        DatabaseUnreadableError: one of the two cannot be read.
    """
    with reading(store) as here:
        books = _store_books(here, store)
        with reading(centre) as there:
            name = _whose(there, books.epoch, books.store, store)
            return verify_history(
                StoreBooks(name, books.epoch, books.highest, books.waiting, books.kept, books.shed),
                _centre_books(there, here, name, books.epoch),
            )


def _store_books(db: sqlite3.Connection, path: Path) -> StoreBooks:
    """Return the books of a store's outbox; the store is empty where it does not know its name."""
    meta = {row["name"]: row["value"] for row in db.execute("SELECT name, value FROM meta")}
    if "epoch" not in meta:
        raise DatabaseUnreadableError(f"{path}: its agent never started, so it has no epoch yet")
    epoch = str(meta["epoch"])
    last = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
    return StoreBooks(
        store=str(meta.get("store", "")),
        epoch=epoch,
        highest=last["seq"] if last else 0,
        waiting=_ranges(db.execute(_OUTBOX, (False,))),
        kept=_ranges(db.execute(_OUTBOX, (True,))),
        shed=SeqSet.from_ranges(_shed(db, epoch)),
    )


def _shed(db: sqlite3.Connection, epoch: str) -> Iterator[Range]:
    """Yield what the loss ledger's entries in the outbox tell of their own epoch."""
    for row in db.execute(_SHED, (EventsShed.kind,)):
        try:
            told = EventsShed.model_validate_json(row["body"])
        except ValidationError:
            continue  # it tells nothing that can be counted on
        if told.lost_epoch == epoch:
            yield from told.ranges


def _whose(db: sqlite3.Connection, epoch: str, name: str, path: Path) -> str:
    """Return the store of an epoch: its own word, or what the centre knows, or its file's name."""
    known = [row["store"] for row in db.execute(_WHOSE, (epoch,))]
    if name or not known:
        return name or path.stem
    if len(known) > 1:
        raise DatabaseUnreadableError(
            f"{path}: epoch {epoch} came from {', '.join(known)}; a store's disk was copied"
        )
    return str(known[0])


def _centre_books(
    db: sqlite3.Connection, outbox: sqlite3.Connection, store: str, epoch: str
) -> CentreBooks:
    """Return what the centre's tables say of one epoch."""
    place = (store, epoch)
    islands = db.execute(_STORED, place).fetchall()
    line = line_of(db, store, epoch)
    forgotten = ranges_of(db, "forgotten", place)
    return CentreBooks(
        rows=sum(row["rows"] for row in islands) + len(forgotten),
        stored=forgotten.union(SeqSet.from_ranges((row["first"], row["last"]) for row in islands)),
        dead=SeqSet.of(row["seq"] for row in db.execute(_DEAD, place)),
        lost=line.lost,
        committed=line.committed,
        altered=SeqSet.of(_altered(db, outbox, place)),
    )


def _altered(
    db: sqlite3.Connection, outbox: sqlite3.Connection, place: tuple[str, str]
) -> Iterator[int]:
    """Yield the numbers that both have, but not the same."""
    for ours in outbox.execute("SELECT seq, kind, body FROM outbox"):
        theirs = db.execute(_ONE, (*place, ours["seq"])).fetchone()
        if theirs is None or (theirs["kind"], theirs["body"]) == (ours["kind"], ours["body"]):
            continue
        if theirs["kind"] != ours["kind"] or not _same(theirs["body"], ours["body"]):
            yield ours["seq"]


def _same(one: str, other: str) -> bool:
    """Tell whether two JSON texts say the same."""
    return bool(from_json(one) == from_json(other))


def _ranges(rows: sqlite3.Cursor) -> SeqSet:
    """Return rows of first and last as a set."""
    return SeqSet.from_ranges((row["first"], row["last"]) for row in rows)
