"""Tells each store which release to run: a signed assignment, retained on its own topic.

Each is told again after each new connection, because the broker's memory is disposable, and signed
anew at half its life. It can only name a release that is live, and a store installs only what the
offline keys have signed: who steals the key that signs here cannot bring a model of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from central_sync.core.assignments import Wanted, is_stale, orders
from central_sync.ports.orders import AssignmentBook, OrderSigning
from central_sync.ports.stores import Announcer
from endcap.plumbing.clock import Clock
from endcap.plumbing.mqtt_link import rounds
from endcap.wire.topics import Channel, Topic

EVERY = timedelta(seconds=1)
LIFE = timedelta(days=14)
BATCH = 500  # signed and kept as one write


@dataclass(frozen=True, slots=True)
class Announcing:
    """What announcing works with; `life` is how long an assignment is good for."""

    book: AssignmentBook
    signing: OrderSigning
    link: Announcer
    clock: Clock
    life: timedelta = LIFE


async def announce_releases(means: Announcing, *, every: timedelta = EVERY) -> None:
    """Tell what was not told yet, and everything after a new connection, for ever."""
    async for is_new in rounds(means.link, means.clock, every):
        await announce_once(means, everything=is_new)


async def announce_once(means: Announcing, *, everything: bool) -> int:
    """Publish the assignments that were not told, or all; return how many.

    Raises:
        LinkDownError: the broker went away; what was told stays told.
        RepositoryError: no control key is at hand.
    """
    at = means.clock.now()
    waiting = iter(await means.book.to_say(at, means.life / 2, everything=everything))
    count = 0
    while batch := tuple(islice(waiting, BATCH)):
        count += await _say(means, await _signed(means, batch, at), at)
    return count


async def _signed(means: Announcing, batch: Sequence[Wanted], at: datetime) -> list[Wanted]:
    """Return `batch` with those signed anew that must be; they are kept before they are said.

    A counter that was said and then forgotten would be given twice, and the second one refused.
    """
    stale = [one for one in batch if is_stale(one, at, means.life)]
    if not stale:
        return list(batch)
    made = orders(stale, at, means.life)
    envelopes = await means.signing.sign(made)
    fresh = [
        replace(one, counter=order.counter, expires=order.expires, envelope=envelope, told=False)
        for one, order, envelope in zip(stale, made, envelopes, strict=True)
    ]
    await means.book.keep(fresh)
    return fresh + [one for one in batch if not is_stale(one, at, means.life)]


async def _say(means: Announcing, batch: Sequence[Wanted], at: datetime) -> int:
    """Publish `batch`; note what was told, also when the link breaks midway."""
    said: list[Wanted] = []
    try:
        for one in batch:
            topic = str(Topic(one.store, Channel.DESIRED))
            await means.link.publish(topic, one.envelope or b"", retain=True)
            said.append(one)
    finally:
        await means.book.told(said, at)
    return len(said)
