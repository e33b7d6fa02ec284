"""A broker that is away is told once, and once when it is back; a short break is no news."""

import asyncio
from datetime import timedelta

import pytest

from central_sync.loops.watch_broker import GRACE, watch_broker
from tests.fakes.clock import FakeClock

GRACE_S = GRACE.total_seconds()


class OverError(Exception):
    """The timetable is at its end."""


class Timetable(FakeClock):
    """A clock by which a broker goes and comes: from and until so many seconds."""

    def __init__(self, *breaks: tuple[float, float]) -> None:
        super().__init__()
        self._breaks = breaks

    def connected(self) -> bool:
        return not any(a <= self.monotonic() < b for a, b in self._breaks)

    async def sleep(self, duration: timedelta) -> None:
        await super().sleep(duration)
        if self.monotonic() > self._breaks[-1][1] + 5:
            raise OverError


def watched(*breaks: tuple[float, float]) -> list[bool]:
    """Return what was told of a broker that is away so."""
    clock, told = Timetable(*breaks), list[bool]()
    with pytest.raises(OverError):
        asyncio.run(watch_broker(clock.connected, told.append, clock))
    return told


def test_a_short_break_is_no_news() -> None:
    assert watched((5, 5 + GRACE_S - 2), (60, 60 + GRACE_S - 2)) == []


def test_every_long_break_is_told_once_at_each_end() -> None:
    assert watched((5, 5 + 5 * GRACE_S), (80, 80 + 2 * GRACE_S)) == [False, True] * 2


def test_a_broker_that_was_never_there_is_told() -> None:
    assert watched((0, 3 * GRACE_S)) == [False, True]
