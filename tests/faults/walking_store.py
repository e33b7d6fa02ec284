"""A store that walks through updates: `python -m ... FOLDER URL ROUNDS`; to be recorded or killed.

Each round it goes to the next good release, and then toward a bad one, that fails on probation and
is gone back from. One release comes as what changed since the first, the others come whole.
On stdout: `wants N` before, `rests M` after.
`broken` says what is wrong with what is left of such a store.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import numpy as np

from endcap.plumbing.onnx_session import ModelUnusableError
from tests.fakes.http_folder import HttpFolder, serving
from tests.fakes.release_world import Store, centre, store
from tests.fakes.tiny_models import release, tiny

LAST = 6
BY_DELTA = 3
"""The release that a store which serves release 1 makes of that one's model."""
X = {"x": np.ones((1, 3), dtype=np.float32)}
ODD = {"x": np.full((1, 3), np.nan, dtype=np.float32)}


def say(text: str) -> None:
    """Tell the world, in one call."""
    os.write(1, f"{text}\n".encode())


@contextlib.contextmanager
def published(folder: Path, *, ballast: int = 5_000) -> Iterator[HttpFolder]:
    """Serve a centre in `folder` with releases up to LAST; release n multiplies by 1 + n."""
    made = asyncio.run(centre(folder / "centre"))
    tiny(1.0).written(folder / "factory" / "demand")
    first = release(1, tiny(2.0, ballast=ballast))
    for number in range(1, LAST + 1):
        one = tiny(1.0 + number, ballast=ballast)
        live = [first] if number == BY_DELTA else []
        asyncio.run(made.furnish(release(number, one), [one], live))
    with serving(made.folder) as http:
        yield http


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


async def go_on(folder: Path, url: str, rounds: int) -> None:
    """Walk on from wherever the store stands."""
    async with opened(folder, url, folder / "live") as one:
        for _ in range(rounds):
            standing = await one.tables.standing()
            number = max([standing.serving, *standing.refused]) + 1
            await walk(one, number)
            await walk(one, number + 1, bad=True)


async def begin(folder: Path, url: str, live: Path) -> None:
    """Bring a new store to release 1, past release 2, which is bad."""
    async with opened(folder, url, live) as one:
        await walk(one, 1)
        await walk(one, 2, bad=True)


def ways(http: HttpFolder) -> list[str]:
    """Return how models were asked for, in order: as what changed (.zst) or whole (.onnx)."""
    return [Path(one).suffix for one in http.asked if one.endswith((".zst", ".onnx"))]


def allowed(said: Sequence[str]) -> set[int]:
    """Return the releases that may serve after what a store that served release 1 has said."""
    serves = 1
    wanted = None
    for verb, number in (line.split() for line in said):
        if verb == "wants":
            wanted = int(number)
        else:
            serves, wanted = int(number), None
    return {serves} | ({wanted} if wanted else set())


async def broken(
    folder: Path, url: str, live: Path, serves: set[int], *, goes_on: bool = True
) -> str:
    """Return what is wrong with the store that starts from `live`, or an empty text.

    With `goes_on` it must come to the last release too.
    """
    async with opened(folder, url, live) as one:
        problem = await _serving_wrong(one, serves)
        if problem or not goes_on:
            return problem
        await one.walk()
        await one.want(LAST)
        await one.walk()
        return await _serving_wrong(one, {LAST})


async def _serving_wrong(one: Store, serves: set[int]) -> str:
    """Return what is wrong with what the store serves."""
    release, standing = one.means.slots.current.release, await one.tables.standing()
    answer = float(one.means.slots.current.run("demand", X)["y"][0, 0])
    state = standing.update.state.value
    if release not in serves or standing.serving != release:
        return f"{release} serves ({state}), {standing.serving} in the journal, not {serves}"
    return "" if answer == 1.0 + release else f"release {release} answers {answer}"


if __name__ == "__main__":
    asyncio.run(go_on(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
