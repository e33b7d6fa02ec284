"""Hands what the centre says to who takes it.

What cannot be read, or is not ours, is one line and never an end: the next command may be the one
that matters.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from pydantic import ValidationError

from edge_agent.core.outbox import AckRefused
from edge_agent.ports.orders import OrderGate, OrderRefusedError, OrderUntrustedError
from edge_agent.ports.sync import AckBook, Command, Complaints, Downlink, Pace, Takers
from endcap.plumbing.clock import Clock
from endcap.wire.commands import Ack, ChainSignals, Credit, Feed
from endcap.wire.envelope import decode_parts, first_problem
from endcap.wire.errors import WireError
from endcap.wire.orders import Assignment, ExperimentOrder
from endcap.wire.topics import Channel
from endcap.wire.values import Value

T = TypeVar("T", bound=Value)

MAX_COMMAND = 1024 * 1024


async def receive_commands(downlink: Downlink, takers: Takers, complaints: Complaints) -> None:
    """Hand over every command, for ever."""
    async for command in downlink.commands():
        await receive_one(command, takers, complaints)


async def receive_one(command: Command, takers: Takers, complaints: Complaints) -> None:
    """Hand over one command, or tell why it cannot be."""
    take = _takers(takers).get(command.channel)
    subject = f"a command on {command.channel.value}"
    if take is None:
        complaints.tell(subject, "nobody takes it here")
    elif len(command.payload) > MAX_COMMAND:
        complaints.tell(subject, f"{len(command.payload)} bytes; {MAX_COMMAND} are allowed")
    else:
        try:
            await take(command.payload)
        except ValidationError as error:
            complaints.tell(subject, first_problem(error))
        except WireError as error:
            complaints.tell(subject, str(error))
        except OrderUntrustedError as error:
            if takers.held is not None:
                takers.held.hold(command)
            complaints.tell(subject, f"{error}; it is tried again when newer keys come")
        except OrderRefusedError as error:
            complaints.tell(subject, str(error))


Take = Callable[[bytes], Awaitable[None]]


def _takers(takers: Takers) -> dict[Channel, Take]:
    """Return who takes what, by channel."""
    found: dict[Channel, Take | None] = {
        Channel.ACK: _reading(Ack, takers.ack),
        Channel.FEED: _reading(Feed, takers.feed),
        Channel.CREDIT: _reading(Credit, takers.credit),
        Channel.CHAIN: None if takers.chain is None else partial(_read_chain, takers.chain),
        **takers.orders,
    }
    return {channel: take for channel, take in found.items() if take is not None}


def _reading(model: type[T], taker: Callable[[T], Awaitable[None]] | None) -> Take | None:
    """Return `taker` of a payload that holds `model`."""
    return None if taker is None else partial(_read, model, taker)


async def _read(model: type[T], taker: Callable[[T], Awaitable[None]], payload: bytes) -> None:
    await taker(model.model_validate_json(payload))


async def _read_chain(taker: Callable[[ChainSignals], Awaitable[None]], payload: bytes) -> None:
    for part in decode_parts(payload, ChainSignals):
        await taker(part)


async def take_ack(book: AckBook, complaints: Complaints, clock: Clock, ack: Ack) -> None:
    """Take in an acknowledgement; tell one that cannot be ours, and what the centre has lost."""
    taken = await book.acknowledge(ack, clock.now())
    if isinstance(taken, AckRefused):
        complaints.tell("a command on down/ack", taken.reason)
    elif taken.again or taken.lost:
        complaints.tell(
            "the centre's word",
            f"it had more before: {taken.again} events go again, {taken.lost} are gone",
        )


async def take_assignment(gate: OrderGate, payload: bytes) -> None:
    """Keep which release the centre wants here; the update loop finds it where the gate keeps it.

    Raises:
        OrderRefusedError: it is not to be obeyed; the one before stays.
    """
    await gate.accept(Channel.DESIRED, payload, Assignment)


async def take_experiments(gate: OrderGate, payload: bytes) -> None:
    """Keep which experiments the centre wants here; whoever answers finds them where the gate does.

    Raises:
        OrderRefusedError: it is not to be obeyed; the one before stays.
    """
    await gate.accept(Channel.EXPERIMENTS, payload, ExperimentOrder)


async def take_credit(pace: Pace, credit: Credit) -> None:
    """Send as fast as the centre says."""
    pace.allow(credit.events_per_second)
