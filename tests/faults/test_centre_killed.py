"""Kill the centre where it hurts most: nothing is lost, nothing is there twice."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from endcap.plumbing.clock import SystemClock
from endcap.plumbing.mqtt_link import Broker as At
from endcap.plumbing.mqtt_link import LinkDownError, MqttLink, open_link
from endcap.wire.commands import Ack
from endcap.wire.envelope import encode
from endcap.wire.events import Event
from endcap.wire.seqset import SeqSet
from endcap.wire.topics import Channel, Topic
from tests.broker import Broker, mosquitto, nats
from tests.fakes.store_world import EPOCH, STORE, gap, in_row, state
from tests.faults.ingesting_centre import centre

pytestmark = pytest.mark.broker

Serve = Callable[[Path], AbstractContextManager[Broker]]
WITHIN = 40.0  # seconds; a busy machine is no failure
TICK = timedelta(seconds=0.05)
BATCH = 50


class Sender:
    """A store that sends what is not acknowledged, again and again, and believes only acks."""

    def __init__(self, link: MqttLink, events: list[Event]) -> None:
        self.acked = SeqSet()
        self.centres: set[str] = set()
        self._link = link
        self._events = events

    @property
    def done(self) -> bool:
        return len(self.acked) == len(self._events)

    async def send_once(self) -> None:
        """Send every batch that holds something unacknowledged."""
        for start in range(0, len(self._events), BATCH):
            batch = self._events[start : start + BATCH]
            if all(one.seq in self.acked for one in batch):
                continue
            try:
                await self._link.publish(str(Topic(STORE, Channel.EVENTS)), encode(batch))
            except LinkDownError:
                return

    async def hear(self) -> None:
        """Take in acknowledgements, for ever."""
        async for message in self._link.messages():
            ack = Ack.model_validate_json(message.payload)
            if ack.epoch == EPOCH:
                self.acked = self.acked.union(SeqSet(ack.committed))
                self.centres.add(ack.centre)


@asynccontextmanager
async def store(
    port: int, count: int, protocol: Literal["5", "3.1.1"] = "5"
) -> AsyncIterator[Sender]:
    """Run a store of `count` events on the broker at `port`."""
    at = At("127.0.0.1", port, "store", protocol=protocol)
    acks = [str(Topic(STORE, Channel.ACK))]
    async with open_link(at, acks, SystemClock(), random.Random(1)) as link:
        await asyncio.wait_for(link.wait_connected(), WITHIN)
        sender = Sender(link, in_row([gap(f"f{number}") for number in range(count)]))
        hearing = asyncio.create_task(sender.hear())
        yield sender
        hearing.cancel()


async def send_until(sender: Sender, finished: Callable[[], bool]) -> None:
    """Send every half second until `finished`."""
    async with asyncio.timeout(WITHIN):
        while not finished():
            await sender.send_once()
            for _ in range(10):
                if finished():
                    return
                await SystemClock().sleep(TICK)


def assert_each_event_is_there_once(database: Path, count: int) -> None:
    with sqlite3.connect(database) as db:
        rows = [row[0] for row in db.execute("SELECT seq FROM events ORDER BY seq")]
        ranges = db.execute("SELECT first, last FROM committed").fetchall()
    db.close()
    assert rows == list(range(1, count + 1))
    assert ranges == [(1, count)]


def test_killed_between_commit_and_ack_it_neither_loses_nor_doubles(tmp_path: Path) -> None:
    database, count = tmp_path / "centre.db", 300

    async def run(port: int) -> None:
        async with store(port, count) as sender:
            with centre(database, port, kill_before=1) as process:
                await send_until(sender, lambda: not process.is_alive())
            assert process.exitcode == -9
            assert len(sender.acked) == 0
            with sqlite3.connect(database) as db:
                assert db.execute("SELECT count(*) FROM events").fetchone()[0] > 0
            db.close()
            with centre(database, port):
                await send_until(sender, lambda: sender.done)
            assert len(sender.centres) == 1

    with mosquitto(tmp_path / "broker") as broker:
        asyncio.run(run(broker.port))
    assert_each_event_is_there_once(database, count)


def test_killed_at_any_time_again_and_again_it_catches_up(tmp_path: Path) -> None:
    database, count = tmp_path / "centre.db", 2000
    rng = random.Random(3)

    async def run(port: int) -> None:
        async with store(port, count) as sender:
            for _ in range(5):
                with centre(database, port):
                    for _ in range(rng.randint(1, 10)):
                        await sender.send_once()
                        await SystemClock().sleep(TICK)
                        if sender.done:
                            break
            with centre(database, port):
                await send_until(sender, lambda: sender.done)

    with mosquitto(tmp_path / "broker") as broker:
        asyncio.run(run(broker.port))
    assert_each_event_is_there_once(database, count)


def test_a_broker_that_forgets_everything_costs_nothing(tmp_path: Path) -> None:
    database, count = tmp_path / "centre.db", 500

    async def run(broker: Broker) -> None:
        async with store(broker.port, count) as sender:
            with centre(database, broker.port):
                await sender.send_once()
                broker.kill()
                broker.start()
                await send_until(sender, lambda: sender.done)

    with mosquitto(tmp_path / "broker") as broker:
        asyncio.run(run(broker))
    assert_each_event_is_there_once(database, count)


@pytest.mark.parametrize(("serve", "protocol"), [(mosquitto, "5"), (nats, "3.1.1")])
def test_a_lost_acknowledgement_is_told_again_with_the_next_state(
    tmp_path: Path, serve: Serve, protocol: Literal["5", "3.1.1"]
) -> None:
    database, count = tmp_path / "centre.db", 40

    async def run(port: int) -> None:
        with centre(database, port, protocol=protocol):
            async with store(port, count, protocol) as sender:
                await send_until(sender, lambda: sender.done)
                said = state(last_seq=count, waiting=count).model_dump_json().encode()
                sender.acked = SeqSet()  # as after a restart that lost it
                await sender._link.publish(str(Topic(STORE, Channel.STATE)), said, retain=True)
                async with asyncio.timeout(WITHIN):
                    while not sender.done:
                        await SystemClock().sleep(TICK)

    with serve(tmp_path / "broker") as broker:
        asyncio.run(run(broker.port))
    assert_each_event_is_there_once(database, count)
