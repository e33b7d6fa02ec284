"""Leases budgets to stores and tells them, signed; first it hears what it told them before.

A centre that was restored from an older copy of itself does not know what it gave since; the broker
still has its last word to each store, and no lease is made before those were heard. A lease is kept
before it is told; a word is retained, told again after each new connection, and signed anew at half
its life. What is granted is core/media/leasing's to decide.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from central_sync.core.media.telling import LIFE, to_sign
from central_sync.ports.media import CampaignEnds, LeaseBook, OwnWords, SignedMedia, WantedMedia
from central_sync.ports.orders import OrderSigning
from central_sync.ports.stores import Announcer
from endcap.plumbing.clock import Clock
from endcap.plumbing.mqtt_link import rounds
from endcap.wire.topics import Channel, Topic

EVERY = timedelta(seconds=2)
BATCH = 200  # signed and kept as one write


@dataclass(frozen=True, slots=True)
class MediaLeasing:
    """What leasing works with; leases are looked at each `lease_every`.

    `tell` hears, once, how many leases the database had forgotten.
    """

    campaigns: CampaignEnds
    book: LeaseBook
    own: OwnWords
    signing: OrderSigning
    link: Announcer
    clock: Clock
    tell: Callable[[int], None]
    lease_every: timedelta = timedelta(minutes=1)
    life: timedelta = LIFE


async def lease_media(means: MediaLeasing, *, every: timedelta = EVERY) -> None:
    """Remember, then lease and tell, for ever."""
    await remember(means)
    due = means.clock.now()
    async for is_new in rounds(means.link, means.clock, every):
        at = means.clock.now()
        if at >= due or at + means.lease_every < due:  # the clock may be set back
            await lease_once(means)
            due = at + means.lease_every
        await announce_once(means, everything=is_new)


async def remember(means: MediaLeasing) -> int:
    """Take in what our own words say of leases; return how many had been forgotten."""
    count = await means.book.recall(await means.own.heard(), means.clock.now())
    if count:
        means.tell(count)
    return count


async def lease_once(means: MediaLeasing) -> int:
    """End what is over, and make the leases that are due; return how many."""
    at = means.clock.now()
    await means.campaigns.end_what_is_over(at)
    return await means.book.grant(at)


async def announce_once(means: MediaLeasing, *, everything: bool) -> int:
    """Publish what is news to stores; return to how many.

    Raises:
        LinkDownError: the broker went away; what was told stays told.
        RepositoryError: no control key is at hand.
    """
    at = means.clock.now()
    wanted = await means.book.to_say(at, means.life / 2, everything=everything)
    count = 0
    for some in _batches(wanted):
        count += await _say(means, some)
    return count


async def _say(means: MediaLeasing, batch: Sequence[WantedMedia]) -> int:
    """Publish what is to be said of `batch`, each kept before it is said."""
    at = means.clock.now()
    judged = [(one, to_sign(one.spoken, one.news, at, means.life)) for one in batch]
    stale = [(one, order) for one, order in judged if order is not None]
    envelopes = await means.signing.sign([order for _, order in stale]) if stale else ()
    fresh = [
        SignedMedia(order, envelope, one)
        for (one, order), envelope in zip(stale, envelopes, strict=True)
    ]
    same = [one for one, order in judged if order is None]
    await asyncio.gather(means.book.keep(fresh), means.book.nothing_new(same))
    words = [(one.order.store, one.order.counter, one.envelope) for one in fresh]
    words += [
        (one.spoken.store, one.spoken.counter, one.spoken.envelope)
        for one in same
        if one.spoken.envelope is not None
    ]
    return await _publish(means, words)


async def _publish(means: MediaLeasing, words: Sequence[tuple[str, int, bytes]]) -> int:
    """Publish words; note what was told, also when the link breaks midway."""
    said: list[tuple[str, int]] = []
    try:
        for store, counter, envelope in words:
            topic = str(Topic(store, Channel.MEDIA))
            await means.link.publish(topic, envelope, retain=True)
            said.append((store, counter))
    finally:
        await means.book.told(said, means.clock.now())
    return len(said)


def _batches(items: Sequence[WantedMedia]) -> Iterator[Sequence[WantedMedia]]:
    for first in range(0, len(items), BATCH):
        yield items[first : first + BATCH]
