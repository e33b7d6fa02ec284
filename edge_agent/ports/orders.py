"""Signed orders of the centre: who lets them in, by which keys, at which time."""

from datetime import datetime
from typing import Protocol, TypeVar

from edge_agent.core.trust import Freshness
from endcap.wire.orders import (
    Assignment,
    ConfigOrder,
    ControlKeys,
    Errand,
    ExperimentOrder,
    MediaOrder,
)
from endcap.wire.topics import Channel

T = TypeVar("T", Assignment, ConfigOrder, Errand, MediaOrder, ExperimentOrder)


class OrderRefusedError(Exception):
    """An order is not obeyed; the message is the reason, on one line."""


class OrderUntrustedError(OrderRefusedError):
    """No key that counts here has signed it. Newer keys may come: then it may be tried again."""


class OrderGate(Protocol):
    """Lets signed orders in.

    `accept` returns an order that is to be obeyed, once its counter and its text are on the disk;
    None when it is the one that was taken last; and raises OrderRefusedError otherwise. `taken`
    returns the last one that was let in on a channel, also when it is over by now.
    """

    async def accept(self, channel: Channel, payload: bytes, kind: type[T]) -> T | None: ...

    async def taken(self, channel: Channel, kind: type[T]) -> T | None: ...


class ControlKeyring(Protocol):
    """The keys whose orders count, None before any were verified; never raises.

    `known` are those verified last. `newer` looks for newer ones first, at most once a minute.
    """

    async def known(self) -> ControlKeys | None: ...

    async def newer(self) -> ControlKeys | None: ...


class MetadataWatch(Protocol):
    """Looks for what the centre signed anew and keeps what follows from it.

    Raises NotNowError or DamagedError of edge_agent.ports.updates; what was known stays then.
    """

    async def look(self) -> None: ...


class TrustBook(Protocol):
    """Remembers what was verified; what a method wrote survives a power cut when it returns.

    `floor` is a moment that has surely passed; `raise_floor` never lowers it.
    """

    async def floor(self) -> datetime: ...

    async def raise_floor(self, moment: datetime) -> None: ...

    async def keys(self) -> ControlKeys | None: ...

    async def keep_keys(self, keys: ControlKeys) -> None: ...

    async def freshness(self) -> Freshness | None: ...

    async def keep_freshness(self, freshness: Freshness) -> None: ...
