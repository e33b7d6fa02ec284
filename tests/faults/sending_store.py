"""A store that tells events, has them acknowledged and forgets them: `python -m ... FILE ROUNDS`.

To be recorded or killed. What it was promised it says on stdout, a line each:
`told FACING...` once the writes returned, `acks N` before and `acked N` after an acknowledgement.
`broken` says what is wrong with what is left of such a store.
"""

import asyncio
import os
import sqlite3
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

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


async def go_on(path: Path, rounds: int) -> None:
    """Go on from whatever lies in the file."""
    async with open_sqlite(path, migrate) as file:
        outbox = OutboxTable(file, STORE, EPOCH)
        begun = await outbox.last() // WRITERS
        for number in range(begun + 1, begun + rounds + 1):
            await one_round(file, outbox, number)


async def broken(path: Path, said: Sequence[str]) -> str:
    """Return what is wrong with the store that starts from `path`, or an empty text."""
    told, acks, acked = promised(said)
    async with open_sqlite(path, migrate) as file:
        outbox = OutboxTable(file, STORE, EPOCH)
        check = await file.read(lambda db: db.execute("PRAGMA integrity_check").fetchone()[0])
        gaps = await file.read(lambda db: names(db, "SELECT facing FROM gaps"))
        seqs = await file.read(lambda db: names(db, "SELECT seq FROM outbox ORDER BY seq"))
        waiting = await file.read(lambda db: names(db, "SELECT seq FROM outbox WHERE acked = 0"))
        last = await outbox.last()
        await tell(file, "after")
        goes_on = await outbox.last() == last + 1
    facts = {
        f"the file is damaged: {check}": check != "ok",
        f"lost: {sorted(told - set(gaps))}": not told <= set(gaps),
        f"{len(gaps)} gaps, but the last event is {last}": len(gaps) != last,
        f"numbers with a hole: {seqs}": seqs != list(range(last - len(seqs) + 1, last + 1)),
        f"unacknowledged events are gone: {seqs[:1]}": last - len(seqs) > acks,
        f"acknowledged up to {acked}, and sent again": bool(waiting) and min(waiting) <= acked,
        "no event can be told any more": not goes_on,
    }
    return "; ".join(text for text, wrong in facts.items() if wrong)


def promised(said: Sequence[str]) -> tuple[set[str], int, int]:
    """Return the facings that were confirmed, and up to where was acknowledged, begun and done."""
    words = [line.split() for line in "".join(said).splitlines()]
    told = {facing for verb, *facings in words if verb == "told" for facing in facings}
    acks = [int(rest[0]) for verb, *rest in words if verb == "acks"]
    acked = [int(rest[0]) for verb, *rest in words if verb == "acked"]
    return told, max(acks, default=0), max(acked, default=0)


def names(db: sqlite3.Connection, question: str) -> list[Any]:
    """Return the first column of what is asked for."""
    return [row[0] for row in db.execute(question)]


if __name__ == "__main__":
    asyncio.run(go_on(Path(sys.argv[1]), int(sys.argv[2])))
