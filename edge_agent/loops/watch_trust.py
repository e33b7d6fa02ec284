"""Looks now and then for what the centre signed anew, and says when nothing came for long.

Orders that no known key had signed are handed over again after a look. Bringing releases is
update_models'.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from edge_agent.core.trust import frozen
from edge_agent.ports.orders import MetadataWatch, TrustBook
from edge_agent.ports.sync import Command, Complaints, HealthBook, HeldOrders
from edge_agent.ports.updates import DamagedError, NotNowError
from endcap.plumbing.clock import Clock
from endcap.wire.events import HealthChanged

PART, CODE = "updates.metadata", "metadata-frozen"
SOON = timedelta(seconds=2)
"""How long an order that no known key signed waits for the next look; then twice as long."""
JITTER = 0.1  # of the time between two looks, so that a fleet does not look at once


@dataclass(frozen=True, slots=True)
class Watching:
    """What looking works with; `deliver` hands an order over once more."""

    metadata: MetadataWatch
    book: TrustBook
    held: HeldOrders
    deliver: Callable[[Command], Awaitable[None]]
    health: HealthBook
    complaints: Complaints
    clock: Clock


async def watch_trust(means: Watching, every: timedelta, rng: random.Random) -> None:
    """Look for ever: every `every`, sooner while an order waits for newer keys."""
    pause = SOON
    while True:
        jitter = rng.uniform(1 - JITTER, 1 + JITTER)
        if await look_once(means):
            pause = SOON
            await _until_one_waits(means, every * jitter)
        else:
            await means.clock.sleep(pause * jitter)
            pause = min(2 * pause, every)


async def _until_one_waits(means: Watching, most: timedelta) -> None:
    """Wait for `most`, or until an order comes that no known key signed, and a moment more."""
    ends = means.clock.monotonic() + most.total_seconds()
    while means.clock.monotonic() < ends:
        waited = means.held.waiting
        await means.clock.sleep(min(SOON, most))
        if waited:
            return


async def look_once(means: Watching) -> bool:
    """Look, say how fresh it is, hand over what was held; return whether nothing waits still."""
    try:
        await means.metadata.look()
    except NotNowError:
        pass  # a store may be offline for long; what matters of it is told below
    except DamagedError as error:
        means.complaints.tell("what the centre signed", str(error))
    problem = frozen(await means.book.freshness(), means.clock.now())
    change = HealthChanged(part=PART, ok=not problem, code=CODE, detail=problem)
    await means.health.record(change, means.clock.now())
    for command in means.held.release():
        await means.deliver(command)
    return not means.held.waiting
