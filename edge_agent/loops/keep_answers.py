"""Puts answers that were noted on the disk, a second's worth in one write.

What was noted in the last second before a power cut is lost: it was only to be learned from.
"""

from datetime import timedelta

from edge_agent.ports.answers import NotedAnswers
from endcap.plumbing.clock import Clock

EVERY = timedelta(seconds=1)


async def keep_answers(noted: NotedAnswers, clock: Clock) -> None:
    """Keep what was noted, for ever."""
    while True:
        await noted.keep()
        await clock.sleep(EVERY)
