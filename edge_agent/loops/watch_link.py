"""Says when the broker cannot be reached, once, and once when it can be again."""

from datetime import timedelta

from edge_agent.ports.sync import HealthBook, Uplink
from endcap.plumbing.clock import Clock
from endcap.wire.events import HealthChanged

LOOK = timedelta(seconds=1)
GRACE = timedelta(seconds=10)
PART = "broker"
_LONGEST = 180


async def watch_link(uplink: Uplink, health: HealthBook, clock: Clock) -> None:
    """Watch the link, for ever. A short break is no news."""
    seen, told = clock.monotonic(), True
    while True:
        if uplink.connection:
            seen = clock.monotonic()
        up = clock.monotonic() - seen < GRACE.total_seconds()
        if up != told:
            await health.record(_change(uplink.problem, up=up), clock.now())
            told = up
        await clock.sleep(LOOK)


def _change(problem: str, *, up: bool) -> HealthChanged:
    if up:
        return HealthChanged(part=PART, ok=True, code="broker-reached")
    return HealthChanged(
        part=PART,
        ok=False,
        code="broker-unreachable",
        detail=f"{_said(problem)}; events wait in the store; "
        "check the network and [mqtt] in the configuration",
    )


def _said(problem: str) -> str:
    """Return what is known of the broker, in a few words."""
    return f"the broker: {problem[:_LONGEST]}" if problem else "the broker does not answer"
