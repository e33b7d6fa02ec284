"""Runs errands that the centre asked for, each once: starts the program again, brings a report.

A stand is journalled before the work begins; the start of the program is an event of its own. What
follows from what is core/errands'. How a report is made and brought is asked of ports.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from edge_agent.core.errands import Errand, Event, State
from edge_agent.ports.orders import OrderGate
from edge_agent.ports.remote import (
    BundleMaker,
    BundleRefusedError,
    BundleTaker,
    CentreUnheardError,
    ErrandBook,
    OpenErrand,
)
from endcap.plumbing.clock import Clock
from endcap.wire import orders
from endcap.wire.topics import Channel

LOOK = timedelta(seconds=1)
AGAIN = timedelta(minutes=1)
NOT_HERE = "this store does not take it: see [remote] errands"


@dataclass(frozen=True, slots=True)
class Running:
    """What errands work with. `allowed` are those that this store runs."""

    gate: OrderGate
    book: ErrandBook
    maker: BundleMaker
    taker: BundleTaker
    start_again: Callable[[], None]
    allowed: Collection[str]


async def take_errand(gate: OrderGate, book: ErrandBook, clock: Clock, payload: bytes) -> None:
    """Let an errand in, and journal it.

    Raises:
        OrderRefusedError: it is not to be run.
    """
    order = await gate.accept(Channel.ERRAND, payload, orders.Errand)
    if order is not None:
        await book.take(order, clock.now())


async def begin(book: ErrandBook, clock: Clock) -> None:
    """Tell the open errands that the program started."""
    for one in await book.open():
        await book.advance(one.errand.after(Event.STARTED), clock.now())


async def run_errands(means: Running, clock: Clock) -> None:
    """Run errands, for ever."""
    while True:
        unheard = await run_once(means, clock)
        await clock.sleep(AGAIN if unheard else LOOK)


async def run_once(means: Running, clock: Clock) -> bool:
    """Run what is open; tell whether nobody answered.

    The last order is taken once more: the power may have gone between the gate and the journal.
    """
    order = await means.gate.taken(Channel.ERRAND, orders.Errand)
    if order is not None:
        await means.book.take(order, clock.now())
    waiting = [one for one in await means.book.open() if one.errand.state is State.WAITING]
    after = [await _run(means, one, clock) for one in waiting]
    return any(one.state is State.WAITING for one in after)


async def _run(means: Running, one: OpenErrand, clock: Clock) -> Errand:
    """Run one errand; return where it stands."""
    if one.errand.kind not in means.allowed:
        return await _advance(means, one.errand, Event.FAILED, clock, NOT_HERE)
    if one.expires <= clock.now():
        why = one.errand.note or "it was not begun in its time"
        return await _advance(means, one.errand, Event.LAPSED, clock, why)
    begun = await _advance(means, one.errand, Event.BEGUN, clock)
    if begun.kind == "restart":
        means.start_again()
        return begun
    event, note = await _bring(means, one.counter, clock)
    return await _advance(means, begun, event, clock, note)


async def _bring(means: Running, counter: int, clock: Clock) -> tuple[Event, str]:
    """Make a report and take it to the centre; return what came of it."""
    try:
        await means.taker.bring(counter, await means.maker.make(clock.now()))
    except CentreUnheardError as error:
        return Event.UNHEARD, str(error)
    except BundleRefusedError as error:
        return Event.FAILED, str(error)
    return Event.DONE, ""


async def _advance(
    means: Running, errand: Errand, event: Event, clock: Clock, note: str = ""
) -> Errand:
    """Journal what follows from `event`."""
    after = errand.after(event, note)
    await means.book.advance(after, clock.now())
    return after
