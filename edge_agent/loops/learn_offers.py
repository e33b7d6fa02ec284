"""Learns, when a day is over, from what shoppers did with its answers; tells the centre sums."""

from datetime import date, datetime, timedelta, tzinfo

from edge_agent.ports.offers import LessonBook
from endcap.plumbing.clock import Clock, is_plausible

EVERY = timedelta(minutes=10)
WAIT = timedelta(hours=1)
"""How long after midnight a day is learned from: what was done late has come in by then."""


async def learn_offers(book: LessonBook, zone: tzinfo, clock: Clock) -> None:
    """Learn, for ever."""
    while True:
        await learn_once(book, zone, clock.now())
        await clock.sleep(EVERY)


async def learn_once(book: LessonBook, zone: tzinfo, at: datetime) -> list[date]:
    """Learn from every day that is over, and return those; a clock never set knows none."""
    if not is_plausible(at):
        return []
    today = (at - WAIT).astimezone(zone).date()
    days = []
    for day, surface in await book.untaught(today):
        await book.record(day, surface, await book.seen(day, surface), at)
        days.append(day)
    return days
