"""Who watches the process hears of it while its loop turns, and nothing once that is held up."""

import asyncio
import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edge_agent.adapters.service_watchdog import ServiceWatchdog
from edge_agent.loops.tell_watchdog import tell_watchdog
from tests.fakes.clock import FakeClock

SECOND = timedelta(seconds=1)


@pytest.fixture(params=["a file", "an abstract name"])
def watcher(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    name = f"{tmp_path}/notify" if request.param == "a file" else f"\0endcap-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
        ours.bind(name)
        ours.settimeout(0)
        yield name.replace("\0", "@"), ours


def _heard(ours: socket.socket) -> int:
    count = 0
    try:
        while ours.recv(64) == b"WATCHDOG=1":
            count += 1
    except BlockingIOError:
        return count
    raise AssertionError("something else was said")


class Held(Exception):  # noqa: N818 - a held-up loop is no error of the loop
    """The loop does not turn any more."""


class HeldUp(FakeClock):
    """A clock of a loop that is held up after so many seconds."""

    async def sleep(self, duration: timedelta) -> None:
        await super().sleep(duration)
        if self.monotonic() >= 30:
            raise Held


def test_it_is_told_while_the_loop_turns(watcher: tuple[str, socket.socket]) -> None:
    address, ours = watcher
    told = ServiceWatchdog.of({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "9000000"}, os.getpid())
    assert told is not None
    assert told.patience == 9 * SECOND
    with pytest.raises(Held):
        asyncio.run(tell_watchdog(told.tell, told.patience, HeldUp()))
    assert _heard(ours) == 10


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"NOTIFY_SOCKET": "/run/notify"},
        {"WATCHDOG_USEC": "9000000"},
        {"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "soon"},
        {"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "9000000", "WATCHDOG_PID": "1"},
    ],
)
def test_nobody_watches_unless_this_process_is_meant(environment: dict[str, str]) -> None:
    assert ServiceWatchdog.of(environment, 4711) is None


def test_a_watcher_that_is_gone_is_no_fault(tmp_path: Path) -> None:
    ServiceWatchdog(str(tmp_path / "nobody"), SECOND).tell()
