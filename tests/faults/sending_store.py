"""A store that tells events, has them acknowledged and forgets them: `python -m ... FILE ROUNDS`.

To be recorded or killed. What it was promised it says on stdout, a line each:
`told FACING...` once the writes returned, `acks N` before and `acked N` after an acknowledgement.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge_agent.adapters.outbox_table import OutboxTable
from edge_agent.adapters.schema import migrate
from edge_agent.adapters.shelf_tables import ShelfTables
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.commands import Ack
from endcap.wire.events import GapOpened

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
STORE, EPOCH, CENTRE = "s-0001", "00112233445566aa", "aaaaaaaaaaaaaaaa"
WRITERS = 4


def say(text: str) -> None:
    """Tell the world, in one call."""
    os.write(1, f"{text}\n".encode())


async def tell(file: SqliteFile, facing: str) -> None:
    """Open a gap at a facing: its event goes to the outbox with it."""
    gap = GapOpened(camera="aisle-1", facing=facing, since=AT, probability=0.9, frames=3)
    await ShelfTables(file).record([gap], AT)


async def one_round(file: SqliteFile, outbox: OutboxTable, number: int) -> None:
    """Tell some events at once; have all but the last acknowledged; forget the older ones."""
    facings = [f"{number}.{writer}" for writer in range(WRITERS)]
    await asyncio.gather(*(tell(file, facing) for facing in facings))
    say(" ".join(["told", *facings]))
    last = await outbox.last() - 1
    say(f"acks {last}")
    at = AT + timedelta(minutes=number)
    await outbox.acknowledge(Ack(centre=CENTRE, epoch=EPOCH, committed=((1, last),)), at)
    say(f"acked {last}")
    await outbox.forget(at - timedelta(minutes=1))


async def main() -> None:
    """Go on from whatever lies in the file."""
    path, rounds = Path(sys.argv[1]), int(sys.argv[2])
    async with open_sqlite(path, migrate) as file:
        outbox = OutboxTable(file, STORE, EPOCH)
        begun = await outbox.last() // WRITERS
        for number in range(begun + 1, begun + rounds + 1):
            await one_round(file, outbox, number)


if __name__ == "__main__":
    asyncio.run(main())
