"""The rules for nats-server, in a real one: a store says and hears what is its own."""

import asyncio
import contextlib
import random
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from central_sync.adapters.authority import Authority
from central_sync.core.broker_rules import nats_conf
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.mqtt_link import Broker, MqttLink, Tls, open_link
from endcap.wire.topics import Channel, Topic, everything_down, from_every_store
from tests.broker import Broker as Process
from tests.broker import _installed
from tests.fakes.identities import new_authority, new_card
from tests.ports import free_port

pytestmark = pytest.mark.broker


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Authority, int]]:
    authority, port = new_authority(tmp_path / "authority"), free_port()
    text = nats_conf(["store-1", "store-2"], str(authority.folder)).replace("8883", str(port))
    own = f'server_name: test\nhost: "127.0.0.1"\nport: {free_port()}\n'
    store = f'jetstream {{ store_dir: "{tmp_path}/jetstream" }}\n'
    (tmp_path / "nats.conf").write_text(own + store + text)
    process = Process([_installed("nats-server"), "-c", str(tmp_path / "nats.conf")], port)
    process.start()
    yield authority, port
    process.kill()


async def link(stack: AsyncExitStack, port: int, name: str, tls: Tls, *topics: str) -> MqttLink:
    told = Broker("localhost", port, f"test-{name}", "3.1.1", tls=tls)
    opened = await stack.enter_async_context(
        open_link(told, topics, SystemClock(), random.Random(1))
    )
    async with asyncio.timeout(20):
        assert await opened.wait_told() == ""
    return opened


def test_a_store_says_and_hears_what_is_its_own(
    served: tuple[Authority, int], tmp_path: Path
) -> None:
    authority, port = served
    folder = authority.folder

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            own = Tls(folder / "ca.pem", folder / "centre.pem", folder / "centre.key")
            every = from_every_store(Channel.EVENTS)
            centre = await link(stack, port, "centre", own, every)
            card = new_card(authority, tmp_path, "store-1")
            store = await link(stack, port, "one", card.tls, everything_down("store-1"))
            await store.publish(str(Topic("store-1", Channel.EVENTS)), b"mine")
            with contextlib.suppress(Exception):
                await store.publish(str(Topic("store-2", Channel.EVENTS)), b"another's")
            await centre.publish(str(Topic("store-1", Channel.ACK)), b"heard")
            async with asyncio.timeout(10):
                assert [one.payload for one in await centre.take(9)] == [b"mine"]
                assert [one.payload for one in await store.take(9)] == [b"heard"]
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await centre.take(1)

    asyncio.run(scene())


def test_a_store_that_is_not_in_the_list_is_not_let_in(
    served: tuple[Authority, int], tmp_path: Path
) -> None:
    authority, port = served

    async def scene() -> str:
        tls = new_card(authority, tmp_path, "store-3").tls
        told = Broker("localhost", port, "test", "3.1.1", tls=tls)
        async with (
            asyncio.timeout(20),
            open_link(told, (), SystemClock(), random.Random(1)) as opened,
        ):
            return await opened.wait_told()

    assert asyncio.run(scene())
