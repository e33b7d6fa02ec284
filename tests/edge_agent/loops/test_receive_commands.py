"""Commands reach who takes them; what cannot be read is one line and never an end."""

import asyncio
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.adapters.uplink import LastOrders
from edge_agent.loops.receive_commands import (
    MAX_COMMAND,
    receive_commands,
    receive_one,
    take_ack,
    take_credit,
)
from edge_agent.ports.orders import OrderRefusedError, OrderUntrustedError
from edge_agent.ports.sync import Command, Takers
from endcap.wire.commands import Ack, ChainSignals, Credit, Feed
from endcap.wire.envelope import encode_parts
from endcap.wire.events import FeedRead
from endcap.wire.topics import Channel
from endcap.wire.values import Value
from tests.fakes.clock import NOON, FakeClock, until
from tests.fakes.memory_outbox import MemoryOutbox, PlayedCentre

STORE, EPOCH, CENTRE = "s-0001", "00112233445566aa", "aaaaaaaaaaaaaaaa"
SAID: dict[Channel, Value] = {
    Channel.ACK: Ack(centre=CENTRE, epoch=EPOCH, committed=((1, 3),)),
    Channel.FEED: Feed(version=1),
    Channel.CREDIT: Credit(events_per_second=100),
}


class Noted:
    """Takes every command and notes it."""

    def __init__(self) -> None:
        self.taken: list[Value] = []
        self.takers = Takers(self.take, self.take, self.take)

    async def take(self, command: Value) -> None:
        self.taken.append(command)


def command(channel: Channel, said: Value) -> Command:
    return Command(channel, said.model_dump_json().encode())


def receive(one: Command, noted: Noted) -> list[tuple[str, str]]:
    centre = PlayedCentre()
    asyncio.run(receive_one(one, noted.takers, centre))
    return centre.complaints


def test_each_command_reaches_its_taker() -> None:
    noted = Noted()
    for channel, said in SAID.items():
        assert receive(command(channel, said), noted) == []
    assert noted.taken == list(SAID.values())


def test_each_part_of_what_the_chain_sold_reaches_its_taker() -> None:
    parts = [ChainSignals(origin=NOON.date(), part=part, parts=2) for part in (1, 2)]
    noted = Noted()
    takers = replace(noted.takers, chain=noted.take)
    for payload in (encode_parts(parts), b"no list", encode_parts([Feed(version=1)])):
        asyncio.run(receive_one(Command(Channel.CHAIN, payload), takers, PlayedCentre()))
    assert noted.taken == parts


@pytest.mark.parametrize("payload", [b"", b"null", b"[]", b"{", b"\xff\xfe", b'{"kind": "other"}'])
def test_what_cannot_be_read_is_one_line(payload: bytes) -> None:
    for channel in SAID:
        noted = Noted()
        [(subject, problem)] = receive(Command(channel, payload), noted)
        assert subject == f"a command on {channel.value}"
        assert "\n" not in problem
        assert noted.taken == []


def test_what_is_too_large_is_refused() -> None:
    noted = Noted()
    assert receive(Command(Channel.FEED, b" " * (MAX_COMMAND + 1)), noted)
    assert noted.taken == []


def test_what_nobody_takes_is_told() -> None:
    centre = PlayedCentre()
    asyncio.run(receive_one(command(Channel.FEED, SAID[Channel.FEED]), Takers(), centre))
    asyncio.run(receive_one(Command(Channel.EVENTS, b""), Noted().takers, centre))
    assert [problem for _, problem in centre.complaints] == ["nobody takes it here"] * 2


@given(st.sampled_from(list(SAID)), st.binary(max_size=200))
def test_any_bytes_are_survived(channel: Channel, payload: bytes) -> None:
    noted = Noted()
    assert len(receive(Command(channel, payload), noted)) + len(noted.taken) == 1


@pytest.mark.parametrize("error", [OrderRefusedError, OrderUntrustedError])
def test_an_order_that_is_refused_is_told_and_held_only_for_want_of_keys(
    error: type[OrderRefusedError],
) -> None:
    async def refuse(_: bytes) -> None:
        raise error("why")

    held, centre = LastOrders(), PlayedCentre()
    takers = Takers(orders={Channel.DESIRED: refuse}, held=held)
    for payload in (b"first", b"second"):
        asyncio.run(receive_one(Command(Channel.DESIRED, payload), takers, centre))
    asyncio.run(receive_one(Command(Channel.DESIRED, b"last"), replace(takers, held=None), centre))
    assert [problem[:3] for _, problem in centre.complaints] == ["why"] * 3
    untrusted = error is OrderUntrustedError
    assert held.release() == ((Command(Channel.DESIRED, b"second"),) if untrusted else ())
    assert held.release() == ()


def test_the_loop_goes_on_after_nonsense() -> None:
    async def work() -> None:
        centre, noted = PlayedCentre(), Noted()
        receiving = asyncio.create_task(receive_commands(centre, noted.takers, centre))
        centre.say(Command(Channel.ACK, b"nonsense"))
        centre.say(command(Channel.CREDIT, SAID[Channel.CREDIT]))
        await until(lambda: bool(noted.taken))
        receiving.cancel()
        assert len(centre.complaints) == 1

    asyncio.run(work())


def test_an_acknowledgement_is_taken_in_and_a_strange_one_told() -> None:
    async def work() -> None:
        outbox, centre = MemoryOutbox(STORE, EPOCH), PlayedCentre()
        outbox.append([FeedRead(file="f", accepted=1, refused=0)] * 3, NOON)
        take = partial(take_ack, outbox, centre, FakeClock())
        await take(Ack(centre=CENTRE, epoch=EPOCH, committed=((1, 3),)))
        assert (await outbox.backlog()).rows == 0
        assert centre.complaints == []
        await take(Ack(centre=CENTRE, epoch=EPOCH, committed=((1, 9),)))
        await take(Ack(centre="bb" * 8, epoch=EPOCH, committed=((1, 1),)))
        assert (await outbox.backlog()).rows == 2
        assert [problem for _, problem in centre.complaints] == [
            "an acknowledgement of event 9; the last one recorded is 3",
            "it had more before: 2 events go again, 0 are gone",
        ]

    asyncio.run(work())


def test_credit_sets_the_pace() -> None:
    centre = PlayedCentre()
    asyncio.run(take_credit(centre, Credit(events_per_second=7)))
    assert centre.events_per_second == 7
