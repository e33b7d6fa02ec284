"""A store that plays media and tells of it, until it is killed."""

import asyncio
import itertools
import random
import secrets
from datetime import UTC, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from edge_agent.adapters.media_desk import Chance, MediaDeskTables
from edge_agent.adapters.media_reports import MediaReportTables
from edge_agent.adapters.schema import migrate
from edge_agent.loops.run_media import tell_once
from edge_agent.ports.media import PlaceAsk
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from tests.edge_agent.adapters.media_store import SLOT
from tests.edge_agent.core.media.campaigns import NOON

SCREENS = 4


def play_until_killed(path: Path, confirmed: Connection) -> None:
    """Play from the leases in the database at `path`, and name each play once it is answered."""
    asyncio.run(_play(path, confirmed))


async def _play(path: Path, confirmed: Connection) -> None:
    async with open_sqlite(path, migrate) as file, asyncio.TaskGroup() as group:
        for _ in range(SCREENS):
            group.create_task(_screen(file, confirmed))
        group.create_task(_tell(file))


async def _screen(file: SqliteFile, confirmed: Connection) -> None:
    chance = Chance(0.2, random.Random(1).random, secrets.token_bytes)
    desk = MediaDeskTables(file, UTC, chance)
    for number in itertools.count():
        placed = await desk.place(PlaceAsk(SLOT), NOON + number * timedelta(seconds=1))
        confirmed.send([one.play for one in placed])


async def _tell(file: SqliteFile) -> None:
    for number in itertools.count():
        await tell_once(MediaReportTables(file), NOON + number * timedelta(seconds=1))
