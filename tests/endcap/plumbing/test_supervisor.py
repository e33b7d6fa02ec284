"""Loops that fail start again; their trouble is told once at each end."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from endcap.plumbing import supervisor
from endcap.plumbing.supervisor import LONGEST_PAUSE, LoopHealth, pause, supervise


class QuickClock:
    """Real time for the loop's own waits, none at all for the pauses."""

    def __init__(self) -> None:
        self.pauses: list[timedelta] = []
        self._now = 0.0

    def now(self) -> datetime:
        return datetime(2026, 3, 2, tzinfo=UTC)

    def monotonic(self) -> float:
        self._now += 0.001
        return self._now

    async def sleep(self, duration: timedelta) -> None:
        self.pauses.append(duration)
        await asyncio.sleep(0)


class Diary:
    """Keeps what was reported."""

    def __init__(self) -> None:
        self.told: list[LoopHealth] = []

    async def report(self, health: LoopHealth) -> None:
        self.told.append(health)


def test_a_loop_that_ends_well_is_finished() -> None:
    diary, clock = Diary(), QuickClock()

    async def loop() -> None:
        await asyncio.sleep(0)

    asyncio.run(supervise({"a": loop}, clock, random.Random(1), diary.report))
    assert diary.told == []
    assert clock.pauses == []


def test_trouble_is_told_once_however_long_it_lasts() -> None:
    diary, clock = Diary(), QuickClock()
    tries = 0

    async def loop() -> None:
        nonlocal tries
        tries += 1
        if tries < 6:
            raise OSError("no\ncamera")

    asyncio.run(supervise({"camera": loop}, clock, random.Random(1), diary.report))
    assert tries == 6
    assert diary.told == [
        LoopHealth("camera", ok=False, problem="OSError: no camera"),
        LoopHealth("camera", ok=True),
    ]


def test_one_failing_loop_leaves_the_others_alone() -> None:
    diary, clock = Diary(), QuickClock()
    finished = False
    tries = 0

    async def bad() -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise ValueError("x")

    async def good() -> None:
        nonlocal finished
        await asyncio.sleep(0.01)
        finished = True

    asyncio.run(supervise({"bad": bad, "good": good}, clock, random.Random(1), diary.report))
    assert finished


def test_cancelling_the_supervisor_cancels_its_loops() -> None:
    stopped = False

    async def forever() -> None:
        nonlocal stopped
        try:
            await asyncio.Event().wait()
        finally:
            stopped = True

    async def run() -> None:
        task = asyncio.create_task(
            supervise({"f": forever}, QuickClock(), random.Random(1), Diary().report)
        )
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
    assert stopped


@given(st.integers(1, 10_000), st.integers())
def test_a_pause_is_bounded_and_never_nothing(failures: int, seed: int) -> None:
    found = pause(failures, random.Random(seed))
    assert supervisor.FIRST_PAUSE * 0.3 <= found <= LONGEST_PAUSE
