"""Tells the centre, day by day, how the store's search did, and what enough people missed.

What was tapped late is in a new revision of the day before, if it says something new.
"""

import asyncio
from datetime import datetime, timedelta, tzinfo

from edge_agent.core.searches import tally_searches as tallied
from edge_agent.ports.searches import SearchBook
from endcap.plumbing.clock import Clock

EVERY = timedelta(minutes=5)
DAY = timedelta(days=1)


async def tally_searches(book: SearchBook, zone: tzinfo, minimum_group: int, clock: Clock) -> None:
    """Tell what is news of yesterday, for ever."""
    while True:
        await tally_once(book, zone, minimum_group, clock.now())
        await clock.sleep(EVERY)


async def tally_once(book: SearchBook, zone: tzinfo, minimum_group: int, at: datetime) -> bool:
    """Tell of yesterday; return whether there was news. A day without searches is not told."""
    yesterday = at.astimezone(zone).date() - DAY
    asked, gtins = await book.facts_of(yesterday)
    if not asked:
        return False
    told = await asyncio.to_thread(tallied, asked, minimum_group, gtins)
    return await book.record(yesterday, told, minimum_group, at)
