"""How many events a second the centre takes in: decode, judge, commit with fsync; one process.

    python -m benchmarks.ingest [EVENTS]

Prints the rate of first deliveries and of pure replays, in batches of 500 from 8 stores, and the
processor time of each event. The broker is not part of it.
"""

import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from central_sync.adapters.event_tables import EventTables
from central_sync.adapters.schema import migrate
from central_sync.ports.stores import Delivery
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.wire.envelope import decode, encode, event
from endcap.wire.events import GapOpened

STORES, BATCH, GROUP = 8, 500, 8
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


def payloads(count: int) -> list[tuple[str, bytes]]:
    """Return `count` events in compressed batches, as they come from the broker."""
    batches = []
    for number in range(count // BATCH):
        store = f"s-{number % STORES:04}"
        first = number // STORES * BATCH + 1
        events = (
            event(
                store=store,
                epoch="00112233445566aa",
                seq=seq,
                time=NOON,
                clock_ok=True,
                body=GapOpened(
                    camera="aisle-1", facing=f"f{seq}", since=NOON, probability=0.9, frames=3
                ),
            )
            for seq in range(first, first + BATCH)
        )
        batches.append((store, encode(events)))
    return batches


async def take_in(tables: EventTables, batches: list[tuple[str, bytes]]) -> None:
    """Decode and commit, eight batches to a commit."""
    for start in range(0, len(batches), GROUP):
        deliveries = [Delivery(store, decode(data)) for store, data in batches[start:][:GROUP]]
        await asyncio.gather(*(tables.commit(one, NOON) for one in deliveries))


async def measure(count: int) -> None:
    """Print the rates."""
    batches = payloads(count)
    with tempfile.TemporaryDirectory() as folder:
        async with open_sqlite(Path(folder) / "central.db", migrate) as file:
            for what in ("first delivery", "pure replay"):
                wall, cpu = time.perf_counter(), time.process_time()
                await take_in(EventTables(file), batches)
                wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                print(
                    f"{what:15} {count / wall:9,.0f} events/s   "
                    f"{cpu / count * 1e6:5.1f} us of processor time each"
                )


if __name__ == "__main__":
    asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 40_000))
