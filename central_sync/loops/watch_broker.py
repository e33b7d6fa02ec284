"""Says when the broker cannot be reached, once, and once when it can be again."""

from collections.abc import Callable
from datetime import timedelta

from endcap.plumbing.clock import Clock

LOOK = timedelta(seconds=1)
GRACE = timedelta(seconds=10)


async def watch_broker(
    connected: Callable[[], bool], tell: Callable[[bool], None], clock: Clock
) -> None:
    """Watch for ever; `tell` hears whether the broker is there, when that is news.

    A short break is none.
    """
    seen, told = clock.monotonic(), True
    while True:
        if connected():
            seen = clock.monotonic()
        up = clock.monotonic() - seen < GRACE.total_seconds()
        if up != told:
            tell(up)
            told = up
        await clock.sleep(LOOK)
