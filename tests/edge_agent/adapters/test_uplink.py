"""The way to the centre over a real broker, and what must not come through."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edge_agent.adapters.uplink import DEFAULT_PACE, LastPace, LoggedComplaints, MqttUplink
from edge_agent.ports.sync import Command, UplinkDownError
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.mqtt_link import Broker, MqttLink, open_link
from endcap.wire.topics import Channel, Topic, everything_down, from_every_store
from tests.broker import mosquitto
from tests.fakes.memory_outbox import PlayedCentre

STORE, OTHER = "s-0001", "s-0002"


@asynccontextmanager
async def linked(host: str, port: int, name: str, topic: str) -> AsyncIterator[MqttLink]:
    broker = Broker(host=host, port=port, client_id=name)
    async with open_link(broker, [topic], SystemClock(), random.Random(7)) as link:
        await asyncio.wait_for(link.wait_connected(), 10)
        yield link


@pytest.mark.broker
def test_events_and_state_go_up_and_commands_come_down(tmp_path: Path) -> None:
    async def work(host: str, port: int) -> None:
        complaints = PlayedCentre()
        async with (
            linked(host, port, "centre", from_every_store(Channel.EVENTS)) as centre,
            linked(host, port, STORE, everything_down(STORE)) as link,
        ):
            uplink = MqttUplink(link, STORE, complaints)
            assert uplink.connection == 1
            await asyncio.sleep(0.2)  # a subscription is not confirmed to anyone
            await uplink.send_events(b"a batch")
            got = await asyncio.wait_for(anext(centre.messages()), 10)
            assert (got.topic, got.payload) == (str(Topic(STORE, Channel.EVENTS)), b"a batch")
            await uplink.send_state(b"a state")
            await centre.publish(f"{Topic(STORE, Channel.ACK)}/nonsense", b"?")
            await centre.publish(str(Topic(STORE, Channel.ACK)), b"an ack")
            command = await asyncio.wait_for(anext(uplink.commands()), 10)
            assert command == Command(Channel.ACK, b"an ack")
            assert len(complaints.complaints) == 1
        async with linked(host, port, "late", from_every_store(Channel.STATE)) as late:
            state = await asyncio.wait_for(anext(late.messages()), 10)
            assert (state.payload, state.retained) == (b"a state", True)

    with mosquitto(tmp_path) as broker:
        asyncio.run(work(broker.host, broker.port))


@pytest.mark.broker
def test_another_stores_topic_is_not_ours(tmp_path: Path) -> None:
    async def work(host: str, port: int) -> None:
        complaints = PlayedCentre()
        async with (
            linked(host, port, "centre", "none") as centre,
            linked(host, port, STORE, from_every_store(Channel.ACK)) as link,
        ):
            await asyncio.sleep(0.2)
            await centre.publish(str(Topic(OTHER, Channel.ACK)), b"theirs")
            await centre.publish(str(Topic(STORE, Channel.ACK)), b"ours")
            uplink = MqttUplink(link, STORE, complaints)
            command = await asyncio.wait_for(anext(uplink.commands()), 10)
            assert command.payload == b"ours"
            assert [problem for _, problem in complaints.complaints] == [
                f"{Topic(OTHER, Channel.ACK)} is another store's"
            ]

    with mosquitto(tmp_path) as broker:
        asyncio.run(work(broker.host, broker.port))


def test_without_a_broker_nothing_is_sent_and_that_is_said() -> None:
    async def work() -> None:
        broker = Broker(host="127.0.0.1", port=1, client_id=STORE)
        async with open_link(broker, [], SystemClock(), random.Random(7)) as link:
            uplink = MqttUplink(link, STORE, PlayedCentre())
            assert uplink.connection == 0
            with pytest.raises(UplinkDownError, match="no connection"):
                await uplink.send_events(b"a batch")

    asyncio.run(work())


def test_the_last_word_on_the_pace_holds() -> None:
    pace = LastPace()
    assert pace.events_per_second == DEFAULT_PACE
    pace.allow(7)
    assert pace.events_per_second == 7


def test_a_complaint_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    LoggedComplaints().tell("a command", "not JSON")
    assert caplog.messages == ["a command was not taken: not JSON"]
