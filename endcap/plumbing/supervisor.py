"""Keeps loops running: one that fails backs off and starts again, and never stays dead.

A failure is told once when it begins and once when it ends, not at every try. What a loop does is
not known here.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from endcap.plumbing.clock import Clock

Loop = Callable[[], Awaitable[None]]

FIRST_PAUSE = timedelta(seconds=0.5)
LONGEST_PAUSE = timedelta(seconds=60)
RECOVERED_AFTER = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class LoopHealth:
    """What became of a loop: `problem` is empty when it recovered."""

    loop: str
    ok: bool
    problem: str = ""


Report = Callable[[LoopHealth], Awaitable[None]]


def pause(failures: int, rng: random.Random) -> timedelta:
    """Return how long to wait after the `failures`-th failure in a row: full jitter, doubling.

    The jitter keeps a thousand stores from coming back in the same second.
    """
    doublings = max(0, min(failures - 1, 10))
    ceiling = min(LONGEST_PAUSE, FIRST_PAUSE * float(1 << doublings))
    return ceiling * rng.uniform(0.3, 1.0)


async def supervise(
    loops: Mapping[str, Loop], clock: Clock, rng: random.Random, report: Report
) -> None:
    """Run every loop until cancelled; a loop that ends by itself is finished, not failed."""
    async with asyncio.TaskGroup() as group:
        for name, loop in loops.items():
            group.create_task(_keep(name, loop, clock, rng, report), name=name)


async def _keep(name: str, loop: Loop, clock: Clock, rng: random.Random, report: Report) -> None:
    """Run `loop` again and again until it ends well."""
    failures = 0
    while True:
        started = clock.monotonic()
        running = asyncio.ensure_future(_run(loop))
        try:
            if failures:
                failures = await _watch_recovery(name, running, failures, report)
            problem = await running
        finally:
            running.cancel()
        if problem is None:
            return
        if clock.monotonic() - started > RECOVERED_AFTER.total_seconds():
            failures = 0
        failures += 1
        if failures == 1:
            await report(LoopHealth(name, ok=False, problem=problem))
        await clock.sleep(pause(failures, rng))


async def _watch_recovery(
    name: str, running: "asyncio.Future[str | None]", failures: int, report: Report
) -> int:
    """Wait until the loop has run well for a while; return the failures that still count."""
    await asyncio.wait([running], timeout=RECOVERED_AFTER.total_seconds())
    if running.done() and running.result() is not None:
        return failures
    await report(LoopHealth(name, ok=True))
    return 0


async def _run(loop: Loop) -> str | None:
    """Run `loop` once; return its problem in one line, or None when it ended well."""
    try:
        await loop()
    except Exception as error:  # noqa: BLE001 - any failure of a loop is the supervisor's business
        return f"{type(error).__name__}: {' '.join(str(error).split())[:240]}"
    return None
