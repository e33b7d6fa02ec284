"""Keys to the kiosk's interface, the sessions they begin, and who has them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, get_args

Role = Literal["shopper", "till", "staff", "inference"]
"""What a key is for: a kiosk's pages, a point of sale, the store's people, other programs."""

ROLES: tuple[Role, ...] = get_args(Role)


class KeyNameError(Exception):
    """There is no such key, or there is one already; the message says which."""


@dataclass(frozen=True, slots=True)
class KeyShown:
    """A key as a person may see it: everything but the key."""

    name: str
    role: Role
    made_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Begun:
    """A session: what the browser keeps, whose it is, and until when."""

    session: str
    name: str
    role: str
    until: datetime


class Sessions(Protocol):
    """Begins a session for a key or for a link, which is good once; None for what is neither."""

    async def begin(self, secret: str, at: datetime) -> Begun | None: ...
