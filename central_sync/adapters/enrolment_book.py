"""What people see of enrolment and decide on the dashboard: reads and decisions over one database.

What they may decide is core/enrolment's; who asks is the dashboard's.
"""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from central_sync.adapters import enrolment_decisions as decisions
from central_sync.adapters import identity_reads as reads
from central_sync.adapters.authority import Authority
from central_sync.core.enrolment import Refused, Rules
from central_sync.ports.identity import (
    By,
    LiveToken,
    MadeToken,
    RevokedStore,
    StoreIdentity,
    WaitingRequest,
)
from central_sync.ports.reads import CentreUnreadableError
from endcap.plumbing.sqlite_file import SqliteFile, StorageError
from endcap.wire.enrolment import grouped, mark_of

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class RegistryBook:
    """Keeps the promises of central_sync.ports.identity.EnrolmentBook."""

    def __init__(self, file: SqliteFile, authority: Authority, rules: Rules) -> None:
        self._file = file
        self._authority = authority
        self._rules = rules

    @property
    def mark(self) -> str:
        """Return the authority's mark, as two people compare it."""
        return grouped(mark_of(self._authority.der))

    async def waiting(self, at: datetime) -> tuple[WaitingRequest, ...]:
        """Return the requests that wait for a person, the oldest first."""
        since = at - self._rules.wait_for_person
        found = await self._read(lambda db: reads.read_waiting(db, at))
        every = (WaitingRequest(**{**one, "asked_at": _at(one["asked_at"])}) for one in found)
        return tuple(one for one in every if one.asked_at > since)

    async def tokens(self, at: datetime) -> tuple[LiveToken, ...]:
        """Return the tokens that can be used, and those that somebody tried in vain."""
        found = await self._read(lambda db: reads.read_tokens(db, at))
        return tuple(LiveToken(**{**one, "expires": _at(one["expires"])}) for one in found)

    async def identities(self, after: str, limit: int, at: datetime) -> tuple[StoreIdentity, ...]:
        """Return the newest certificates of at most `limit` stores with names after `after`."""
        found = await self._read(lambda db: reads.read_identities(db, at, after, limit))
        return tuple(
            StoreIdentity(
                **{**one, "issued_at": _at(one["issued_at"]), "not_after": _at(one["not_after"])}
            )
            for one in found
        )

    async def revoked(self, limit: int) -> tuple[RevokedStore, ...]:
        """Return the stores that count no more, the last first."""
        found = await self._read(lambda db: reads.read_revoked(db, limit))
        return tuple(RevokedStore(**{**one, "revoked_at": _at(one["revoked_at"])}) for one in found)

    async def make_token(self, store: str, by: By) -> MadeToken | Refused:
        """Make a token for a store, for one use."""
        life = self._rules.token_life
        return await self._write(
            lambda db: decisions.make_token(db, self._authority, store, life, by)
        )

    async def accept(self, request: str, by: By) -> Refused | None:
        """Give a request its certificate; the store has it when it asks next."""
        return await self._write(
            lambda db: decisions.accept(db, self._authority, request, self._rules, by)
        )

    async def refuse(self, request: str, by: By) -> Refused | None:
        """Refuse a request."""
        return await self._write(lambda db: decisions.refuse(db, request, self._rules, by))

    async def revoke(self, store: str, reason: str, by: By) -> Refused | int:
        """Let nothing of a store count any more; return how many certificates did until now."""
        return await self._write(lambda db: decisions.revoke(db, store, reason, by))

    async def _read(self, question: Work[T]) -> T:
        try:
            return await self._file.read(question)
        except StorageError as error:
            raise CentreUnreadableError(str(error)) from error

    async def _write(self, change: Work[T]) -> T:
        try:
            return await self._file.write(change)
        except StorageError as error:
            raise CentreUnreadableError(str(error)) from error


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
