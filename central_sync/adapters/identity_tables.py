"""The registry of identities: certificates, tokens, allowed keys, requests, revocations.

Rows become values and values rows, on any connection to the centre's database, so that a command
and the running centre use the same. What they mean is core/enrolment's; of a token only its hash is
kept.
"""

import hmac
import sqlite3
from collections.abc import Iterator
from datetime import datetime

from central_sync.core.enrolment import Asked, Issued, TokenKept
from central_sync.ports.reads import CentreUnreadableError
from endcap.plumbing.sqlite_file import SqliteFile, StorageError

_REVOKED = """
SELECT revoked_at, reason FROM revoked_stores WHERE store = ?1
UNION ALL
SELECT revoked_at, reason FROM certificates WHERE serial = ?2 AND revoked_at IS NOT NULL LIMIT 1
"""
_ADD = """
INSERT INTO certificates (serial, store, key, parent, issued_at, not_after, content)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_REVOKE = """
UPDATE certificates SET revoked_at = ?2, reason = ?3
WHERE store = ?1 AND revoked_at IS NULL
"""


class RegistryRevocations:
    """Keeps the promises of central_sync.ports.identity.Revocations."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def why_not(self, store: str, serial: str) -> str | None:
        """Return why a certificate counts no more; None when it counts."""
        try:
            return await self._file.read(lambda db: why_revoked(db, store, serial))
        except StorageError as error:
            raise CentreUnreadableError(str(error)) from error


def why_revoked(db: sqlite3.Connection, store: str, serial: str = "") -> str | None:
    """Return why a store, or one of its certificates, counts no more; None when it counts."""
    row = db.execute(_REVOKED, (store, serial)).fetchone()
    return None if row is None else f"{row[1]} ({row[0][:10]})"


def add_certificate(
    db: sqlite3.Connection, one: Issued, content: str, at: datetime, *, parent: str | None = None
) -> None:
    """Keep a certificate that was issued."""
    values = (one.serial, one.store, one.key, parent, at.isoformat(), one.not_after.isoformat())
    db.execute(_ADD, (*values, content))


def certificate(db: sqlite3.Connection, serial: str) -> Issued | None:
    """Return a certificate that was issued; None when there is none of that number."""
    row = db.execute("SELECT * FROM certificates WHERE serial = ?", (serial,)).fetchone()
    return None if row is None else issued_of(row)


def content_of(db: sqlite3.Connection, serial: str) -> str:
    """Return a certificate as PEM."""
    row = db.execute("SELECT content FROM certificates WHERE serial = ?", (serial,)).fetchone()
    return str(row["content"])


def followers(db: sqlite3.Connection, serial: str) -> tuple[Issued, ...]:
    """Return what was issued to renew a certificate."""
    rows = db.execute("SELECT * FROM certificates WHERE parent = ?", (serial,)).fetchall()
    return tuple(issued_of(row) for row in rows)


def issued_of(row: sqlite3.Row) -> Issued:
    """Return a row of `certificates` as a value."""
    return Issued(
        serial=row["serial"],
        store=row["store"],
        key=row["key"],
        not_after=datetime.fromisoformat(row["not_after"]),
        revoked=row["reason"] if row["revoked_at"] else None,
    )


def revoke_certificates(db: sqlite3.Connection, store: str, reason: str, at: datetime) -> int:
    """Let none of a store's certificates count any more; return how many did until now.

    Those that have ended are among them: they could still be renewed for a while.
    """
    return db.execute(_REVOKE, (store, at.isoformat(), reason)).rowcount


def revoke_store(db: sqlite3.Connection, store: str, reason: str, at: datetime) -> int:
    """Let nothing of a store count any more: certificates, tokens, allowed keys, requests."""
    db.execute(
        "INSERT OR REPLACE INTO revoked_stores (store, revoked_at, reason) VALUES (?, ?, ?)",
        (store, at.isoformat(), reason),
    )
    db.execute("DELETE FROM enrolment_tokens WHERE store = ? AND used_at IS NULL", (store,))
    db.execute("DELETE FROM allowed_keys WHERE store = ?", (store,))
    db.execute(
        "UPDATE enrolment_requests SET standing = 'refused', decided_at = ?2 "
        "WHERE store = ?1 AND standing = 'waiting'",
        (store, at.isoformat()),
    )
    return revoke_certificates(db, store, reason, at)


def reinstate_store(db: sqlite3.Connection, store: str) -> bool:
    """Let a store enrol again; its old certificates stay revoked. Tell whether it was revoked."""
    return db.execute("DELETE FROM revoked_stores WHERE store = ?", (store,)).rowcount > 0


def revoked_serials(db: sqlite3.Connection, at: datetime) -> Iterator[tuple[int, datetime]]:
    """Yield the numbers of revoked certificates that have not ended, and when they were revoked."""
    rows = db.execute(
        "SELECT serial, revoked_at FROM certificates "
        "WHERE revoked_at IS NOT NULL AND not_after > ?",
        (at.isoformat(),),
    )
    for row in rows:
        yield int(row["serial"], 16), datetime.fromisoformat(row["revoked_at"])


def add_token(
    db: sqlite3.Connection, digest: str, store: str, at: datetime, expires: datetime
) -> None:
    """Keep a token's hash; the store's other tokens that were not used count no more."""
    db.execute("DELETE FROM enrolment_tokens WHERE store = ? AND used_at IS NULL", (store,))
    db.execute(
        "INSERT INTO enrolment_tokens (hash, store, made_at, expires) VALUES (?, ?, ?, ?)",
        (digest, store, at.isoformat(), expires.isoformat()),
    )


def token(db: sqlite3.Connection, digest: str) -> TokenKept | None:
    """Return what is kept of a token."""
    row = db.execute("SELECT * FROM enrolment_tokens WHERE hash = ?", (digest,)).fetchone()
    if row is None or not hmac.compare_digest(row["hash"], digest):
        return None
    gave = certificate(db, row["serial"]) if row["serial"] else None
    return TokenKept(row["store"], datetime.fromisoformat(row["expires"]), gave)


def use_token(db: sqlite3.Connection, digest: str, serial: str, at: datetime) -> None:
    """Note what a token was redeemed for."""
    db.execute(
        "UPDATE enrolment_tokens SET used_at = ?, serial = ? WHERE hash = ?",
        (at.isoformat(), serial, digest),
    )


def count_refusal(db: sqlite3.Connection, digest: str) -> None:
    """Count that somebody tried a token in vain."""
    db.execute("UPDATE enrolment_tokens SET refused = refused + 1 WHERE hash = ?", (digest,))


def allow_key(db: sqlite3.Connection, asked: Asked, at: datetime) -> None:
    """Let a key enrol its store without a token, once."""
    db.execute(
        "INSERT OR IGNORE INTO allowed_keys (store, key, allowed_at) VALUES (?, ?, ?)",
        (asked.store, asked.key, at.isoformat()),
    )


def allowed(db: sqlite3.Connection, asked: Asked) -> Issued | bool:
    """Return what an allowed key was given; True when nothing yet, False when it is not allowed."""
    row = db.execute(
        "SELECT serial FROM allowed_keys WHERE store = ? AND key = ?", (asked.store, asked.key)
    ).fetchone()
    if row is None:
        return False
    return (certificate(db, row["serial"]) if row["serial"] else None) or True


def use_key(db: sqlite3.Connection, asked: Asked, serial: str, at: datetime) -> None:
    """Note what an allowed key was given."""
    db.execute(
        "UPDATE allowed_keys SET used_at = ?, serial = ? WHERE store = ? AND key = ?",
        (at.isoformat(), serial, asked.store, asked.key),
    )


def enrolled_stores(db: sqlite3.Connection) -> tuple[str, ...]:
    """Return the stores that have a certificate that counts, by name."""
    rows = db.execute(
        "SELECT DISTINCT store FROM certificates WHERE revoked_at IS NULL "
        "AND store NOT IN (SELECT store FROM revoked_stores) ORDER BY store"
    )
    return tuple(row["store"] for row in rows)


def revoked_stores(db: sqlite3.Connection) -> tuple[str, ...]:
    """Return the stores that were revoked and not let in again, by name."""
    rows = db.execute("SELECT store FROM revoked_stores ORDER BY store")
    return tuple(row["store"] for row in rows)
