"""Says which models that came with the program are damaged, once, and once when none is any more.

The others serve all the same; a release that brings the model anew ends it.
"""

from collections.abc import Callable
from datetime import timedelta

from edge_agent.ports.sync import HealthBook
from endcap.plumbing.clock import Clock
from endcap.wire.events import HealthChanged

LOOK = timedelta(seconds=5)
PART = "models"
_LONGEST = 300


async def watch_models(
    problems: Callable[[], tuple[str, ...]], health: HealthBook, clock: Clock
) -> None:
    """Watch for ever; `problems` has a line for each model that cannot be used."""
    told: tuple[str, ...] = ()
    while True:
        found = problems()
        if found != told:
            await health.record(_change(found), clock.now())
            told = found
        await clock.sleep(LOOK)


def _change(problems: tuple[str, ...]) -> HealthChanged:
    if not problems:
        return HealthChanged(part=PART, ok=True, code="models-whole")
    detail = "; ".join(problems)[:_LONGEST]
    return HealthChanged(part=PART, ok=False, code="model-damaged", detail=detail)
