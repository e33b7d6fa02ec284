"""The link over real brokers: both protocols, a broker that dies, a broker that is not there."""

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from endcap.plumbing.clock import SystemClock
from endcap.plumbing.mqtt_link import Broker, LinkDownError, Message, open_link, rounds
from tests.broker import Broker as BrokerProcess
from tests.broker import mosquitto, nats
from tests.fakes.clock import FakeClock
from tests.ports import free_port

pytestmark = pytest.mark.broker

Serve = Callable[[Path], AbstractContextManager[BrokerProcess]]
Protocol = Literal["5", "3.1.1"]


@pytest.fixture(params=[(mosquitto, "5"), (nats, "3.1.1")], ids=["mosquitto", "nats"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[BrokerProcess, str]]:
    serve, protocol = request.param
    with serve(tmp_path) as process:
        yield process, protocol


def address(process: BrokerProcess, protocol: str, name: str) -> Broker:
    return Broker(process.host, process.port, name, "5" if protocol == "5" else "3.1.1")


async def talk(process: BrokerProcess, protocol: str, *, kill: bool) -> list[bytes]:
    clock, rng = SystemClock(), random.Random(1)
    heard: list[bytes] = []
    async with (
        asyncio.timeout(30),
        open_link(address(process, protocol, "hears"), ["x/#"], clock, rng) as hears,
        open_link(address(process, protocol, "says"), [], clock, rng) as says,
    ):
        await hears.wait_connected()
        await says.wait_connected()
        if kill:
            process.kill()
            await hears.wait_disconnected()
            await says.wait_disconnected()
            process.start()
            await hears.wait_connected()
            await says.wait_connected()
        await asyncio.gather(*(says.publish("x/y", b"%d" % n) for n in range(150)))
        async for message in hears.messages():
            assert message.topic == "x/y"
            heard.append(message.payload)
            if len(heard) == 150:
                break
    return heard


@pytest.mark.parametrize("kill", [False, True], ids=["steady", "killed"])
def test_what_is_said_is_heard(broker: tuple[BrokerProcess, str], *, kill: bool) -> None:
    heard = asyncio.run(talk(*broker, kill=kill))
    assert sorted(heard) == sorted(b"%d" % n for n in range(150))


def test_a_retained_message_waits_for_who_comes_later(broker: tuple[BrokerProcess, str]) -> None:
    async def run() -> Message:
        clock, rng = SystemClock(), random.Random(1)
        async with asyncio.timeout(20), open_link(address(*broker, "a"), [], clock, rng) as first:
            await first.wait_connected()
            await first.publish("x/kept", b"state", retain=True)
        async with (
            asyncio.timeout(20),
            open_link(address(*broker, "b"), ["x/kept"], clock, rng) as later,
        ):
            async for message in later.messages():
                return message
        raise AssertionError("nothing came")

    assert asyncio.run(run()) == Message("x/kept", b"state", retained=True)


def test_without_a_broker_publishing_fails_at_once() -> None:
    async def run() -> None:
        nobody = Broker("127.0.0.1", free_port(), "a")
        async with open_link(nobody, [], SystemClock(), random.Random(1)) as link:
            assert not link.connected
            with pytest.raises(LinkDownError, match="no connection"):
                await link.publish("x", b"")

    asyncio.run(run())


def test_a_broker_that_confirms_nothing_is_gone_until_it_answers_again(
    broker: tuple[BrokerProcess, str],
) -> None:
    process, protocol = broker

    async def run() -> int:
        clock, rng = SystemClock(), random.Random(1)
        patient = replace(address(process, protocol, "says"), keepalive=timedelta(minutes=1))
        quick = replace(patient, confirm=timedelta(seconds=1))
        async with asyncio.timeout(60), open_link(quick, [], clock, rng) as link:
            await link.wait_connected()
            with process.stuck():
                with pytest.raises(LinkDownError, match="confirm"):
                    await link.publish("x", b"")
                await link.wait_disconnected()
            await link.wait_connected()
            await link.publish("x", b"")
            return link.connections

    assert asyncio.run(run()) == 2


def test_a_connection_is_new_until_a_round_over_it_came_to_its_end() -> None:
    @dataclass
    class Played:
        connected: bool = True
        connections: int = 1

    async def run() -> list[bool]:
        link, seen = Played(), []
        async for is_new in rounds(link, FakeClock(), timedelta(seconds=1)):
            seen.append(is_new)
            if len(seen) == 2:
                link.connections = 2
            if len(seen) == 4:
                break
        return seen

    assert asyncio.run(run()) == [True, False, True, False]


def test_a_password_is_never_shown() -> None:
    assert "hunter2" not in repr(Broker("h", 1, "c", username="u", password="hunter2"))  # noqa: S106
