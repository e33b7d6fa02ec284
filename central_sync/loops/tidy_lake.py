"""Lets go of events that are older than people want to keep them, in the database and in the lake.

What the lake does not have yet stays in the database, however old.
"""

from datetime import timedelta

from central_sync.ports.lake import LakeKeeping, RecentEvents
from endcap.plumbing.clock import Clock

EVERY = timedelta(hours=1)
STEP = 5_000  # events; whoever else writes waits no longer than for these
READ_FOR = timedelta(days=1)
"""How long files that count no more stay: a training that has begun may read them."""


async def tidy_lake(
    lake: LakeKeeping, events: RecentEvents, keep: timedelta, recent: timedelta, clock: Clock
) -> None:
    """Tidy up, for ever: the lake keeps events for `keep`, the database for `recent`."""
    while True:
        at = clock.now()
        while await events.forget(at - recent, STEP) == STEP:
            pass
        await lake.retire(at - keep, at)
        await lake.clear(at - READ_FOR)
        await clock.sleep(EVERY)
