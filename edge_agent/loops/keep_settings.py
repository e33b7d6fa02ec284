"""Obeys orders of settings, and proves new ones or goes back to those before.

An order that was let in is found where the gate keeps it, so that none is lost between two writes.
New settings come to work by starting the program again; what follows from what is
core/remote_config's. Which settings are right is asked of a port.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from edge_agent.core.remote_config import Event, Overlay, Standing, State, verdict
from edge_agent.ports.orders import OrderGate
from edge_agent.ports.remote import SettingsBook, SettingsJudge, Signs
from endcap.plumbing.clock import Clock
from endcap.wire.orders import ConfigOrder
from endcap.wire.topics import Channel

LOOK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Keeping:
    """What keeping settings works with; `start_again` asks for a new start of the program."""

    gate: OrderGate
    book: SettingsBook
    judge: SettingsJudge
    signs: Signs
    start_again: Callable[[], None]
    trial: timedelta


@dataclass(slots=True)
class Watch:
    """When the program started, and since when all signs are there, on the monotonic clock."""

    started: float
    well: float | None = None
    missing: str = ""


async def take_settings(gate: OrderGate, payload: bytes) -> None:
    """Let an order of settings in; the loop finds it where the gate keeps it.

    Raises:
        OrderRefusedError: it is not to be obeyed.
    """
    await gate.accept(Channel.CONFIG, payload, ConfigOrder)


async def keep_settings(means: Keeping, clock: Clock, started: float) -> None:
    """Keep settings from afar, for ever; the program started at `started` (monotonic)."""
    await means.book.settle(clock.now())
    watch = Watch(started)
    while True:
        await keep_once(means, clock, watch)
        await clock.sleep(LOOK)


async def keep_once(means: Keeping, clock: Clock, watch: Watch) -> Standing:
    """Look at the trial that is under way, and at the last order; return where settings stand."""
    standing = await means.book.standing()
    if standing.state is State.ON_TRIAL:
        standing = await _prove(means, clock, watch, standing)
    return await _obey(means, clock, standing)


async def _prove(means: Keeping, clock: Clock, watch: Watch, standing: Standing) -> Standing:
    """Judge the trial by the signs that the store has come up."""
    watch.missing = await means.signs.missing()
    now = clock.monotonic()
    watch.well = None if watch.missing else (watch.well if watch.well is not None else now)
    steady = timedelta(seconds=now - watch.well) if watch.well is not None else None
    event = verdict(steady, timedelta(seconds=now - watch.started), means.trial)
    if event is None:
        return standing
    reason = f"the store did not come up in {means.trial}: {watch.missing}" if watch.missing else ""
    after = standing.after(event, reason=reason)
    await means.book.keep(after, clock.now())
    if event is Event.FAILED:
        means.start_again()
    return after


async def _obey(means: Keeping, clock: Clock, standing: Standing) -> Standing:
    """Decide about the last order, once."""
    order = await means.gate.taken(Channel.CONFIG, ConfigOrder)
    if order is None or order.counter == standing.decided:
        return standing
    overlay = Overlay(order.counter, order.settings)
    problem = means.judge(order.settings)
    event = Event.REFUSED if problem else standing.event_of(overlay)
    after = standing.after(event, overlay, problem)
    await means.book.keep(after, clock.now())
    if event is Event.ORDERED:
        means.start_again()
    return after
