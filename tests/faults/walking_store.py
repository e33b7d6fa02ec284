"""A store that walks through updates: `python -m ... FOLDER URL ROUNDS`; to be recorded or killed.

Each round it goes to the next good release, and then toward a bad one, that fails on probation and
is gone back from. On stdout: `wants N` before, `rests M` after.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np

from endcap.plumbing.onnx_session import ModelUnusableError
from tests.fakes.http_folder import HttpFolder
from tests.fakes.release_world import Store, store

X = {"x": np.ones((1, 3), dtype=np.float32)}
ODD = {"x": np.full((1, 3), np.nan, dtype=np.float32)}


def say(text: str) -> None:
    """Tell the world, in one call."""
    os.write(1, f"{text}\n".encode())


@contextlib.asynccontextmanager
async def opened(folder: Path, url: str, live: Path) -> AsyncIterator[Store]:
    """Start the store whose files lie in `live`, against the centre that lies in `folder`."""
    http = HttpFolder(folder / "centre" / "tuf", url)
    root = (http.folder / "metadata" / "1.root.json").read_bytes()
    async with store(live, http, root, factory=folder / "factory") as one:
        yield one


async def walk(one: Store, number: int, *, bad: bool = False) -> None:
    """Want a release, and rest; a bad one answers badly once it serves."""
    say(f"wants {number}")
    await one.want(number)
    asking = asyncio.create_task(_ask_oddly(one, number)) if bad else None
    await one.walk()
    if asking:
        asking.cancel()
    say(f"rests {one.means.slots.current.release}")


async def _ask_oddly(one: Store, number: int) -> None:
    """Ask the models what they cannot answer, once `number` serves."""
    while True:
        await asyncio.sleep(0)
        if one.means.slots.current.release == number:
            with contextlib.suppress(ModelUnusableError):
                one.means.slots.current.run("demand", ODD)


async def main() -> None:
    """Walk from wherever the store stands."""
    folder, url, rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    async with opened(folder, url, folder / "live") as one:
        for _ in range(rounds):
            standing = await one.tables.standing()
            number = max([standing.serving, *standing.refused]) + 1
            await walk(one, number)
            await walk(one, number + 1, bad=True)


if __name__ == "__main__":
    asyncio.run(main())
