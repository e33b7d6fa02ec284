"""Asks a provider what it knows of the days to come, and keeps what is news.

One that fails is asked again soon, then less and less often, and is told of once; what it said
before stands. Without it the store works as well as with what it knows.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from edge_agent.core.feed.sayings import Source
from edge_agent.ports.feeds import FeedBook, Provider, ProviderError
from edge_agent.ports.sync import Complaints, HealthBook
from endcap.plumbing.clock import Clock
from endcap.wire.events import HealthChanged

PART = "feed.provider"
SOON = timedelta(seconds=30)
_DOUBLINGS = 12


@dataclass(frozen=True, slots=True)
class Pulling:
    """What asking works with; `every` is the pause after an answer."""

    provider: Provider
    book: FeedBook
    health: HealthBook
    complaints: Complaints
    every: timedelta


async def pull_feed(means: Pulling, clock: Clock, rng: random.Random) -> None:
    """Ask, for ever."""
    mark, failures = "", 0
    while True:
        at = clock.now()
        try:
            mark = await pull_once(means, mark, at)
        except ProviderError as error:
            failures += 1
            if failures == 1:
                await means.health.record(_silent(str(error)), at)
        else:
            if failures:
                said = HealthChanged(part=PART, ok=True, code="provider-answers")
                await means.health.record(said, at)
            failures = 0
        await clock.sleep(rest(means.every, failures, rng))


async def pull_once(means: Pulling, mark: str, at: datetime) -> str:
    """Ask once and keep what is news; return the mark of what was said last.

    Raises:
        ProviderError: there is no answer, or none that can be read.
    """
    last = await means.book.version_of(Source.PROVIDER)
    answer = await means.provider.ask(max(last + 1, int(at.timestamp())), mark)
    if answer is None:
        await means.book.heard(Source.PROVIDER, at)
        return mark
    found = answer.document
    if not await means.book.take(found.feed, at, Source.PROVIDER):
        await means.book.heard(Source.PROVIDER, at)
    if found.refused:
        first = found.refused[0].reason
        said = f"{len(found.refused)} rows were passed over; the first: {first}"
        means.complaints.tell("a provider's feed", said)
    return answer.mark


def rest(every: timedelta, failures: int, rng: random.Random) -> timedelta:
    """Return how long to wait: `every`, or less after a failure; never all stores at once."""
    ceiling = SOON * float(1 << min(failures - 1, _DOUBLINGS)) if failures else every
    return min(every, ceiling) * rng.uniform(0.75, 1.0)


def _silent(problem: str) -> HealthChanged:
    return HealthChanged(
        part=PART,
        ok=False,
        code="provider-silent",
        detail=f"{problem[:180]}; what it said before stands; see [feed.pull]",
    )
