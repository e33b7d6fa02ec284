"""Who the stores are to the centre: their certificates, and which of them count no more."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from central_sync.core.endings import Ending
from central_sync.core.enrolment import Refused
from endcap.wire.enrolment import AuthorityAnswer, EnrolAnswer, EnrolRequest, RenewRequest


class Revocations(Protocol):
    """Says why a certificate counts no more: itself or its store was revoked. None when it counts.

    `serial` is in hexadecimal. A certificate that the registry does not have counts as long as its
    store does: a registry that came back from an older backup must not lock stores out.
    """

    async def why_not(self, store: str, serial: str) -> str | None: ...


class Certificates(Protocol):
    """Says when the certificates end by which the centre and its broker are known."""

    async def endings(self) -> tuple[Ending, ...]: ...


class EnrolmentDesk(Protocol):
    """Answers stores that want a certificate; what it gives is on the disk before it is given.

    `place` is the address that the question came from. It raises CentreUnreadableError.
    """

    async def enrol(
        self, request: EnrolRequest, place: str, at: datetime
    ) -> EnrolAnswer | Refused: ...

    async def poll(self, request: str, at: datetime) -> EnrolAnswer | Refused: ...

    async def renew(self, request: RenewRequest, at: datetime) -> EnrolAnswer | Refused: ...

    async def authority(self, at: datetime) -> AuthorityAnswer: ...


@dataclass(frozen=True, slots=True)
class StoreIdentity:
    """The newest certificate of a store; `standing` is valid, ended or revoked."""

    store: str
    standing: str
    serial: str
    issued_at: datetime
    not_after: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class LiveToken:
    """A token that can be used, or that somebody tried in vain `refused` times. Never its text."""

    store: str
    expires: datetime
    standing: str
    refused: int


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """A store that waits for a person; `key_shown` is what two people compare."""

    request: str
    store: str
    key: str
    key_shown: str
    asked_at: datetime
    asked_from: str


@dataclass(frozen=True, slots=True)
class RevokedStore:
    """A store that counts no more."""

    store: str
    revoked_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A token as it is shown, once."""

    store: str
    text: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class By:
    """Who decides, and when."""

    who: str
    at: datetime


class EnrolmentBook(Protocol):
    """What people see of enrolment and decide; each decision is an entry of the audit log.

    What cannot be followed is returned as Refused. It raises CentreUnreadableError.
    """

    @property
    def mark(self) -> str: ...

    async def waiting(self, at: datetime) -> tuple[WaitingRequest, ...]: ...

    async def tokens(self, at: datetime) -> tuple[LiveToken, ...]: ...

    async def identities(
        self, after: str, limit: int, at: datetime
    ) -> tuple[StoreIdentity, ...]: ...

    async def revoked(self, limit: int) -> tuple[RevokedStore, ...]: ...

    async def make_token(self, store: str, by: By) -> MadeToken | Refused: ...

    async def accept(self, request: str, by: By) -> Refused | None: ...

    async def refuse(self, request: str, by: By) -> Refused | None: ...

    async def revoke(self, store: str, reason: str, by: By) -> Refused | int: ...
