"""Takes away the reports of stores that are older than people want to keep them."""

from datetime import timedelta

from central_sync.ports.remote import Bundles
from endcap.plumbing.clock import Clock

LOOK = timedelta(hours=1)


async def tidy_bundles(bundles: Bundles, keep: timedelta, clock: Clock) -> None:
    """Tidy up, for ever."""
    while True:
        await bundles.forget(clock.now() - keep)
        await clock.sleep(LOOK)
