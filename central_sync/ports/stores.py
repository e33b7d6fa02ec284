"""What hearing the stores and speaking to them needs: the links, events, and states."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from central_sync.core.ledger import NOTHING, Line
from endcap.wire.commands import StoreState
from endcap.wire.envelope import Batch
from endcap.wire.seqset import SeqSet


class Announcer(Protocol):
    """A link to the broker: `connections` counts how often it was made.

    `publish` returns once the broker confirmed and raises LinkDownError otherwise.
    """

    @property
    def connected(self) -> bool: ...

    @property
    def connections(self) -> int: ...

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None: ...


class Heard(Protocol):
    """A message from the broker; `retained` when the broker had kept it from before."""

    @property
    def topic(self) -> str: ...

    @property
    def payload(self) -> bytes: ...

    @property
    def retained(self) -> bool: ...


class Uplink(Protocol):
    """What the stores say: waits for a message and returns it with those behind it."""

    async def take(self, limit: int) -> Sequence[Heard]: ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """A batch, and the store on whose topic it came."""

    store: str
    batch: Batch


@dataclass(frozen=True, slots=True)
class Committed:
    """What the centre has of an epoch of a store, on its disk; `just` is what came last."""

    store: str
    epoch: str
    line: Line
    just: SeqSet = NOTHING


LetterForm = Literal["event", "batch", "state"]
"""What a dead letter was meant to be."""


class EventStore(Protocol):
    """Keeps events. What `commit` or `refuse` did survives a power cut when it returns.

    A batch that comes again changes nothing. An event that cannot be taken becomes a dead letter
    in the same commit; `refuse` keeps a whole payload as one, once, however often it comes.
    `line` is what there is of an epoch, empty when nothing is.
    """

    async def commit(self, delivery: Delivery, at: datetime) -> tuple[Committed, ...]: ...

    async def refuse(
        self, store: str, form: LetterForm, payload: bytes, reason: str, at: datetime
    ) -> None: ...

    async def line(self, store: str, epoch: str) -> Committed: ...


class StoreStates(Protocol):
    """Keeps the last state of each store; `heard_at` is when it was surely alive."""

    async def note(self, state: StoreState, at: datetime, *, heard_at: datetime) -> None: ...


class Acks(Protocol):
    """Tells stores what is committed, never less than it told before on the same connection.

    Where the link is down nothing is told: a store sends again, and is told then. `again` tells
    it also when the store was told the same before.
    """

    async def tell(self, committed: Committed, *, again: bool = True) -> None: ...
