"""Tells each store how the whole chain sells: when that is newer, and after a new connection.

A word is one message, retained on the store's own topic, so that the broker tells a store that
comes back; the broker's memory is disposable, so all are told again over a new connection.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from central_sync.ports.chain import ChainBoard
from central_sync.ports.stores import Announcer
from endcap.plumbing.clock import Clock
from endcap.plumbing.mqtt_link import rounds
from endcap.wire.topics import Channel, Topic

LOOK = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class ChainTelling:
    """What telling of the chain works with."""

    board: ChainBoard
    link: Announcer
    clock: Clock


async def announce_chain(means: ChainTelling, *, every: timedelta, look: timedelta = LOOK) -> None:
    """Sum the chain up again and again, and tell what is new of it, for ever."""
    renewed: datetime | None = None
    async for is_new in rounds(means.link, means.clock, look):
        at = means.clock.now()
        fresh = False
        if renewed is None or renewed > at or at - renewed >= every:
            fresh, renewed = await means.board.renew(at), at
        if fresh or is_new:
            await tell_all(means)


async def tell_all(means: ChainTelling) -> int:
    """Tell every store; return how many.

    Raises:
        LinkDownError: the broker went away; all are told over the next connection.
    """
    stores = await means.board.stores()
    for store in stores:
        word = await means.board.word(store)
        await means.link.publish(str(Topic(store, Channel.CHAIN)), word, retain=True)
    return len(stores)
