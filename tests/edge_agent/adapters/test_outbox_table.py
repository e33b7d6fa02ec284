"""The outbox: what waits, what an acknowledgement does, what is shed; the fake agrees."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge_agent.adapters.outbox_table import OutboxTable
from edge_agent.core.outbox import AckRefused, Backlog, ShedPolicy
from edge_agent.ports.sync import AckTaken
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.body import Body
from endcap.wire.commands import Ack
from endcap.wire.envelope import decode, encode
from endcap.wire.events import EventsShed, FeedRead, GapOpened, UpdateAdvanced
from tests.edge_agent.adapters.store_file import rows, tell, with_store
from tests.fakes.memory_outbox import MemoryOutbox

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
STORE, EPOCH = "s-0001", "00112233445566aa"
CENTRE, RESTORED = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"

NORMAL = FeedRead(file="sales.csv", accepted=1, refused=0)
HIGH = GapOpened(camera="aisle-1", facing="a1", since=AT, probability=0.9, frames=3)
CRITICAL = UpdateAdvanced(release=1, state="committed")

AnyOutbox = OutboxTable | MemoryOutbox


@dataclass(frozen=True, slots=True)
class World:
    """An outbox, and how to write into it."""

    outbox: AnyOutbox
    append: Callable[[list[Body]], Awaitable[object]]

    async def waiting(self, under_way: Collection[int] = (), limit: int = 100) -> list[int]:
        return [row.seq for row in (await self.outbox.view(under_way, limit)).oldest]

    async def ack(self, *ranges: tuple[int, int], centre: str = CENTRE) -> AckTaken | AckRefused:
        return await self.outbox.acknowledge(Ack(centre=centre, epoch=EPOCH, committed=ranges), AT)


Scenario = Callable[[World], Awaitable[None]]
Play = Callable[[Scenario], None]


@pytest.fixture(params=["sqlite", "memory"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Play:
    """Return what plays a scenario on the real outbox, or on the fake."""

    def on_memory(scenario: Scenario) -> None:
        outbox = MemoryOutbox(STORE, EPOCH)

        async def append(bodies: list[Body]) -> None:
            outbox.append(bodies, AT)

        async def run() -> None:
            await scenario(World(outbox, append))

        asyncio.run(run())

    def on_sqlite(scenario: Scenario) -> None:
        async def work(file: SqliteFile) -> None:
            await scenario(
                World(OutboxTable(file, STORE, EPOCH), lambda bodies: tell(file, bodies, AT))
            )

        with_store(tmp_path, work)

    return on_sqlite if request.param == "sqlite" else on_memory


def test_what_waits_is_shown_by_importance_and_by_age(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.append([NORMAL, HIGH, NORMAL, CRITICAL])
        view = await world.outbox.view((), 3)
        assert [row.seq for row in view.urgent] == [4, 2, 1]
        assert [row.seq for row in view.oldest] == [1, 2, 3]
        assert view.oldest[0].size == len(NORMAL.model_dump_json())
        assert view.under_way == frozenset()

    play(scenario)


def test_what_is_under_way_is_not_shown_again(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.append([NORMAL] * 4)
        await world.ack((2, 2))
        view = await world.outbox.view({1, 2}, 10)
        assert [row.seq for row in view.urgent] == [3, 4]
        assert view.under_way == {1}

    play(scenario)


def test_events_come_with_their_places(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.append([NORMAL, HIGH, CRITICAL])
        await world.ack((2, 2))
        events = await world.outbox.events([3, 1, 2])
        assert [(one.seq, one.epoch, one.store) for one in events] == [
            (1, EPOCH, STORE),
            (3, EPOCH, STORE),
        ]
        assert [one.body for one in decode(encode(events)).events] == [NORMAL, CRITICAL]

    play(scenario)


def test_an_acknowledged_event_waits_no_more(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.append([NORMAL] * 5)
        assert await world.ack((1, 3)) == AckTaken(3, 0, 0)
        assert await world.ack((1, 3)) == AckTaken(0, 0, 0)
        assert await world.ack((1, 3), (5, 5)) == AckTaken(1, 0, 0)
        assert await world.waiting() == [4]

    play(scenario)


def test_an_acknowledgement_that_cannot_be_ours_changes_nothing(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.append([NORMAL] * 2)
        assert isinstance(await world.ack((1, 3)), AckRefused)
        other = Ack(centre=CENTRE, epoch="ff" * 8, committed=((1, 1),))
        assert isinstance(await world.outbox.acknowledge(other, AT), AckRefused)
        assert await world.waiting() == [1, 2]

    play(scenario)


def test_a_centre_that_lost_some_gets_them_again(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.append([NORMAL] * 5)
        await world.ack((1, 5))
        assert await world.ack((1, 2)) == AckTaken(0, 3, 0)
        assert await world.waiting() == [3, 4, 5]
        await world.ack((1, 5))
        assert await world.ack((1, 1), centre=RESTORED) == AckTaken(0, 4, 0)
        assert await world.waiting() == [2, 3, 4, 5]

    play(scenario)


def test_what_the_centre_lost_and_the_store_forgot_is_told_lost_once(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.append([NORMAL] * 5)
        await world.ack((1, 4))
        assert await world.outbox.forget(AT + timedelta(seconds=1)) == 4
        assert await world.ack((1, 1), centre=RESTORED) == AckTaken(0, 0, 3)
        assert await world.ack((1, 1), centre=RESTORED) == AckTaken(0, 0, 0)
        assert await world.waiting() == [5, 6]
        [event] = await world.outbox.events([6])
        assert isinstance(event.body, EventsShed)
        assert (event.body.ranges, event.body.count) == (((2, 4),), 3)

    play(scenario)


def test_only_what_the_centre_has_had_for_long_is_forgotten(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.append([NORMAL] * 3)
        await world.ack((1, 2))
        assert await world.outbox.forget(AT) == 0
        assert await world.outbox.forget(AT + timedelta(seconds=1)) == 2
        assert await world.outbox.forget(AT + timedelta(days=9)) == 0
        assert await world.waiting() == [3]

    play(scenario)


def test_too_much_is_shed_and_told(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.append([CRITICAL, NORMAL, HIGH, NORMAL, NORMAL])
        size = len(NORMAL.model_dump_json())
        assert await world.outbox.shed(ShedPolicy(5, 10_000), AT) == 0
        assert await world.outbox.shed(ShedPolicy(3, 10_000), AT) == 2
        assert await world.waiting() == [1, 3, 5, 6]
        [event] = await world.outbox.events([6])
        assert isinstance(event.body, EventsShed)
        assert (event.body.lost_epoch, event.body.ranges) == (EPOCH, ((2, 2), (4, 4)))
        assert (event.body.count, event.body.bytes) == (2, 2 * size)

    play(scenario)


def test_what_is_important_is_never_shed(play: Play) -> None:
    async def scenario(world: World) -> None:
        await world.append([CRITICAL, HIGH, HIGH])
        assert await world.outbox.shed(ShedPolicy(1, 10), AT) == 0
        assert (await world.outbox.backlog()).rows == 3

    play(scenario)


def test_the_backlog_is_counted(play: Play) -> None:
    async def scenario(world: World) -> None:
        assert await world.outbox.backlog() == Backlog(0, 0)
        await world.append([NORMAL, NORMAL, NORMAL])
        await world.ack((1, 1))
        assert await world.outbox.backlog() == Backlog(2, 2 * len(NORMAL.model_dump_json()))

    play(scenario)


def test_an_epoch_never_uses_a_number_twice(tmp_path: Path) -> None:
    async def first(file: SqliteFile) -> None:
        outbox = OutboxTable(file, STORE, EPOCH)
        await tell(file, [NORMAL] * 3, AT)
        await outbox.acknowledge(Ack(centre=CENTRE, epoch=EPOCH, committed=((1, 3),)), AT)
        await outbox.forget(AT + timedelta(days=1))

    async def second(file: SqliteFile) -> list[tuple[int]]:
        await tell(file, [NORMAL], AT)
        assert await OutboxTable(file, STORE, EPOCH).last() == 4
        return await rows(file, "SELECT seq FROM outbox")

    with_store(tmp_path, first)
    assert with_store(tmp_path, second) == [(4,)]


def test_after_a_restart_the_first_word_of_the_centre_is_compared_with_all_rows(
    tmp_path: Path,
) -> None:
    async def first(file: SqliteFile) -> None:
        await tell(file, [NORMAL] * 4, AT)
        ack = Ack(centre=CENTRE, epoch=EPOCH, committed=((1, 4),))
        await OutboxTable(file, STORE, EPOCH).acknowledge(ack, AT)

    async def second(file: SqliteFile) -> AckTaken | AckRefused:
        ack = Ack(centre=CENTRE, epoch=EPOCH, committed=((1, 1), (3, 3)))
        return await OutboxTable(file, STORE, EPOCH).acknowledge(ack, AT)

    with_store(tmp_path, first)
    assert with_store(tmp_path, second) == AckTaken(0, 2, 0)


def test_an_event_that_cannot_be_read_goes_as_it_is(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await tell(file, [NORMAL, HIGH], AT)
        await file.write(
            lambda db: db.execute("UPDATE outbox SET body = '{' WHERE seq = 1").rowcount
        )
        kind = "UPDATE outbox SET kind = 'endcap.future.thing.v7' WHERE seq = 2"
        await file.write(lambda db: db.execute(kind).rowcount)
        batch = decode(encode(await OutboxTable(file, STORE, EPOCH).events([1, 2])))
        assert [one.kind for one in batch.events] == ["endcap.future.thing.v7"]
        assert [(one.epoch, one.seq) for one in batch.refused] == [(EPOCH, 1)]

    with_store(tmp_path, work)


def test_the_centre_that_was_heard_is_noted(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> list[tuple[str]]:
        await tell(file, [NORMAL], AT)
        ack = Ack(centre=CENTRE, epoch=EPOCH, committed=())
        await OutboxTable(file, STORE, EPOCH).acknowledge(ack, AT)
        return await rows(file, "SELECT value FROM meta ORDER BY name")

    assert with_store(tmp_path, work) == [(CENTRE,), (AT.isoformat(),)]
