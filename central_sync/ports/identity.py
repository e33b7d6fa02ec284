"""Who the stores are to the centre: their certificates, and which of them count no more."""

from datetime import datetime
from typing import Protocol

from central_sync.core.enrolment import Refused
from endcap.wire.enrolment import AuthorityAnswer, EnrolAnswer, EnrolRequest, RenewRequest


class Revocations(Protocol):
    """Says why a certificate counts no more: itself or its store was revoked. None when it counts.

    `serial` is in hexadecimal. A certificate that the registry does not have counts as long as its
    store does: a registry that came back from an older backup must not lock stores out.
    """

    async def why_not(self, store: str, serial: str) -> str | None: ...


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
