"""Tells each store which release to want: a retained message on its own topic.

Every wish is told again after each new connection, because the broker's memory is disposable. The
wish is no proof: a store installs only what signed metadata names.
"""

from datetime import timedelta

from central_sync.ports.releases import Assignment, Assignments
from central_sync.ports.stores import Announcer
from endcap.plumbing.clock import Clock
from endcap.wire.commands import Desired
from endcap.wire.topics import Channel, Topic

EVERY = timedelta(seconds=1)


async def announce_releases(
    assignments: Assignments, link: Announcer, clock: Clock, *, every: timedelta = EVERY
) -> None:
    """Tell what was not told yet, and everything after a new connection, for ever."""
    told_since = -1
    while True:
        if link.connected:
            connection = link.connections
            await announce_once(assignments, link, clock, everything=connection != told_since)
            told_since = connection
        await clock.sleep(every)


async def announce_once(
    assignments: Assignments, link: Announcer, clock: Clock, *, everything: bool
) -> int:
    """Publish the wishes that were not told, or all; return how many.

    Raises:
        LinkDownError: the broker went away; what was told stays told.
    """
    count = 0
    for one in await assignments.assignments():
        if everything or not one.told:
            await link.publish(str(Topic(one.store, Channel.DESIRED)), _wish(one), retain=True)
            await assignments.told(one, clock.now())
            count += 1
    return count


def _wish(one: Assignment) -> bytes:
    """Return an assignment as a message."""
    wish = Desired(store=one.store, release=one.release, assigned=one.assigned)
    return wish.model_dump_json().encode()
