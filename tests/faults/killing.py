"""Kills a store before its n-th system call, and starts it again.

`python -m tests.faults.killing LIFE FOLDER URL N`: LIFE is `updates` or `outbox`, N is how many
points to sample, 0 for every one. Imports once, then forks for each point: a living child that
strace kills on entry to the n-th call of a kind, and a checking child that starts from what is
left. A line a point on stdout: the call, its number, what is wrong. Blocking work has one thread,
so that the n-th call of a kind is the same in every life. What changes no file and sends nothing
(reading, closing, waiting) is left out: to die there is to die before the next call that does.
"""

import asyncio
import collections
import ctypes
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.faults import sending_store, walking_store

CALLS = (
    *("write", "pwrite64", "ftruncate", "fsync", "fdatasync", "fchmod", "openat"),
    *("rename", "renameat2", "unlink", "unlinkat", "mkdir", "symlink", "sendto"),
)
MISSED = "missed"
"""The verdict on a life that ended before the call came: SQLite's checkpoints move a little."""
_PR_SET_PTRACER, _ANY = 0x59616D61, -1


@dataclass(frozen=True, slots=True)
class Life:
    """What a store does in `folder`, and what is wrong with it after it said so much and died."""

    folder: Path
    lived: Callable[[], Awaitable[None]]
    broken: Callable[[list[str]], Awaitable[str]]


def updates(folder: Path, url: str) -> Life:
    """Fetch, activate and roll back, from release 1 on."""
    live = folder / "live"

    async def broken(said: list[str]) -> str:
        return await walking_store.broken(folder, url, live, walking_store.allowed(said))

    return Life(live, partial(walking_store.go_on, folder, url, 1), broken)


def outbox(folder: Path, _url: str) -> Life:
    """Enqueue, have acknowledged, and forget."""
    file = folder / "live" / "store.db"
    return Life(
        file.parent, partial(sending_store.go_on, file, 2), partial(sending_store.broken, file)
    )


LIVES = {"updates": updates, "outbox": outbox}


def main() -> None:
    """Kill and check at every point, or at some."""
    made, folder, url, many = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    life = LIVES[made](folder, url)
    before = folder / "before"
    shutil.copytree(life.folder, before)
    for name, number in points(life, before, folder / "log", many):
        _restore(before, life.folder)
        said, killed = _live(
            life, f"--trace={name}", f"--inject={name}:signal=SIGKILL:when={number}"
        )
        verdict = (_checked(life, said) or "ok") if killed else MISSED
        print(f"{name} {number} {verdict}", flush=True)  # noqa: T201 - what it is for


def points(life: Life, before: Path, log: Path, many: int) -> list[tuple[str, int]]:
    """Return which calls to die before: all that one life makes, or some of each kind."""
    _restore(before, life.folder)
    _live(life, f"--trace={','.join(CALLS)}", f"--output={log}")
    seen: dict[str, collections.Counter[str]] = {name: collections.Counter() for name in CALLS}
    for thread, name in re.findall(r"^(\d+) +(\w+)\(", log.read_text(), re.MULTILINE):
        seen[name][thread] += 1
    found = {
        name: list(range(1, max(threads.values(), default=0) + 1)) for name, threads in seen.items()
    }
    if not many:
        return [(name, number) for name, numbers in found.items() for number in numbers]
    rng = random.Random(3)
    ranked = [
        (nth, name, number)
        for name, numbers in found.items()
        for nth, number in enumerate(rng.sample(numbers, len(numbers)))
    ]
    return [(name, number) for _, name, number in sorted(ranked)[:many]]


def _restore(before: Path, live: Path) -> None:
    shutil.rmtree(live, ignore_errors=True)
    shutil.copytree(before, live)


def _live(life: Life, *options: str) -> tuple[list[str], bool]:
    """Live under strace; return what was said, and whether it was killed."""
    gate, says = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        _be_traced(gate, says)
        _run(_on_one_thread(life.lived))
    os.close(says[1])
    command = ["strace", "-f", "-p", str(child), *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr
        assert "attached" in tracer.stderr.readline()
        os.write(gate[1], b"!")
        with os.fdopen(says[0]) as lines:
            said = lines.readlines()
        tracer.stderr.read()
    _, status = os.waitpid(child, 0)
    for end in gate:
        os.close(end)
    return said, os.WIFSIGNALED(status)


def _be_traced(gate: tuple[int, int], says: tuple[int, int]) -> None:
    """Let any process trace this one, and wait for it; speak into the pipe."""
    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_ulong(_ANY), 0, 0, 0)
    os.dup2(says[1], 1)
    os.read(gate[0], 1)


async def _on_one_thread(lived: Callable[[], Awaitable[None]]) -> None:
    with ThreadPoolExecutor(1) as thread:
        asyncio.get_running_loop().set_default_executor(thread)
        await lived()


def _checked(life: Life, said: list[str]) -> str:
    """Start from what is left; return what is wrong with it."""
    answer = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(answer[1], 2)
        _run(_tell(life, said))
    os.close(answer[1])
    with os.fdopen(answer[0]) as lines:
        problem = lines.read()
    os.waitpid(child, 0)
    return " ".join(problem.split())


async def _tell(life: Life, said: list[str]) -> None:
    sys.stderr.write(await life.broken(said))


def _run(work: collections.abc.Coroutine[None, None, None]) -> None:
    """Run `work` and end this child."""
    try:
        asyncio.run(work)
    except BaseException as error:  # noqa: BLE001 - the parent only sees what is written
        sys.stderr.write(f"it failed: {error!r}")
        sys.stderr.flush()
        os._exit(1)
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
