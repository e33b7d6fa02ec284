"""Lets go of what is known of the days to come once it is too old to go by."""

from datetime import timedelta

from edge_agent.ports.feeds import FeedBook
from endcap.plumbing.clock import Clock, is_plausible

EVERY = timedelta(minutes=15)


async def age_feed(book: FeedBook, clock: Clock) -> None:
    """Look, for ever. A clock that was never set knows no age."""
    while True:
        at = clock.now()
        if is_plausible(at):
            await book.drop_stale(at)
        await clock.sleep(EVERY)
