"""A centre that takes nothing is told once, and once when it does again; a quiet store is well."""

import asyncio
from datetime import datetime, timedelta

import pytest

from edge_agent.loops.watch_centre import LOOK, PATIENCE, watch_centre
from edge_agent.ports.kiosk import Standing
from endcap.wire.events import HealthChanged
from tests.fakes.clock import NOON, FakeClock

LONG_AGO = NOON - timedelta(days=1)


class OverError(Exception):
    """There is no more to see."""


class Shown:
    """Shows one standing after another; each is an event's time and when the centre was heard."""

    def __init__(self, *standings: tuple[datetime | None, datetime | None]) -> None:
        self._standings = list(standings)

    async def standing(self) -> Standing:
        if not self._standings:
            raise OverError
        oldest, heard = self._standings.pop(0)
        return Standing("e", 0, 0, 0, 0, oldest, heard, (), (), None)


class Told:
    """Keeps what was recorded, in order."""

    def __init__(self) -> None:
        self.changes: list[tuple[bool, str]] = []

    async def record(self, change: HealthChanged, at: datetime) -> None:
        self.changes.append((change.ok, change.code))

    async def failing(self) -> tuple[str, ...]:
        return ()


def watched(*standings: tuple[datetime | None, datetime | None]) -> list[tuple[bool, str]]:
    """Return what was told when the store stood so, one look after another."""
    told = Told()
    with pytest.raises(OverError):
        asyncio.run(watch_centre(Shown(*standings), told, FakeClock()))
    return told.changes


@pytest.mark.parametrize(
    ("oldest", "heard"),
    [
        (None, None),  # nothing waits
        (NOON - PATIENCE + LOOK, None),  # not for long yet
        (LONG_AGO, NOON),  # a backlog that is being taken
    ],
)
def test_this_is_no_silence(oldest: datetime | None, heard: datetime | None) -> None:
    assert watched((oldest, heard)) == []


def test_a_silence_is_told_once_at_each_end() -> None:
    silent, taken = (LONG_AGO, NOON - PATIENCE), (None, NOON + LOOK)
    assert watched((None, None), silent, silent, (LONG_AGO, None), taken, taken) == [
        (False, "centre-silent"),
        (True, "centre-heard"),
    ]
