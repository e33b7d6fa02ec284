"""Tells stores which experiments run: a signed order, retained on each store's own topic.

Signed anew when there is news and at half its life, told again after each new connection.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from central_sync.core.experiments.telling import LIFE, to_sign
from central_sync.ports.experiments import SignedWord, WantedWord, WordBook
from central_sync.ports.orders import OrderSigning
from central_sync.ports.stores import Announcer
from endcap.plumbing.clock import Clock
from endcap.plumbing.mqtt_link import rounds
from endcap.wire.topics import Channel, Topic

EVERY = timedelta(seconds=2)
BATCH = 500  # signed and kept as one write


@dataclass(frozen=True, slots=True)
class Telling:
    """What telling of experiments works with."""

    book: WordBook
    signing: OrderSigning
    link: Announcer
    clock: Clock


async def announce_experiments(means: Telling, *, every: timedelta = EVERY) -> None:
    """Tell what was not told yet, and everything after a new connection, for ever."""
    async for is_new in rounds(means.link, means.clock, every):
        await announce_once(means, everything=is_new)


async def announce_once(means: Telling, *, everything: bool) -> int:
    """Publish what is to be told now; return how many words.

    Raises:
        LinkDownError: the broker went away; what was told stays told.
        RepositoryError: no control key is at hand.
    """
    at, count = means.clock.now(), 0
    wanted = await means.book.to_say(at, LIFE / 2, everything=everything)
    for first in range(0, len(wanted), BATCH):
        words = await _signed(means, wanted[first : first + BATCH], at)
        count += await _say(means, words)
    return count


async def _signed(
    means: Telling, batch: Sequence[WantedWord], at: datetime
) -> list[tuple[str, int, bytes]]:
    """Return what to say, by store and counter; a word is kept before it is said.

    A counter that was said and then forgotten would be given twice, and the second one refused.
    """
    judged = [(one, to_sign(one.spoken, one.experiments, at)) for one in batch]
    stale = [(one, order) for one, order in judged if order is not None]
    envelopes = await means.signing.sign([order for _, order in stale]) if stale else ()
    fresh = [
        SignedWord(order, envelope, one)
        for (one, order), envelope in zip(stale, envelopes, strict=True)
    ]
    same = [one for one, order in judged if order is None]
    await means.book.keep(fresh)
    await means.book.nothing_new(same)
    return [(one.order.store, one.order.counter, one.envelope) for one in fresh] + list(_old(same))


def _old(same: Sequence[WantedWord]) -> Iterator[tuple[str, int, bytes]]:
    """Yield the words that are good still."""
    for one in same:
        if one.spoken.envelope is not None:
            yield one.spoken.store, one.spoken.counter, one.spoken.envelope


async def _say(means: Telling, words: Sequence[tuple[str, int, bytes]]) -> int:
    """Publish `words`; note what was told, also when the link breaks midway."""
    said: list[tuple[str, int]] = []
    try:
        for store, counter, envelope in words:
            topic = str(Topic(store, Channel.EXPERIMENTS))
            await means.link.publish(topic, envelope, retain=True)
            said.append((store, counter))
    finally:
        await means.book.told(said, means.clock.now())
    return len(said)
