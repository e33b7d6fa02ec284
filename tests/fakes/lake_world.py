"""A centre's database and the lake beside it, and events that arrive there. All of it is real."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from central_sync.adapters.event_tables import EventTables
from central_sync.adapters.parquet_lake import ParquetLake
from central_sync.adapters.schema import migrate
from central_sync.ports.stores import Delivery
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.events import Event
from tests.fakes.store_world import NOON, STORE, travelled


def with_lake(folder: Path, work: Callable[[SqliteFile, ParquetLake], Awaitable[Any]]) -> None:
    """Run `work` on a database and the lake beside it."""

    async def run() -> None:
        async with open_sqlite(folder / "centre.sqlite", migrate) as file:
            await work(file, ParquetLake(file, folder / "lake"))

    asyncio.run(run())


async def arrive(file: SqliteFile, *events: Event, store: str = STORE, at: datetime = NOON) -> None:
    """Commit events of a store."""
    await EventTables(file).commit(Delivery(store, travelled(*events)), at)
