"""Tells stores the settings and errands that were ordered, signed.

Settings are retained on their topic, told again after each new connection, and signed anew at half
their life. An errand is not retained: it is told again and again until its store's state shows it
taken, or it is over, so that a broker can neither keep it nor bring it back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from central_sync.core.remote_orders import LIFE, WantedSettings, to_sign
from central_sync.ports.orders import OrderSigning
from central_sync.ports.remote import RemoteOrderBook, SignedSettings, WantedErrand
from central_sync.ports.stores import Announcer
from endcap.plumbing.clock import Clock
from endcap.plumbing.mqtt_link import rounds
from endcap.wire.topics import Channel, Topic

EVERY = timedelta(seconds=1)
AGAIN = timedelta(seconds=30)
BATCH = 500  # signed and kept as one write

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ordering:
    """What telling orders works with; an errand is told again after `again`."""

    book: RemoteOrderBook
    signing: OrderSigning
    link: Announcer
    clock: Clock
    life: timedelta = LIFE
    again: timedelta = AGAIN


@dataclass(frozen=True, slots=True)
class Word:
    """A signed order that is to be said now."""

    store: str
    counter: int
    envelope: bytes


async def announce_orders(means: Ordering, *, every: timedelta = EVERY) -> None:
    """Tell what was not told yet, and all settings after a new connection, for ever."""
    async for is_new in rounds(means.link, means.clock, every):
        await announce_once(means, everything=is_new)


async def announce_once(means: Ordering, *, everything: bool) -> int:
    """Publish what is to be told now; return how many orders.

    Raises:
        LinkDownError: the broker went away; what was told stays told.
        RepositoryError: no control key is at hand.
    """
    at, count = means.clock.now(), 0
    settings = await means.book.settings_to_say(at, means.life / 2, everything=everything)
    for some in _batches(settings):
        count += await _say(means, await _signed_settings(means, some, at), Channel.CONFIG)
    errands = await means.book.errands_to_say(at, means.again)
    for few in _batches(errands):
        count += await _say(means, await _signed_errands(means, few), Channel.ERRAND)
    return count


async def _signed_settings(
    means: Ordering, batch: Sequence[WantedSettings], at: datetime
) -> list[Word]:
    """Return what to say of `batch`; what was ordered anew meanwhile is left for the next time.

    A word that is signed anew is kept before it is said: a counter that was said and then forgotten
    would be given twice, and the second one refused.
    """
    judged = [(one, to_sign(one, at, means.life)) for one in batch]
    stale = [(one, order) for one, order in judged if order is not None]
    envelopes = await means.signing.sign([order for _, order in stale]) if stale else ()
    fresh = await means.book.keep_settings(
        [
            SignedSettings(order, envelope, one.counter)
            for (one, order), envelope in zip(stale, envelopes, strict=True)
        ]
    )
    words = [Word(one.order.store, one.order.counter, one.envelope) for one in fresh]
    good = [one for one, order in judged if order is None and one.envelope is not None]
    return words + [Word(one.store, one.counter, one.envelope or b"") for one in good]


async def _signed_errands(means: Ordering, batch: Sequence[WantedErrand]) -> list[Word]:
    """Return what to say of `batch`, each signed once."""
    new = [one for one in batch if one.envelope is None]
    envelopes = await means.signing.sign([one.order for one in new]) if new else ()
    fresh = [replace(one, envelope=word) for one, word in zip(new, envelopes, strict=True)]
    await means.book.keep_errands(fresh)
    known = [one for one in batch if one.envelope is not None]
    return [Word(one.order.store, one.order.counter, one.envelope or b"") for one in known + fresh]


async def _say(means: Ordering, words: Sequence[Word], channel: Channel) -> int:
    """Publish `words`; note what was told, also when the link breaks midway."""
    retain = channel is Channel.CONFIG
    said: list[tuple[str, int]] = []
    try:
        for one in words:
            topic = str(Topic(one.store, channel))
            await means.link.publish(topic, one.envelope, retain=retain)
            said.append((one.store, one.counter))
    finally:
        note = means.book.told_settings if retain else means.book.told_errands
        await note(said, means.clock.now())
    return len(said)


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(items), BATCH):
        yield items[first : first + BATCH]
