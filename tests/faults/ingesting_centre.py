"""A centre that only ingests, as a process of its own that a test may kill."""

import asyncio
import multiprocessing
import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

from central_sync.adapters.ack_topics import AckTopics
from central_sync.adapters.event_tables import EventTables, claim_centre_id
from central_sync.adapters.fleet_tables import FleetTables
from central_sync.adapters.schema import migrate
from central_sync.loops.ingest_events import ingest_events
from central_sync.loops.watch_states import watch_states
from central_sync.ports.stores import Committed
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.mqtt_link import Broker, open_link
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.wire.topics import Channel, from_every_store


class DeadlyAcks(AckTopics):
    """Real acknowledgements; after `left` of them the process is killed instead."""

    left = 0

    async def tell(self, committed: Committed, *, again: bool = True) -> None:
        """Tell, or die."""
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        await super().tell(committed, again=again)


async def serve(database: Path, port: int, kill_before: int, protocol: str) -> None:
    """Ingest until killed."""
    clock, rng = SystemClock(), random.Random()
    five = protocol == "5"
    events_at = Broker("127.0.0.1", port, "centre-events", protocol="5" if five else "3.1.1")
    states_at = Broker("127.0.0.1", port, "centre-states", protocol="5" if five else "3.1.1")
    filters = [from_every_store(Channel.EVENTS, shared=five)], [from_every_store(Channel.STATE)]
    async with (
        open_sqlite(database, migrate) as file,
        open_link(events_at, filters[0], clock, rng) as events_link,
        open_link(states_at, filters[1], clock, rng) as states_link,
        asyncio.TaskGroup() as group,
    ):
        acks = DeadlyAcks(events_link, await claim_centre_id(file, f"{rng.getrandbits(64):016x}"))
        acks.left = kill_before
        tables = EventTables(file)
        group.create_task(ingest_events(events_link, tables, acks, clock))
        group.create_task(watch_states(states_link, FleetTables(file), tables, acks, clock))


def serve_until_killed(database: Path, port: int, kill_before: int, protocol: str) -> None:
    """Be that process."""
    asyncio.run(serve(database, port, kill_before, protocol))


@contextmanager
def centre(
    database: Path, port: int, *, kill_before: int = 0, protocol: str = "5"
) -> Iterator[BaseProcess]:
    """Run a centre until the block ends, then kill it.

    With `kill_before` it kills itself, as a power cut would, after a commit and before the
    acknowledgement that would be its `kill_before`-th.
    """
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.faults.ingesting_centre"])
    words = (database, port, kill_before, protocol)
    process = processes.Process(target=serve_until_killed, args=words)
    process.start()
    try:
        yield process
        assert process.exitcode in (None, -signal.SIGKILL), "the centre ended by itself"
    finally:
        process.kill()
        process.join()
