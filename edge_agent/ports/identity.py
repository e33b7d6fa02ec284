"""What proves to the centre which store this is, and how it is renewed."""

from dataclasses import dataclass
from typing import Protocol

from edge_agent.core.identity import Held


class IdentityError(Exception):
    """No certificate, or none that could be tried: nobody answered, or said no; the message why."""


class IdentityRefusedError(IdentityError):
    """The centre says no, and will say so again."""


@dataclass(frozen=True, slots=True)
class Wallet:
    """The certificate in place, and one beside it that waits to be tried."""

    current: Held
    candidate: Held | None


class IdentityCare(Protocol):
    """Renews a store's identity, step by step; each is on the disk when it returns.

    `renew` and `attempt` raise IdentityError and leave what is in place in place.
    """

    async def wallet(self) -> Wallet: ...

    async def renew(self) -> None: ...

    async def attempt(self) -> None: ...

    async def switch(self) -> None: ...

    async def drop(self) -> None: ...
