"""Event by event into the lake: what is committed is there soon after.

A step that is interrupted is taken again; nothing is in the lake twice.
"""

from datetime import timedelta

from central_sync.ports.lake import LakeFilling
from endcap.plumbing.clock import Clock

STEP = 20_000  # events; bounds the memory of a step


async def fill_lake(lake: LakeFilling, clock: Clock, *, every: timedelta) -> None:
    """Fill the lake, for ever; after a backlog without a pause."""
    await lake.sweep()
    while True:
        while await lake.fill(STEP, clock.now()) == STEP:
            pass
        await clock.sleep(every)
