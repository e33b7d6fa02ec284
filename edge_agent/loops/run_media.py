"""Keeps in-store media going: obeys orders, paces, finds what came of plays, tells the centre.

Playing itself is done when a page asks. A step that was cut off is done again at the next turn.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from edge_agent.ports.media import MediaLessons, MediaOrders, MediaReports
from edge_agent.ports.orders import OrderGate
from endcap.plumbing.clock import Clock, is_plausible
from endcap.wire.orders import MediaOrder
from endcap.wire.topics import Channel

TELL_EVERY = timedelta(seconds=5)
PACE_EVERY = timedelta(minutes=1)
MATCH_MINUTES = 10


async def take_media(gate: OrderGate, orders: MediaOrders, payload: bytes) -> None:
    """Let an order of media in, and obey it.

    Raises:
        OrderRefusedError: it is not to be obeyed.
    """
    await gate.accept(Channel.MEDIA, payload, MediaOrder)
    await obey_last(gate, orders)


async def obey_last(gate: OrderGate, orders: MediaOrders) -> None:
    """Obey the order that was let in last: a cut may have come between letting in and obeying."""
    order = await gate.taken(Channel.MEDIA, MediaOrder)
    if order is not None:
        await orders.obey(order)


async def tell_media(reports: MediaReports, clock: Clock) -> None:
    """Tell of plays, outcomes and leases, for ever."""
    while True:
        await tell_once(reports, clock.now())
        await clock.sleep(TELL_EVERY)


async def tell_once(reports: MediaReports, at: datetime) -> None:
    """Tell all that is to be told: a lease is over only when its plays were told."""
    for step in (reports.plays, reports.outcomes, reports.leases):
        await _all_of(step, at)


async def _all_of(step: Callable[[datetime], Awaitable[int]], at: datetime) -> None:
    while await step(at):
        pass


@dataclass(frozen=True, slots=True)
class MediaHouse:
    """How long plays are kept, and the store's own time."""

    zone: tzinfo
    keep: timedelta


async def learn_media(lessons: MediaLessons, house: MediaHouse, clock: Clock) -> None:
    """Pace each minute, match every ten, and learn when a day has ended, for ever."""
    learned: date | None = None
    while True:
        learned = await learn_once(lessons, house, clock.now(), learned)
        await clock.sleep(PACE_EVERY)


async def learn_once(
    lessons: MediaLessons, house: MediaHouse, at: datetime, learned: date | None
) -> date | None:
    """Do one turn; return the day on which was learned last. An unset clock knows no age."""
    if not is_plausible(at):
        return learned
    if learned is None or at.minute % MATCH_MINUTES == 0:
        await lessons.match(at)
    today = at.astimezone(house.zone).date()
    if learned != today:
        await lessons.learn(at)
        while await lessons.forget(at - house.keep):
            pass
    await lessons.pace(at)
    return today
