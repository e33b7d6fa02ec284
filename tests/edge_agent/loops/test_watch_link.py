"""A broker that is away is told once, and once when it is back; a short break is no news."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from edge_agent.loops.watch_link import GRACE, watch_link
from endcap.wire.events import HealthChanged
from tests.fakes.clock import FakeClock

GRACE_S = GRACE.total_seconds()


class Link:
    """A link whose connection a test sets; nothing is ever sent over it."""

    connection = 1
    problem = "our certificate has ended"

    async def send_events(self, payload: bytes) -> None:
        raise AssertionError("watching sends nothing")

    async def send_state(self, payload: bytes) -> None:
        raise AssertionError("watching sends nothing")


class Told:
    """Keeps what was recorded, in order."""

    def __init__(self) -> None:
        self.changes: list[bool] = []
        self.details: list[str] = []

    async def record(self, change: HealthChanged, at: datetime) -> None:
        self.details.append(change.detail)
        self.changes.append(change.ok)

    async def failing(self) -> tuple[str, ...]:
        return ()


class Over(Exception):  # noqa: N818 - the end of a timetable is no error
    """The timetable is at its end."""


class Timetable(FakeClock):
    """A clock by which a link breaks: from and until so many seconds."""

    def __init__(self, link: Link, breaks: Sequence[tuple[float, float]]) -> None:
        super().__init__()
        self._link, self._breaks = link, breaks

    async def sleep(self, duration: timedelta) -> None:
        await super().sleep(duration)
        now = self.monotonic()
        self._link.connection = 0 if any(a <= now < b for a, b in self._breaks) else 1
        if now > self._breaks[-1][1] + 5:
            raise Over


def watched(*breaks: tuple[float, float]) -> list[bool]:
    """Return what was told of a link that breaks so."""
    link, told = Link(), Told()
    with pytest.raises(Over):
        asyncio.run(watch_link(link, told, Timetable(link, breaks)))
    return told.changes


def test_the_cause_is_told() -> None:
    link, told = Link(), Told()
    with pytest.raises(Over):
        asyncio.run(watch_link(link, told, Timetable(link, [(5, 50)])))
    assert told.details[0].startswith("the broker: our certificate has ended; events wait")
    link.problem = ""
    with pytest.raises(Over):
        asyncio.run(watch_link(link, told, Timetable(link, [(5, 50)])))
    assert told.details[2].startswith("the broker does not answer;")


def test_a_short_break_is_no_news() -> None:
    assert watched((5, 5 + GRACE_S - 2), (60, 60 + GRACE_S - 2)) == []


def test_a_long_break_is_told_once_at_each_end() -> None:
    assert watched((5, 5 + 5 * GRACE_S)) == [False, True]


def test_every_long_break_is_told() -> None:
    assert watched((5, 5 + 2 * GRACE_S), (60, 61), (80, 80 + 2 * GRACE_S)) == [False, True] * 2
