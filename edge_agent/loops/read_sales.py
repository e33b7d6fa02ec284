"""Reads what the point of sale leaves in its folder: take in, then put away.

Killed between the two, the file is known by its digest next time and only put away.
"""

from datetime import datetime, timedelta

from edge_agent.ports.sales import FeedFolder, FeedIntake, FeedUnreadableError
from endcap.plumbing.clock import Clock

EVERY = timedelta(seconds=1)


async def read_sales(folder: FeedFolder, intake: FeedIntake, clock: Clock) -> None:
    """Read what is dropped, for ever."""
    while True:
        await read_once(folder, intake, clock.now())
        await clock.sleep(EVERY)


async def read_once(folder: FeedFolder, intake: FeedIntake, at: datetime) -> int:
    """Read every file that is whole; return how many were put away.

    Raises:
        FeedUnreadableError: of the first file that the disk refused, after all others were read.
    """
    failed: list[FeedUnreadableError] = []
    names = await folder.ready()
    for name in names:
        try:
            await _read(folder, intake, name, at)
        except FeedUnreadableError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return len(names)


async def _read(folder: FeedFolder, intake: FeedIntake, name: str, at: datetime) -> None:
    async with folder.open(name) as file:
        known = await intake.outcome_of(file.sha256)
        outcome = known or await intake.take(file, at)
    await folder.put_away(name, readable=outcome.readable)
