"""Tells, once a day, which of the centre's own certificates end soon. Renewing is a person's."""

from collections.abc import Callable
from datetime import datetime, timedelta

from central_sync.core.endings import Ending, ending_soon
from central_sync.ports.identity import Certificates
from endcap.plumbing.clock import Clock

EVERY = timedelta(days=1)


async def watch_certificates(
    certificates: Certificates, tell: Callable[[Ending, datetime], None], clock: Clock
) -> None:
    """Look now and every day, for ever."""
    while True:
        at = clock.now()
        for one in ending_soon(await certificates.endings(), at):
            tell(one, at)
        await clock.sleep(EVERY)
