"""The clock: the one place that reads the time and waits.

Whatever decides takes `at` as an argument; whatever loops takes a Clock, so that a test can turn
a month in a second.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

EARLIEST_PLAUSIBLE = datetime(2026, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Tells the wall time in UTC, a time that never jumps, and waits."""

    def now(self) -> datetime:
        """Return the wall time in UTC; it may be wrong, and it may jump."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only grow, whatever happens to the wall clock."""
        ...

    async def sleep(self, duration: timedelta) -> None:
        """Wait for `duration`."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the wall time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since some start that this process cannot move."""
        return time.monotonic()

    async def sleep(self, duration: timedelta) -> None:
        """Wait for `duration`, measured on the monotonic clock."""
        await asyncio.sleep(max(0.0, duration.total_seconds()))


def is_plausible(at: datetime) -> bool:
    """Tell whether a wall clock that says `at` can be right: it was never before this program."""
    return at >= EARLIEST_PLAUSIBLE
