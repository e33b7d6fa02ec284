"""An outbox in memory, and a link to a centre that is played by the test."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from datetime import datetime

from edge_agent.core.outbox import (
    AckRefused,
    Backlog,
    Believed,
    ShedPolicy,
    Waiting,
    loss_events,
    to_shed,
    understand,
)
from edge_agent.ports.sync import AckTaken, Command, OutboxView, UplinkDownError
from endcap.wire.body import Body
from endcap.wire.commands import Ack
from endcap.wire.envelope import decode, event
from endcap.wire.events import Event
from endcap.wire.seqset import SeqSet


class MemoryOutbox:
    """Keeps the promises of edge_agent.ports.sync: Outbox, AckBook and OutboxCare."""

    def __init__(self, store: str, epoch: str) -> None:
        self._store, self._epoch = store, epoch
        self._rows: dict[int, Event] = {}
        self._acked: dict[int, datetime] = {}
        self._told_lost: dict[int, SeqSet] = {}
        self._believed = Believed()
        self._last = 0

    def append(self, bodies: Iterable[Body], at: datetime) -> None:
        for body in bodies:
            self._last += 1
            self._rows[self._last] = event(
                store=self._store,
                epoch=self._epoch,
                seq=self._last,
                time=at,
                clock_ok=True,
                body=body,
            )

    async def view(self, under_way: Collection[int], limit: int) -> OutboxView:
        waiting = self._waiting()
        free = [row for row in waiting if row.seq not in under_way]
        urgent = sorted(free, key=lambda row: (row.priority, row.seq))
        still = frozenset(row.seq for row in waiting if row.seq in under_way)
        return OutboxView(tuple(urgent[:limit]), tuple(free[:limit]), still)

    async def events(self, seqs: Collection[int]) -> tuple[Event, ...]:
        return tuple(self._rows[row.seq] for row in self._waiting() if row.seq in seqs)

    async def acknowledge(self, ack: Ack, at: datetime) -> AckTaken | AckRefused:
        meaning = understand(ack, self._epoch, self._last, self._believed)
        if isinstance(meaning, AckRefused):
            return meaning
        self._believed = meaning.believed
        settled = [row.seq for row in self._waiting() if row.seq in meaning.settle]
        again = [seq for seq in self._acked if seq in meaning.doubt]
        self._acked.update(dict.fromkeys(settled, at))
        for seq in again:
            del self._acked[seq]
        told = [lost for seq, lost in self._told_lost.items() if seq in self._rows]
        gone = meaning.doubt.minus(SeqSet.of(self._rows))
        for lost in told:
            gone = gone.minus(lost)
        self._tell_lost(gone, {}, "the centre lost them", at)
        return AckTaken(len(settled), len(again), len(gone))

    async def backlog(self) -> Backlog:
        waiting = self._waiting()
        return Backlog(len(waiting), sum(row.size for row in waiting))

    async def forget(self, acked_before: datetime) -> int:
        old = [seq for seq, at in self._acked.items() if at < acked_before]
        for seq in old:
            del self._acked[seq], self._rows[seq]
        return len(old)

    async def shed(self, policy: ShedPolicy, at: datetime) -> int:
        candidates = sorted(self._waiting(), key=lambda row: (-row.priority, row.seq))
        dropped = to_shed(candidates, await self.backlog(), policy)
        for row in dropped:
            del self._rows[row.seq]
        sizes = {row.seq: row.size for row in dropped}
        self._tell_lost(SeqSet.of(sizes), sizes, "too much waited", at)
        return len(dropped)

    def _waiting(self) -> list[Waiting]:
        return [
            Waiting(seq, one.priority, len(one.body.model_dump_json().encode()))
            for seq, one in sorted(self._rows.items())
            if seq not in self._acked
        ]

    def _tell_lost(self, lost: SeqSet, sizes: dict[int, int], reason: str, at: datetime) -> None:
        for body in loss_events(self._epoch, lost, sizes, reason):
            self.append([body], at)
            self._told_lost[self._last] = SeqSet(body.ranges)


class PlayedCentre:
    """Keeps the promises of edge_agent.ports.sync: Uplink, Downlink, Pace and Complaints.

    The test plays the centre: `batches` is what came, `say` sends a command down, `cut` and
    `restore` break and mend the link. `dropping` loses that many batches that the broker took,
    `unconfirmed` are never confirmed by it.
    """

    def __init__(self, events_per_second: int = 1_000_000) -> None:
        self.connection = 1
        self.problem = ""
        self.events_per_second = events_per_second
        self.dropping = 0
        self.unconfirmed = 0
        self.batches: list[tuple[Event, ...]] = []
        self.states: list[bytes] = []
        self.complaints: list[tuple[str, str]] = []
        self._connections = 1
        self._commands: asyncio.Queue[Command] = asyncio.Queue()

    @property
    def events(self) -> list[Event]:
        return [one for batch in self.batches for one in batch]

    async def send_events(self, payload: bytes) -> None:
        self._check()
        if self.dropping:
            self.dropping -= 1
        else:
            self.batches.append(decode(payload).events)

    async def send_state(self, payload: bytes) -> None:
        self._check()
        self.states.append(payload)

    async def commands(self) -> AsyncIterator[Command]:
        while True:
            yield await self._commands.get()

    def say(self, command: Command) -> None:
        self._commands.put_nowait(command)

    def allow(self, events_per_second: int) -> None:
        self.events_per_second = events_per_second

    def tell(self, subject: str, problem: str) -> None:
        self.complaints.append((subject, problem))

    def cut(self) -> None:
        self.connection = 0

    def restore(self) -> None:
        self._connections += 1
        self.connection = self._connections

    def _check(self) -> None:
        if not self.connection:
            raise UplinkDownError("no connection to the broker")
        if self.unconfirmed:
            self.unconfirmed -= 1
            raise UplinkDownError("the broker did not confirm in time")
