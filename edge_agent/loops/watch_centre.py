"""Says when the centre takes nothing any more, once, and once when it does again.

The broker may be well while the centre behind it is not: events wait, and nobody answers for them.
"""

from datetime import datetime, timedelta

from edge_agent.ports.kiosk import Standing, StandingReads
from edge_agent.ports.sync import HealthBook
from endcap.plumbing.clock import Clock
from endcap.wire.events import HealthChanged

LOOK = timedelta(seconds=15)
PATIENCE = timedelta(minutes=5)
PART = "centre"


async def watch_centre(reads: StandingReads, health: HealthBook, clock: Clock) -> None:
    """Watch for ever."""
    told = True
    while True:
        heard = not is_silent(await reads.standing(), clock.now())
        if heard != told:
            await health.record(_change(heard=heard), clock.now())
            told = heard
        await clock.sleep(LOOK)


def is_silent(standing: Standing, at: datetime) -> bool:
    """Tell whether an event has waited for long in which the centre was not heard either."""
    if standing.outbox_oldest is None or at - standing.outbox_oldest < PATIENCE:
        return False
    return standing.centre_heard is None or at - standing.centre_heard >= PATIENCE


def _change(*, heard: bool) -> HealthChanged:
    if heard:
        return HealthChanged(part=PART, ok=True, code="centre-heard")
    return HealthChanged(
        part=PART,
        ok=False,
        code="centre-silent",
        detail=f"the centre answered for nothing in {PATIENCE.seconds // 60} minutes; events wait "
        "in the store, which works on",
    )
