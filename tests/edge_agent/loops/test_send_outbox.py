"""Everything that waits goes, again until the centre has it, and never faster than allowed."""

import asyncio
from collections.abc import Collection
from datetime import timedelta

from edge_agent.core.outbox import FLIGHTS
from edge_agent.loops.send_outbox import Sending, send_once, send_outbox
from endcap.wire.commands import Ack
from endcap.wire.events import Event, FeedRead, UpdateAdvanced
from endcap.wire.seqset import SeqSet
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.memory_outbox import MemoryOutbox, PlayedCentre

STORE, EPOCH, CENTRE = "s-0001", "00112233445566aa", "aaaaaaaaaaaaaaaa"
NORMAL = FeedRead(file="sales.csv", accepted=1, refused=0)
CRITICAL = UpdateAdvanced(release=1, state="committed")


class Line:
    """A store's outbox and the centre at the other end, a turn at a time."""

    def __init__(self, waiting: int = 0, events_per_second: int = 1_000_000) -> None:
        self.outbox = MemoryOutbox(STORE, EPOCH)
        self.centre = PlayedCentre(events_per_second)
        self.clock = FakeClock()
        self.outbox.append([NORMAL] * waiting, NOON)
        self.sending = Sending()

    async def send(self, later: float = 1.0) -> list[list[int]]:
        """Send what may go after so many seconds; return the numbers in each batch."""
        self.clock.turn(timedelta(seconds=later))
        before = len(self.centre.batches)
        self.sending = await send_once(
            self.outbox, self.centre, self.centre, self.clock, self.sending
        )
        return [[one.seq for one in batch] for batch in self.centre.batches[before:]]

    async def ack(self, *seqs: int) -> None:
        ranges = SeqSet.of(seqs).ranges
        await self.outbox.acknowledge(Ack(centre=CENTRE, epoch=EPOCH, committed=ranges), NOON)


def test_what_waits_goes_in_batches() -> None:
    async def work() -> None:
        line = Line(waiting=1200)
        sent = await line.send()
        assert [len(batch) for batch in sent] == [500, 500, 200]
        assert sorted(seq for batch in sent for seq in batch) == list(range(1, 1201))

    asyncio.run(work())


def test_no_more_than_a_few_batches_are_under_way() -> None:
    async def work() -> None:
        line = Line(waiting=3000)
        assert len(await line.send()) == FLIGHTS
        assert await line.send() == []
        await line.ack(*range(1, 501))
        assert [batch[0] for batch in await line.send()] == [2001]

    asyncio.run(work())


def test_nothing_goes_twice_while_it_is_under_way_and_again_when_it_is_overdue() -> None:
    async def work() -> None:
        line = Line(waiting=3)
        assert await line.send() == [[1, 2, 3]]
        await line.ack(2)
        assert await line.send(later=10) == []
        assert await line.send(later=6) == [[1, 3]]
        await line.ack(1, 2, 3)
        assert await line.send(later=60) == []

    asyncio.run(work())


def test_a_new_connection_gets_everything_that_is_not_acknowledged() -> None:
    async def work() -> None:
        line = Line(waiting=3)
        await line.send()
        await line.ack(1)
        line.centre.cut()
        line.centre.restore()
        assert await line.send() == [[2, 3]]

    asyncio.run(work())


def test_the_important_overtakes_the_backlog() -> None:
    async def work() -> None:
        line = Line(waiting=3000)
        line.outbox.append([CRITICAL], NOON)
        first, *_ = await line.send()
        assert 3001 in first
        assert 1 in first

    asyncio.run(work())


def test_the_pace_of_the_centre_is_kept() -> None:
    async def work() -> None:
        line = Line(waiting=500, events_per_second=100)
        sent = [len(batch) for _ in range(3) for batch in await line.send()]
        assert sum(sent) <= 301
        line.centre.allow(1000)
        await line.send(later=2)
        assert len(line.centre.events) == 500

    asyncio.run(work())


def test_the_loop_delivers_all_through_cuts_and_losses() -> None:
    async def work() -> None:
        line = Line(waiting=1500)
        line.centre.dropping = 3
        line.centre.unconfirmed = 2
        sending = asyncio.create_task(
            send_outbox(line.outbox, line.centre, line.centre, line.clock)
        )
        turns = 0
        while (await line.outbox.backlog()).rows:
            await asyncio.sleep(0.001)
            turns += 1
            if turns % 40 == 10:
                line.centre.cut()
            if turns % 40 == 15:
                line.centre.restore()
            await line.ack(*(one.seq for one in line.centre.events))
            assert turns < 5000
        sending.cancel()
        assert {one.seq for one in line.centre.events} == set(range(1, 1501))

    asyncio.run(work())


class AckedMeanwhile(MemoryOutbox):
    """The centre's word comes between looking and reading."""

    async def events(self, seqs: Collection[int]) -> tuple[Event, ...]:
        ranges = SeqSet.of(seqs).ranges
        await self.acknowledge(Ack(centre=CENTRE, epoch=EPOCH, committed=ranges), NOON)
        return await super().events(seqs)


def test_what_was_acknowledged_while_we_looked_does_not_go() -> None:
    async def work() -> None:
        line = Line()
        line.outbox = AckedMeanwhile(STORE, EPOCH)
        line.outbox.append([NORMAL] * 3, NOON)
        assert await line.send() == []
        assert line.centre.batches == []

    asyncio.run(work())
