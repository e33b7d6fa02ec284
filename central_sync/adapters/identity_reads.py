"""Reads what people are shown of identities, tokens and requests.

Nothing of it is secret: of a token only the hash is kept, and keys are public ones.
"""

import sqlite3
from datetime import datetime
from typing import Any

from endcap.wire.enrolment import grouped

_IDENTITIES = """
SELECT c.store, c.serial, c.not_after, c.issued_at, c.revoked_at, c.reason, r.reason AS store_reason
FROM certificates c LEFT JOIN revoked_stores r ON r.store = c.store
WHERE c.serial = (
    SELECT serial FROM certificates n WHERE n.store = c.store
    ORDER BY n.issued_at DESC, n.revoked_at IS NULL DESC, n.not_after DESC LIMIT 1
) AND c.store > ? ORDER BY c.store LIMIT ?
"""
_REVOKED = """
SELECT store, revoked_at, reason FROM revoked_stores ORDER BY revoked_at DESC, store LIMIT ?
"""
_KEY_SHOWN = 10


def read_identities(
    db: sqlite3.Connection, at: datetime, after: str = "", limit: int = -1
) -> list[dict[str, Any]]:
    """Return the newest certificate of every store that ever had one, by name.

    Of those with names after `after`, and at most `limit` of them; without it all.
    """
    return [
        {
            "store": row["store"],
            "standing": _standing(row, at),
            "serial": row["serial"],
            "issued_at": row["issued_at"],
            "not_after": row["not_after"],
            "reason": row["store_reason"] or row["reason"],
        }
        for row in db.execute(_IDENTITIES, (after, limit))
    ]


def _standing(row: sqlite3.Row, at: datetime) -> str:
    if row["store_reason"] is not None or row["revoked_at"] is not None:
        return "revoked"
    return "ended" if row["not_after"] <= at.isoformat() else "valid"


def read_tokens(db: sqlite3.Connection, at: datetime) -> list[dict[str, Any]]:
    """Return the tokens that can be used, and those that somebody tried in vain."""
    rows = db.execute(
        "SELECT * FROM enrolment_tokens WHERE refused > 0 OR (used_at IS NULL AND expires > ?) "
        "ORDER BY made_at",
        (at.isoformat(),),
    )
    return [
        {
            "store": row["store"],
            "expires": row["expires"],
            "standing": "used" if row["used_at"] else "open",
            "refused": row["refused"],
        }
        for row in rows
    ]


def read_waiting(db: sqlite3.Connection, at: datetime) -> list[dict[str, Any]]:
    """Return the requests that wait for a person, the oldest first."""
    rows = db.execute(
        "SELECT request, store, key, asked_at, asked_from FROM enrolment_requests "
        "WHERE standing = 'waiting' AND asked_at <= ? ORDER BY asked_at",
        (at.isoformat(),),
    )
    return [{**dict(row), "key_shown": key_shown(row["key"])} for row in rows]


def read_revoked(db: sqlite3.Connection, limit: int) -> list[dict[str, Any]]:
    """Return the stores that were revoked and not let in again, the last first."""
    return [dict(row) for row in db.execute(_REVOKED, (limit,))]


def key_shown(key: str) -> str:
    """Return a key's SHA-256 as two people compare it: its first 80 bits."""
    return grouped(bytes.fromhex(key)[:_KEY_SHOWN])
