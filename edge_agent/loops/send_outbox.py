"""Sends what waits to the centre: a few batches under way, each again until it is acknowledged.

What is under way is known in memory only. After a restart, or on a new connection, everything that
is not acknowledged goes again: the centre keeps each event once.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from edge_agent.core.outbox import RESEND_AFTER, Allowance, InFlight, Limits, choose
from edge_agent.ports.sync import Outbox, Pace, Uplink, UplinkDownError
from endcap.plumbing.clock import Clock
from endcap.wire.envelope import encode

IDLE = timedelta(milliseconds=250)
BUSY = timedelta(milliseconds=50)
NO_LINK = timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True)
class Sending:
    """What is under way, and how much may go."""

    flying: InFlight = field(default_factory=InFlight)
    allowance: Allowance = field(default_factory=lambda: Allowance.full(1, 0.0))


async def send_outbox(
    outbox: Outbox,
    uplink: Uplink,
    pace: Pace,
    clock: Clock,
    resend_after: timedelta = RESEND_AFTER,
) -> None:
    """Send what waits, for ever."""
    sending = Sending(allowance=Allowance.full(pace.events_per_second, clock.monotonic()))
    while True:
        if not uplink.connection:
            await clock.sleep(NO_LINK)
            continue
        try:
            sending = await send_once(outbox, uplink, pace, clock, sending, resend_after)
        except UplinkDownError:
            sending = Sending(allowance=sending.allowance)
            await clock.sleep(NO_LINK)
            continue
        await clock.sleep(BUSY if sending.flying.flights else IDLE)


async def send_once(
    outbox: Outbox,
    uplink: Uplink,
    pace: Pace,
    clock: Clock,
    sending: Sending,
    resend_after: timedelta = RESEND_AFTER,
) -> Sending:
    """Send as many batches as may go now; return what is under way then.

    Raises:
        UplinkDownError: the link broke; nothing counts as under way any more.
    """
    connection, now = uplink.connection, clock.monotonic()
    flying = sending.flying.on(connection).on_time(now, resend_after)
    allowance = sending.allowance.by(now, pace.events_per_second)
    limits = Limits()
    while True:
        view = await outbox.view(flying.seqs, limits.events)
        flying = flying.landed(view.under_way)
        bound = limits.but_at_most(int(allowance.left))
        seqs = choose(view.urgent, view.oldest, bound) if bound.events and flying.room else ()
        if not seqs:
            return Sending(flying, allowance)
        events = await outbox.events(seqs)
        if events:  # an acknowledgement may have come meanwhile
            await uplink.send_events(await asyncio.to_thread(encode, events))
        flying = flying.launched(seqs, clock.monotonic())
        allowance = allowance.spend(len(seqs))
