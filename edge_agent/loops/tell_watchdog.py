"""Tells whoever watches the process that its loop still turns, thrice as often as is asked."""

from collections.abc import Callable
from datetime import timedelta

from endcap.plumbing.clock import Clock


async def tell_watchdog(tell: Callable[[], None], patience: timedelta, clock: Clock) -> None:
    """Tell it, for ever."""
    while True:
        tell()
        await clock.sleep(patience / 3)
