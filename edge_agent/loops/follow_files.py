"""Keeps the store's catalogue and planogram as their files say: read again when one changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from edge_agent.core.feed.kinds import FeedKind
from edge_agent.ports.sales import FeedFolder, FeedIntake, FeedUnreadableError
from endcap.plumbing.clock import Clock

EVERY = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Followed:
    """A file: what it holds, the folder it lies in, and its name there."""

    kind: FeedKind
    folder: FeedFolder
    name: str


async def follow_files(files: Sequence[Followed], intake: FeedIntake, clock: Clock) -> None:
    """Follow every file, for ever."""
    while True:
        await follow_once(files, intake, clock.now())
        await clock.sleep(EVERY)


async def follow_once(files: Sequence[Followed], intake: FeedIntake, at: datetime) -> None:
    """Take in the files whose bytes were never taken in.

    Raises:
        FeedUnreadableError: of the first file that cannot be read, or in which nothing can be,
            after all others were read.
    """
    failed: list[FeedUnreadableError] = []
    for one in files:
        try:
            async with one.folder.open(one.name) as file:
                # A file that is followed says what it holds whatever its name; see kind_of.
                named = replace(file, name=f"{one.kind.value} {file.name}")
                outcome = await intake.outcome_of(file.sha256) or await intake.take(named, at)
            if not outcome.readable:
                failed.append(FeedUnreadableError(f"{one.name}: nothing in it can be read"))
        except FeedUnreadableError as error:
            failed.append(error)
    if failed:
        raise failed[0]
