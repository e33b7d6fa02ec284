"""A clock that only moves when it is told to, or when someone sleeps."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""A Monday."""


class FakeClock:
    """Keeps the promises of endcap.plumbing.clock.Clock; a sleep takes no real time.

    `sleep` moves both times on and lets other tasks run. `turn` moves them from outside, `jump`
    moves the wall clock alone, as a wrong time server does.
    """

    def __init__(self, at: datetime = NOON) -> None:
        self._wall = at
        self._monotonic = 0.0
        self.slept: list[timedelta] = []

    def now(self) -> datetime:
        return self._wall

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, duration: timedelta) -> None:
        self.slept.append(duration)
        self.turn(max(duration, timedelta(0)))
        await asyncio.sleep(0)

    def turn(self, duration: timedelta) -> None:
        self._wall += duration
        self._monotonic += duration.total_seconds()

    def jump(self, duration: timedelta) -> None:
        self._wall += duration


async def until(condition: Callable[[], bool], *, turns: int = 20_000) -> None:
    """Let other tasks run until `condition` holds; fail when it never does."""
    for _ in range(turns):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("what was waited for never came")
