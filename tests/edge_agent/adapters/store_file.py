"""A store's database for a test: open, with what its tables hold within reach."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from edge_agent.adapters import outbox_rows
from edge_agent.adapters.schema import migrate
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.body import Body
from endcap.wire.events import KINDS

T = TypeVar("T")


def with_store(folder: Path, work: Callable[[SqliteFile], Awaitable[T]]) -> T:
    """Run `work` on the database in `folder`; the next run finds what it left."""

    async def run() -> T:
        async with open_sqlite(folder / "store.db", migrate) as file:
            return await work(file)

    return asyncio.run(run())


async def rows(file: SqliteFile, question: str) -> list[tuple[Any, ...]]:
    """Return what a query finds."""
    return await file.read(lambda db: [tuple(row) for row in db.execute(question)])


async def told(file: SqliteFile) -> list[Body]:
    """Return every event in the outbox, in order."""
    found = await rows(file, "SELECT kind, body FROM outbox ORDER BY seq")
    return [KINDS[kind].model_validate_json(body) for kind, body in found]


async def tell(file: SqliteFile, bodies: Sequence[Body], at: datetime) -> None:
    """Write events into the outbox."""
    await file.write(lambda db: outbox_rows.append(db, bodies, at))
