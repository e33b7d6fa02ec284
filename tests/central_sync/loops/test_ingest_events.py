"""Nothing is acknowledged before it is on the disk, and nothing stops the line."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from central_sync.adapters.event_tables import EventTables
from central_sync.adapters.fleet_tables import FleetTables
from central_sync.adapters.schema import migrate
from central_sync.loops.ingest_events import ingest, ingest_events
from central_sync.loops.watch_states import watch, watch_states
from central_sync.ports.stores import Committed, Delivery
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.mqtt_link import Message
from endcap.plumbing.sqlite_file import SqliteFile, StorageError, open_sqlite
from endcap.wire.topics import Channel, Topic
from tests.fakes.central_world import NotedAcks, ScriptedUplink, batch_message
from tests.fakes.store_world import EPOCH, NOON, OTHER_STORE, STORE, gap, in_row, state, travelled

EVENTS_TOPIC = str(Topic(STORE, Channel.EVENTS))


def on_tables(path: Path, work: Callable[[SqliteFile, EventTables], Awaitable[Any]]) -> Any:  # noqa: ANN401 - whatever `work` returns
    async def run() -> Any:  # noqa: ANN401 - likewise
        async with open_sqlite(path / "centre.db", migrate) as file:
            return await work(file, EventTables(file))

    return asyncio.run(run())


def count(table: str) -> Callable[[SqliteFile], Awaitable[int]]:
    async def ask(file: SqliteFile) -> int:
        found = await file.read(lambda db: db.execute(f"SELECT count(*) FROM {table}").fetchone())  # noqa: S608 - the test's own words
        return int(found[0])

    return ask


def test_a_group_of_stores_is_committed_and_each_told_once(tmp_path: Path) -> None:
    async def work(file: SqliteFile, tables: EventTables) -> None:
        heard = [
            batch_message(STORE, *in_row([gap()] * 3)),
            batch_message(OTHER_STORE, *in_row([gap()] * 2, store=OTHER_STORE)),
            batch_message(STORE, *in_row([gap()] * 3, first=4)),
        ]
        acks = NotedAcks()
        done = await ingest(heard, tables, acks, NOON)
        assert [one for one, _ in acks.told] == list(done)
        assert {one.store: one.line.committed.ranges for one in done} == {
            STORE: ((1, 6),),
            OTHER_STORE: ((1, 2),),
        }
        assert await count("events")(file) == 8

    on_tables(tmp_path, work)


def test_poison_messages_become_dead_letters_and_the_rest_goes_on(tmp_path: Path) -> None:
    async def work(file: SqliteFile, tables: EventTables) -> None:
        good = batch_message(STORE, *in_row([gap()]))
        uplink = ScriptedUplink(
            Message(EVENTS_TOPIC, b"not zstandard"),
            Message(EVENTS_TOPIC, b""),
            Message("endcap/v1/stores/UPPER/up/events", good.payload),
            good,
        )
        acks = NotedAcks()
        loop = asyncio.create_task(ingest_events(uplink, tables, acks, SystemClock()))
        await asyncio.wait_for(uplink.idle.wait(), 10)
        loop.cancel()
        assert await count("dead_letters")(file) == 3
        assert await count("events")(file) == 1
        assert len(acks.told) == 1

    on_tables(tmp_path, work)


class RefusingTables(EventTables):
    """Fails to commit in a way that nobody foresaw; everything else is real."""

    async def commit(self, delivery: Delivery, at: Any) -> tuple[Committed, ...]:  # noqa: ANN401 - a moment
        if delivery.store == STORE:
            raise OverflowError("a number that nobody thought of")
        return await super().commit(delivery, at)


def test_a_batch_that_cannot_be_kept_is_a_dead_letter_and_unacknowledged(tmp_path: Path) -> None:
    async def work(file: SqliteFile, _: EventTables) -> None:
        heard = [
            batch_message(STORE, *in_row([gap()])),
            batch_message(OTHER_STORE, *in_row([gap()], store=OTHER_STORE)),
        ]
        acks = NotedAcks()
        await ingest(heard, RefusingTables(file), acks, NOON)
        assert [one.store for one, _ in acks.told] == [OTHER_STORE]
        assert await count("dead_letters")(file) == 1

    on_tables(tmp_path, work)


def test_a_full_disk_acknowledges_nothing_and_is_told_upward(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_sqlite(tmp_path / "small.db", migrate, max_bytes=500_000) as file:
            acks = NotedAcks()
            big = [batch_message(STORE, *in_row([gap()] * 900, first=n)) for n in (1, 901, 1801)]
            with pytest.raises(StorageError, match="full"):
                await ingest(big, EventTables(file), acks, NOON)
            assert acks.told == []
            assert await count("events")(file) == 0
            assert await count("dead_letters")(file) == 0

    asyncio.run(run())


def state_message(
    *, store: str = STORE, retained: bool = False, payload: bytes | None = None, waiting: int = 0
) -> Message:
    said = state(store=STORE, waiting=waiting).model_dump_json().encode()
    return Message(str(Topic(store, Channel.STATE)), payload or said, retained)


def test_a_state_is_kept_and_its_store_told_what_is_committed(tmp_path: Path) -> None:
    async def work(file: SqliteFile, tables: EventTables) -> None:
        fleet, acks = FleetTables(file), NotedAcks()
        await tables.commit(Delivery(STORE, travelled(*in_row([gap()] * 3))), NOON)
        uplink = ScriptedUplink(state_message(waiting=2), state_message())
        loop = asyncio.create_task(watch_states(uplink, fleet, tables, acks, SystemClock()))
        await asyncio.wait_for(uplink.idle.wait(), 10)
        loop.cancel()
        assert [(one.line.committed.ranges, again) for one, again in acks.told] == [
            (((1, 3),), True),
            (((1, 3),), False),
        ]
        (one,) = await fleet.stores()
        assert (one.epoch, one.state) == (EPOCH, state())

    on_tables(tmp_path, work)


def test_a_retained_state_does_not_say_that_its_store_is_there(tmp_path: Path) -> None:
    async def work(file: SqliteFile, tables: EventTables) -> None:
        fleet = FleetTables(file)
        later = NOON + timedelta(days=3)
        await watch(state_message(retained=True), fleet, tables, NotedAcks(), later)
        assert (await fleet.stores())[0].last_seen == NOON
        await watch(state_message(), fleet, tables, NotedAcks(), later)
        assert (await fleet.stores())[0].last_seen == later

    on_tables(tmp_path, work)


def test_a_state_that_is_wrong_is_a_dead_letter(tmp_path: Path) -> None:
    async def work(file: SqliteFile, tables: EventTables) -> None:
        fleet, acks = FleetTables(file), NotedAcks()
        for message in (
            state_message(payload=b"not JSON"),
            state_message(payload=b"x" * 600_000),
            state_message(store=OTHER_STORE),
        ):
            await watch(message, fleet, tables, acks, NOON)
        await watch(Message("elsewhere", b""), fleet, tables, acks, NOON)
        assert await count("dead_letters")(file) == 3
        assert await fleet.stores() == ()
        assert acks.told == []

    on_tables(tmp_path, work)
