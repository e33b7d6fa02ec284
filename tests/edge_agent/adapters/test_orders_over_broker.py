"""Assignments over a real broker: replayed, misdirected and forged ones leave the wish in place."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge_agent.adapters.order_gate import SignedOrderGate
from edge_agent.adapters.schema import migrate
from edge_agent.adapters.trust_tables import TrustTables
from edge_agent.adapters.uplink import LastOrders, MqttUplink
from edge_agent.loops.receive_commands import receive_commands, take_assignment
from edge_agent.ports.sync import Takers
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.mqtt_link import Broker, MqttLink, open_link
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.wire.orders import Assignment
from endcap.wire.topics import Channel, Topic, everything_down
from tests.broker import mosquitto
from tests.fakes.clock import NOON, FakeClock, until
from tests.fakes.control_keys import THIEF, PlayedKeyring, assignment, enveloped
from tests.fakes.memory_outbox import PlayedCentre

STORE = "s-0001"
TOPIC = str(Topic(STORE, Channel.DESIRED))


@contextlib.asynccontextmanager
async def linked(host: str, port: int, name: str, topic: str) -> AsyncIterator[MqttLink]:
    broker = Broker(host=host, port=port, client_id=name)
    async with open_link(broker, [topic], SystemClock(), random.Random(7)) as link:
        await asyncio.wait_for(link.wait_connected(), 10)
        yield link


@contextlib.asynccontextmanager
async def store(
    host: str, port: int, folder: Path, said: PlayedCentre
) -> AsyncIterator[SignedOrderGate]:
    """Run a store's receiving end; open it again to restart it."""
    async with (
        open_sqlite(folder / "store.sqlite", migrate) as file,
        linked(host, port, STORE, everything_down(STORE)) as link,
    ):
        book = TrustTables(file)
        gate = SignedOrderGate(STORE, PlayedKeyring(), book, file, FakeClock(NOON))

        async def take(payload: bytes) -> None:
            await take_assignment(gate, payload)

        takers = Takers(orders={Channel.DESIRED: take}, held=LastOrders())
        work = asyncio.create_task(receive_commands(MqttUplink(link, STORE, said), takers, said))
        try:
            yield gate
        finally:
            work.cancel()


async def wanted(gate: SignedOrderGate) -> tuple[int, int]:
    kept = await gate.taken(Channel.DESIRED, Assignment)
    return (kept.release, kept.counter) if kept else (0, 0)


async def comes(gate: SignedOrderGate, wish: tuple[int, int]) -> None:
    for _ in range(1000):
        if await wanted(gate) == wish:
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"{wish} never came")


@pytest.mark.broker
def test_only_the_newest_word_to_this_store_is_kept(tmp_path: Path) -> None:
    first, second = (enveloped(assignment(release, release, NOON)) for release in (1, 2))
    evil = {
        "number 1, and number 2": first,
        "meant for s-0002": enveloped(assignment(9, 9, NOON, store="s-0002")),
        "not signed": enveloped(assignment(9, 9, NOON), THIEF),
        "good until": enveloped(assignment(9, 9, NOON, days=-1)),
        "payload": b'{"release": 9}',
    }

    async def work(host: str, port: int) -> None:
        said = PlayedCentre()
        async with linked(host, port, "centre", "none") as centre:
            await centre.publish(TOPIC, first, retain=True)
            async with store(host, port, tmp_path, said) as gate:
                await comes(gate, (1, 1))
                await centre.publish(TOPIC, second, retain=True)
                await comes(gate, (2, 2))
                for count, payload in enumerate(evil.values(), start=1):
                    await centre.publish(TOPIC, payload)
                    await until(lambda count=count: len(said.complaints) == count)  # type: ignore[misc]
                assert await wanted(gate) == (2, 2)
            for (_, problem), expected in zip(said.complaints, evil, strict=True):
                assert expected in problem
            async with store(host, port, tmp_path, said) as gate:  # the broker says it again
                assert await wanted(gate) == (2, 2)
                await centre.publish(TOPIC, first, retain=True)  # a broker of an older memory
                await until(lambda: len(said.complaints) == len(evil) + 1)
                assert await wanted(gate) == (2, 2)

    with mosquitto(tmp_path) as broker:
        asyncio.run(work(broker.host, broker.port))
