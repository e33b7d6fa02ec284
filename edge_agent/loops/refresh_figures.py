"""Makes the figures that the store recommends from anew, each minute."""

from datetime import timedelta

from edge_agent.ports.offers import StoreFigures
from endcap.plumbing.clock import Clock

EVERY = timedelta(minutes=1)


async def refresh_figures(figures: StoreFigures, clock: Clock) -> None:
    """Refresh, for ever."""
    while True:
        await figures.refresh(clock.now())
        await clock.sleep(EVERY)
