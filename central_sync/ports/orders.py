"""What signed orders to stores need: who signs them, and who remembers what was said."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from central_sync.core.assignments import Wanted
from endcap.wire.orders import Order


class OrderSigning(Protocol):
    """Signs orders with the control keys at hand, in the order given.

    Raises RepositoryError of central_sync.ports.releases when no key is at hand.
    """

    async def sign(self, orders: Sequence[Order]) -> tuple[bytes, ...]: ...


class AssignmentBook(Protocol):
    """Keeps the last word to each store; what a method wrote survives a power cut when it returns.

    `to_say` returns the assignments to live releases that were not told, or end within `margin` of
    `at`; all of them for `everything`. `keep` keeps signed ones, `told` that the broker has them,
    each unless it changed since.
    """

    async def to_say(
        self, at: datetime, margin: timedelta, *, everything: bool
    ) -> tuple[Wanted, ...]: ...

    async def keep(self, signed: Sequence[Wanted]) -> None: ...

    async def told(self, said: Sequence[Wanted], at: datetime) -> None: ...
