"""What waits for the centre, the link to it, and what it says."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from edge_agent.core.outbox import AckRefused, Backlog, ShedPolicy, Waiting
from endcap.wire.commands import Ack, ChainSignals, Credit, Feed, StoreState
from endcap.wire.events import Event, HealthChanged
from endcap.wire.topics import Channel


class UplinkDownError(Exception):
    """The broker did not take it; try again on the next connection."""


@dataclass(frozen=True, slots=True)
class OutboxView:
    """What waits, in two orders, and which of the events under way wait still."""

    urgent: tuple[Waiting, ...]
    oldest: tuple[Waiting, ...]
    under_way: frozenset[int]


class Outbox(Protocol):
    """What waits for the centre.

    `view` shows at most `limit` events in each order, none of those `under_way`. `events` returns
    those of `seqs` that still wait, in order; one that cannot be read any more comes as Unknown.
    """

    async def view(self, under_way: Collection[int], limit: int) -> OutboxView: ...

    async def events(self, seqs: Collection[int]) -> tuple[Event, ...]: ...


@dataclass(frozen=True, slots=True)
class AckTaken:
    """What an acknowledgement did: events settled, events that wait again, events beyond recall."""

    settled: int
    again: int
    lost: int


class AckBook(Protocol):
    """Takes in what the centre says it has, durably; what it has lost waits again.

    What it has lost and the store no longer keeps goes into the loss ledger.
    """

    async def acknowledge(self, ack: Ack, at: datetime) -> AckTaken | AckRefused: ...


class OutboxCare(Protocol):
    """Keeps the outbox bounded: `forget` deletes acknowledged rows, `shed` what a policy drops.

    Both work in bounded steps and return how many rows went; the loss of a shed row is recorded
    in the same write.
    """

    async def backlog(self) -> Backlog: ...

    async def forget(self, acked_before: datetime) -> int: ...

    async def shed(self, policy: ShedPolicy, at: datetime) -> int: ...


class HistoryCare(Protocol):
    """Deletes sales, forecasts and closed gaps of before a day; returns how many rows went."""

    async def forget(self, before: datetime) -> int: ...


class HealthBook(Protocol):
    """Records that a part fails or recovered, with its event; what is known already is not told."""

    async def record(self, change: HealthChanged, at: datetime) -> None: ...

    async def failing(self) -> tuple[str, ...]: ...


class Uplink(Protocol):
    """The way to the centre.

    Sending returns once the broker has the message, which does not say that the centre has it;
    it raises UplinkDownError. `connection` is 0 while there is none, and another number each time;
    `problem` then says why, as far as it is known.
    """

    @property
    def connection(self) -> int: ...

    @property
    def problem(self) -> str: ...

    async def send_events(self, payload: bytes) -> None: ...

    async def send_state(self, payload: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class Command:
    """What the centre said on one of our channels, unread."""

    channel: Channel
    payload: bytes


class Downlink(Protocol):
    """What the centre says to this store, as it comes, for ever."""

    def commands(self) -> AsyncIterator[Command]: ...


class Pace(Protocol):
    """How fast the store may send, in events a second; the last word of the centre holds."""

    @property
    def events_per_second(self) -> int: ...

    def allow(self, events_per_second: int) -> None: ...


class Complaints(Protocol):
    """Tells a person, on one line, of something that was said wrong; never raises."""

    def tell(self, subject: str, problem: str) -> None: ...


class StateSource(Protocol):
    """What runs in the store now."""

    async def state(self, at: datetime) -> StoreState: ...


class HeldOrders(Protocol):
    """Orders that no key known here has signed, the last of each channel, until newer keys come.

    `release` returns them and holds them no longer.
    """

    @property
    def waiting(self) -> bool: ...

    def hold(self, command: Command) -> None: ...

    def release(self) -> tuple[Command, ...]: ...


@dataclass(frozen=True, slots=True)
class Takers:
    """Who takes each kind of command; None where the store has nobody for it.

    `orders` are taken as they come, signed: who takes one opens it, and may raise
    OrderRefusedError; those whose keys are not known yet are `held`.
    """

    ack: Callable[[Ack], Awaitable[None]] | None = None
    feed: Callable[[Feed], Awaitable[None]] | None = None
    credit: Callable[[Credit], Awaitable[None]] | None = None
    chain: Callable[[ChainSignals], Awaitable[None]] | None = None
    orders: Mapping[Channel, Callable[[bytes], Awaitable[None]]] = field(default_factory=dict)
    held: HeldOrders | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept after they are of no more use for sending."""

    sent: timedelta = timedelta(days=7)
    history: timedelta = timedelta(days=730)
