"""The requests of stores that a person must decide on, in the centre's database.

What a request may become is core/enrolment's.
"""

import sqlite3
from datetime import datetime

from central_sync.adapters.identity_tables import certificate
from central_sync.core.enrolment import Asked, Standing, Waiting

_ADD = """
INSERT INTO enrolment_requests (request, store, key, csr, asked_at, asked_from, standing)
VALUES (?, ?, ?, ?, ?, ?, 'waiting')
"""
_SAME = """
SELECT request FROM enrolment_requests
WHERE store = ? AND key = ? AND standing = 'waiting' AND asked_at > ?
"""


def add_request(
    db: sqlite3.Connection, request: str, asked: Asked, csr: str, place: str, at: datetime
) -> None:
    """Let a request wait for a person; `place` is the address that it came from."""
    db.execute(_ADD, (request, asked.store, asked.key, csr, at.isoformat(), place))


def same_request(db: sqlite3.Connection, asked: Asked, since: datetime) -> str | None:
    """Return the request of the same store and key that waits already."""
    row = db.execute(_SAME, (asked.store, asked.key, since.isoformat())).fetchone()
    return None if row is None else str(row["request"])


def count_waiting(db: sqlite3.Connection, since: datetime) -> int:
    """Return how many requests of after `since` wait; forget those of before that nobody saw."""
    db.execute(
        "DELETE FROM enrolment_requests WHERE standing = 'waiting' AND asked_at <= ?",
        (since.isoformat(),),
    )
    row = db.execute("SELECT count(*) FROM enrolment_requests WHERE standing = 'waiting'")
    return int(row.fetchone()[0])


def request_row(db: sqlite3.Connection, request: str) -> sqlite3.Row | None:
    """Return a request's row, by its id or by the beginning of it that means one alone."""
    rows = db.execute(
        "SELECT * FROM enrolment_requests WHERE request >= ?1 AND request < ?1 || 'g' LIMIT 2",
        (request,),
    ).fetchall()
    return rows[0] if len(rows) == 1 else None


def waiting_of(db: sqlite3.Connection, row: sqlite3.Row | None) -> Waiting | None:
    """Return a row as a value."""
    if row is None:
        return None
    return Waiting(
        Asked(row["store"], row["key"]),
        datetime.fromisoformat(row["asked_at"]),
        Standing(row["standing"]),
        certificate(db, row["serial"]) if row["serial"] else None,
    )


def decide_request(
    db: sqlite3.Connection, request: str, standing: Standing, serial: str | None, at: datetime
) -> None:
    """Note what a person decided, and what it gave."""
    db.execute(
        "UPDATE enrolment_requests SET standing = ?, serial = ?, decided_at = ? WHERE request = ?",
        (standing.value, serial, at.isoformat(), request),
    )
