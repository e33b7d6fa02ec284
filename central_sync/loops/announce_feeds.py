"""Tells each store what the centre knows of the days to come, when that became another.

A word is retained on the store's topic, so that one that was away hears it when it comes back, and
is told again after each new connection: the broker may have forgotten. Versions only grow, also
when the centre is restored from an older copy of itself. What trainings learn of the days is what
stores were told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from central_sync.core.feeds import (
    FeedProblemError,
    StoreFeed,
    Word,
    audiences,
    composed,
    digest_of,
    word_to,
)
from central_sync.ports.feeds import DayBook, FeedBook
from central_sync.ports.stores import Announcer
from endcap.plumbing.clock import Clock
from endcap.plumbing.mqtt_link import rounds
from endcap.wire.commands import Feed
from endcap.wire.topics import Channel, Topic

EVERY = timedelta(seconds=2)

Signature = tuple[date, tuple[tuple[str, int], ...]]
"""A day, and the revisions of the parts that a store gets: the same gives the same feed."""


@dataclass(frozen=True, slots=True)
class Feeding:
    """What telling feeds works with; `tell` says to a person what cannot be told to a store.

    `seen` is what each store's last word was made from: one of the same needs no second look.
    `unsayable` are those of which no feed can be made; that is told once.
    """

    book: FeedBook
    days: DayBook
    link: Announcer
    clock: Clock
    tell: Callable[[str], None]
    seen: dict[str, Signature] = field(default_factory=dict)
    unsayable: set[Signature] = field(default_factory=set)


async def announce_feeds(means: Feeding, *, every: timedelta = EVERY) -> None:
    """Tell what became another, and everything after a new connection, for ever."""
    async for is_new in rounds(means.link, means.clock, every):
        await announce_once(means, everything=is_new)


async def announce_once(means: Feeding, *, everything: bool) -> int:
    """Publish what is to be told now; return to how many stores.

    Raises:
        LinkDownError: the broker went away; what was told stays told.
    """
    revisions = await means.book.revisions()
    today, made = means.clock.now().date(), dict[Signature, tuple[Feed, str] | None]()
    count = 0
    for one in await means.book.stores():
        signature = _signature(one, revisions, today)
        known = one.told and means.seen.get(one.store) == signature
        if (known and not everything) or signature in means.unsayable:
            continue
        if not signature[1] and not one.version:
            continue  # nobody ever said anything to it
        if signature not in made:
            made[signature] = await _made(means, signature)
        found = made[signature]
        if found is not None:
            word = word_to(one, *found, means.clock.now(), again=everything)
            if word is not None and word.version != one.version:
                # Before it is kept as said: after a crash it is said and noted again.
                await means.days.note(one.store, found[0], today)
            count += await _say(means, one, word)
            means.seen[one.store] = signature
    return count


def _signature(one: StoreFeed, revisions: Mapping[str, int], today: date) -> Signature:
    names = audiences(one.store, one.region)
    return today, tuple((name, revisions[name]) for name in names if name in revisions)


async def _made(means: Feeding, signature: Signature) -> tuple[Feed, str] | None:
    """Return the feed of stores of one signature and its digest; None when there can be none."""
    parts: Sequence[Feed] = [await means.book.part(name) for name, _ in signature[1]]
    try:
        feed = composed(parts, signature[0])
    except FeedProblemError as error:
        means.unsayable.add(signature)
        names = ", ".join(name for name, _ in signature[1])
        means.tell(f"the feed of {names} is not told: {error}; what was told before stands")
        return None
    return feed, digest_of(feed)


async def _say(means: Feeding, one: StoreFeed, word: Word | None) -> int:
    """Publish a word, kept before it is said; return 1 when there was one."""
    if word is None:
        return 0
    if word.version != one.version:
        await means.book.keep([word])
    topic = str(Topic(word.store, Channel.FEED))
    await means.link.publish(topic, word.payload, retain=True)
    await means.book.told([word], means.clock.now())
    return 1
