"""A store that updates in a process of its own, to be killed: `python -m ... FOLDER URL SEED N`.

Imports once, then forks: an updating child that is killed after a random moment, and a checking
child that starts the store again and says what it serves. One line a trial on stdout.
"""

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from pathlib import Path

import numpy as np

from edge_agent.core.update import State
from edge_agent.loops.update_models import step
from tests.fakes.http_folder import HttpFolder
from tests.fakes.release_world import Store, store

LAST = 12
Visit = Callable[[Store], Awaitable[None]]
X = {"x": np.ones((1, 3), dtype=np.float32)}


def main() -> None:
    """Kill and check, as often as was asked for."""
    folder, url, seed, trials = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    rng = random.Random(seed)
    for _ in range(trials):
        began, begin = os.pipe()
        updating = _fork(_visit(folder, url, partial(_update, begin)))
        os.read(began, 1)
        time.sleep(rng.uniform(0.0, 0.8))  # noqa: TID251 - real time is what is tested
        os.kill(updating, signal.SIGKILL)
        os.waitpid(updating, 0)
        os.close(began)
        os.close(begin)
        _, status = os.waitpid(_fork(_visit(folder, url, _tell)), 0)
        if status:
            raise SystemExit(f"the store did not start again: {status}")
    os.waitpid(_fork(_visit(folder, url, _finish)), 0)


def _fork(work: Coroutine[None, None, None]) -> int:
    """Run `work` in a child; return its process."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        work.close()
        return child
    try:
        asyncio.run(work)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - the parent only sees the status
        print(f"failed {error!r}", file=sys.stderr, flush=True)  # noqa: T201
        os._exit(1)
    os._exit(0)


async def _visit(folder: Path, url: str, visit: Visit) -> None:
    """Start the store and do what `visit` does."""
    http = HttpFolder(folder / "centre" / "tuf", url)
    root = (http.folder / "metadata" / "1.root.json").read_bytes()
    async with store(folder / "store", http, root, factory=folder / "factory") as one:
        await visit(one)


async def _update(begin: int, one: Store) -> None:
    """Say that the store is open; then want one release after another, until killed."""
    os.write(begin, b"!")
    serving = (await one.tables.standing()).serving
    for number in range(serving, LAST + 1):
        await one.want(max(number, 1))
        await one.walk()
    await asyncio.sleep(60)


async def _tell(one: Store) -> None:
    """Say what serves, and that it answers as it should."""
    site = one.means.slots.current
    got = float(site.run("demand", X)["y"][0, 0])
    standing = await one.tables.standing()
    print(site.release, standing.serving, got, standing.update.state.value)  # noqa: T201


async def _finish(one: Store) -> None:
    """Without being killed, come to the last release."""
    await one.want(LAST + 1)
    for _ in range(60):
        after = await step(one.means)
        if after.state is State.IDLE and one.means.slots.current.release == LAST + 1:
            break
    await _tell(one)


if __name__ == "__main__":
    main()
