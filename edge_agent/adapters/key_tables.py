"""Keys to the kiosk's interface in the store's database, as hashes, and the sessions they begin.

A key is 256 random bits, so one keyed BLAKE2b keeps it as well as a slow hash would. A session is
signed with the hash of its key: it ends with the key, and is kept nowhere.
"""

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from edge_agent.adapters.store_life import get_meta, set_meta
from edge_agent.ports.access import Begun, KeyNameError, KeyShown, Role
from edge_agent.ports.kiosk import StoreUnreadableError, StoreUnwritableError
from endcap.plumbing import audit_log
from endcap.plumbing.audit_log import Act
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.access import Caller
from endcap.plumbing.sqlite_file import SqliteFile, StorageError

T = TypeVar("T")

PREFIX = "endcap-"
"""What every key begins with, so that people and scanners know one when they see it."""

FRESH = timedelta(seconds=1)
"""How long a revoked key may still be known."""

LINK_LASTS = timedelta(minutes=15)
SESSION_LASTS = {"shopper": timedelta(days=365)}
_SESSION = timedelta(hours=12)
_BYTES = 32
_META = "access_key"


@dataclass(frozen=True, slots=True)
class _Known:
    """A key that counts."""

    name: str
    role: Role
    digest: bytes


class KeyTables:
    """Keeps the promises of http_face's Keys and of edge_agent.ports.access.Sessions.

    Keys are made, listed and revoked by commands, while the agent may be running.
    """

    def __init__(self, file: SqliteFile, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._known: tuple[_Known, ...] = ()
        self._pepper = b""
        self._until = float("-inf")

    async def make(self, name: str, role: Role, at: datetime) -> str:
        """Return a new key, which nobody can be told again.

        Raises:
            KeyNameError: there is a key of that name.
        """
        key = PREFIX + secrets.token_urlsafe(_BYTES)

        def change(db: sqlite3.Connection) -> None:
            taken = db.execute("SELECT 1 FROM access_keys WHERE name = ?", (name,)).fetchone()
            if taken:
                raise KeyNameError(f"there is a key {name!r}, or was; choose another name")
            values = (name, role, _digest(key, _pepper(db)), at.isoformat())
            db.execute("INSERT INTO access_keys VALUES (?, ?, ?, ?, NULL)", values)
            audit_log.note(db, Act("command", f"made the key {name} ({role})"), at)

        await self._write(change)
        return key

    async def link(self, name: str, at: datetime) -> str:
        """Return what begins one session of a key, once, within LINK_LASTS.

        Raises:
            KeyNameError: there is no such key, or it was revoked.
        """
        token = secrets.token_urlsafe(_BYTES)

        def change(db: sqlite3.Connection) -> None:
            if not any(one.name == name for one in _keys(db)):
                raise KeyNameError(f"no key {name!r} counts; see `edge-agent key list`")
            until = (at + LINK_LASTS).isoformat()
            db.execute("DELETE FROM access_links WHERE until < ?", (at.isoformat(),))
            values = (_digest(token, _pepper(db)), name, until)
            db.execute("INSERT INTO access_links VALUES (?, ?, ?)", values)
            audit_log.note(db, Act("command", f"made a link for the key {name}"), at)

        await self._write(change)
        return token

    async def revoke(self, name: str, at: datetime) -> None:
        """Let a key know nobody from now on, nor the sessions it began.

        Raises:
            KeyNameError: there is no such key, or it was revoked before.
        """

        def change(db: sqlite3.Connection) -> None:
            revoke = "UPDATE access_keys SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL"
            if not db.execute(revoke, (at.isoformat(), name)).rowcount:
                raise KeyNameError(f"no key {name!r} counts; see `edge-agent key list`")
            db.execute("DELETE FROM access_links WHERE name = ?", (name,))
            audit_log.note(db, Act("command", f"revoked the key {name}"), at)

        await self._write(change)

    async def shown(self) -> tuple[KeyShown, ...]:
        """Return every key there is or was, by name."""
        rows = await self._file.read(
            lambda db: db.execute("SELECT * FROM access_keys ORDER BY name").fetchall()
        )
        return tuple(
            KeyShown(
                row["name"],
                row["role"],
                datetime.fromisoformat(row["made_at"]),
                datetime.fromisoformat(row["revoked_at"]) if row["revoked_at"] else None,
            )
            for row in rows
        )

    async def by_key(self, key: str) -> Caller | None:
        """Return whose key this is; all keys are compared, whichever it is."""
        await self._follow()
        digest = _digest(key, self._pepper)
        found = [one for one in self._known if hmac.compare_digest(one.digest, digest)]
        return Caller(found[0].name, found[0].role) if found else None

    async def by_session(self, session: str) -> Caller | None:
        """Return who began this session, unless it has ended."""
        await self._follow()
        name, _, rest = session.partition(".")
        until, _, _ = rest.partition(".")
        found = [
            one
            for one in self._known
            if hmac.compare_digest(_signed(one, until).encode(), session.encode())
        ]
        over = not until.isdecimal() or int(until) <= self._clock.now().timestamp()
        return Caller(name, found[0].role) if found and not over else None

    async def acted(self, caller: Caller, what: str) -> None:
        """Note what staff changed in the audit log; a full disk stops nobody."""
        if caller.role != "staff":
            return
        act = Act(f"staff {caller.name}", what)
        with suppress(StorageError):
            await self._file.write(lambda db: audit_log.note(db, act, self._clock.now()))

    async def begin(self, secret: str, at: datetime) -> Begun | None:
        """Begin a session for a key, or for a link that was not followed before."""
        caller = await self.by_key(secret) or await self._by_link(secret, at)
        key = next((one for one in self._known if caller and one.name == caller.name), None)
        if key is None:
            return None
        until = at + SESSION_LASTS.get(key.role, _SESSION)
        return Begun(_signed(key, str(int(until.timestamp()))), key.name, key.role, until)

    async def _by_link(self, token: str, at: datetime) -> Caller | None:
        digest = _digest(token, self._pepper)

        def use(db: sqlite3.Connection) -> str | None:
            row = db.execute(
                "DELETE FROM access_links WHERE digest = ? RETURNING name, until", (digest,)
            ).fetchone()
            if row is None or datetime.fromisoformat(row["until"]) < at:
                return None
            return str(row["name"])

        name = await self._write(use)
        return next((Caller(one.name, one.role) for one in self._known if one.name == name), None)

    async def _follow(self) -> None:
        """Look for keys that were made or revoked, now and then."""
        if self._clock.monotonic() < self._until:
            return
        try:
            if not self._pepper:
                self._pepper = await self._file.write(_pepper)
            self._known = await self._file.read(_keys)
        except (StorageError, sqlite3.Error) as error:
            raise StoreUnreadableError(str(error)) from error
        self._until = self._clock.monotonic() + FRESH.total_seconds()

    async def _write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._file.write(change)
        except StorageError as error:
            raise StoreUnwritableError(str(error)) from error


def _keys(db: sqlite3.Connection) -> tuple[_Known, ...]:
    rows = db.execute("SELECT name, role, digest FROM access_keys WHERE revoked_at IS NULL")
    return tuple(_Known(row["name"], row["role"], row["digest"]) for row in rows)


def _pepper(db: sqlite3.Connection) -> bytes:
    """Return the store's own key of hashes, made on first use."""
    if get_meta(db, _META) is None:
        set_meta(db, _META, secrets.token_hex(_BYTES))
    return bytes.fromhex(get_meta(db, _META) or "")


def _digest(secret: str, pepper: bytes) -> bytes:
    return hashlib.blake2b(secret.encode("utf-8", "replace"), key=pepper, digest_size=32).digest()


def _signed(key: _Known, until: str) -> str:
    """Return the session of a key that lasts `until` a Unix second."""
    said = f"{key.name}.{until}"
    return f"{said}.{hashlib.blake2b(said.encode('utf-8', 'replace'), key=key.digest).hexdigest()}"
