"""A store that writes for its life: events and the changes they tell, until it is killed."""

import asyncio
import itertools
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from edge_agent.adapters.schema import migrate
from edge_agent.adapters.shelf_tables import ShelfTables
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.wire.events import GapOpened

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
WRITERS = 8


def write_until_killed(path: Path, life: int, confirmed: Connection) -> None:
    """Open gaps in the database at `path`, and name each once its write has returned."""
    asyncio.run(_write(path, life, confirmed))


async def _write(path: Path, life: int, confirmed: Connection) -> None:
    async with open_sqlite(path, migrate) as file, asyncio.TaskGroup() as group:
        for writer in range(WRITERS):
            group.create_task(_open_gaps(ShelfTables(file), f"{life}.{writer}", confirmed))


async def _open_gaps(shelves: ShelfTables, prefix: str, confirmed: Connection) -> None:
    for number in itertools.count():
        names = [f"{prefix}.{number}.{one}" for one in "ab"]
        gaps = [
            GapOpened(camera="aisle-1", facing=name, since=AT, probability=0.9, frames=3)
            for name in names
        ]
        await shelves.record(gaps, AT)
        confirmed.send(names)
