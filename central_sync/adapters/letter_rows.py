"""Dead letters as rows: what could not be read, once, with the reason, until it is replayed.

An event whose place was readable is kept for good: it counts as committed. A whole payload is
kept to be looked at, since its store sends it again: only the newest of each store.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from central_sync.ports.stores import LetterForm
from endcap.plumbing.files import sha256_of

PAYLOADS_KEPT = 100  # of each store
_INSERT = """
INSERT OR IGNORE INTO dead_letters (store, epoch, seq, form, reason, raw, digest, at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_FORGET = """
DELETE FROM dead_letters WHERE store = ?1 AND seq IS NULL AND letter <= (
    SELECT letter FROM dead_letters WHERE store = ?1 AND seq IS NULL
    ORDER BY letter DESC LIMIT 1 OFFSET ?2
)
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """What could not be read. `raw` is JSON for an event, base64 for a payload."""

    store: str
    form: LetterForm
    reason: str
    raw: str
    epoch: str | None = None
    seq: int | None = None

    @property
    def digest(self) -> str:
        """Return what tells this letter from every other."""
        return sha256_of(
            f"{self.store}\n{self.form}\n{self.epoch}\n{self.seq}\n{self.raw}".encode()
        )


def keep(db: sqlite3.Connection, letters: Iterable[Letter], at: datetime) -> None:
    """Add letters that are not there yet."""
    bounded = set()
    for one in letters:
        row = (one.store, one.epoch, one.seq, one.form, one.reason, one.raw, one.digest)
        db.execute(_INSERT, (*row, at.isoformat()))
        if one.seq is None:
            bounded.add(one.store)
    for store in bounded:
        db.execute(_FORGET, (store, PAYLOADS_KEPT))
