"""An audit log in a SQLite table: each entry holds the hash of the one before it.

Whoever changes an entry, or takes one out, breaks the chain from there on. Whoever can write the
file can cut off its end or write all of it anew: that shows only against a head noted elsewhere.
What is worth an entry is not decided here.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

TABLE = """
-- Who changed what; each entry holds the hash of the one before. Never changed, never pruned.
CREATE TABLE audit (
    entry INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
    before TEXT NOT NULL, after TEXT NOT NULL, hash TEXT NOT NULL
) STRICT;
"""
FIRST = "0" * 64
"""What the first entry has for the hash of the one before."""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did: `before` and `after` are how things stood, without secrets."""

    who: str
    what: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An act as it was noted."""

    entry: int
    at: str
    act: Act
    hash: str

    def follows(self, previous: str) -> bool:
        """Tell whether this entry is as it was noted, behind the one with the hash `previous`."""
        return self.hash == _hash(previous, self.entry, self.at, self.act)


def note(db: sqlite3.Connection, act: Act, at: datetime) -> Entry:
    """Add an entry within the transaction that is open."""
    last = db.execute("SELECT entry, hash FROM audit ORDER BY entry DESC LIMIT 1").fetchone()
    number, previous = (last[0] + 1, last[1]) if last else (1, FIRST)
    made = Entry(number, at.isoformat(), act, _hash(previous, number, at.isoformat(), act))
    db.execute(
        "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, made.at, act.who, act.what, act.before, act.after, made.hash),
    )
    return made


def entries(db: sqlite3.Connection) -> tuple[Entry, ...]:
    """Return every entry, the oldest first."""
    rows = db.execute("SELECT entry, at, who, what, before, after, hash FROM audit ORDER BY entry")
    return tuple(Entry(row[0], row[1], Act(row[2], row[3], row[4], row[5]), row[6]) for row in rows)


def first_broken(found: Iterable[Entry]) -> int | None:
    """Return the number of the first entry that is not as it was noted, or not in its place."""
    previous = FIRST
    for number, one in enumerate(found, start=1):
        if one.entry != number or not one.follows(previous):
            return number
        previous = one.hash
    return None


def _hash(previous: str, entry: int, at: str, act: Act) -> str:
    """Return the SHA-256 of an entry and the hash before it, as a JSON list without spaces."""
    said = [previous, entry, at, act.who, act.what, act.before, act.after]
    return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()
