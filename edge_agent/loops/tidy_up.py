"""Keeps the database bounded: forgets what the centre has had for long, and sheds by policy.

History that is older than anyone looks is deleted too.
"""

from datetime import datetime, timedelta

from edge_agent.core.outbox import ShedPolicy
from edge_agent.ports.sync import HistoryCare, OutboxCare, Retention
from endcap.plumbing.clock import Clock, is_plausible

EVERY = timedelta(minutes=1)


async def tidy_up(
    outbox: OutboxCare,
    history: HistoryCare,
    policy: ShedPolicy,
    retention: Retention,
    clock: Clock,
) -> None:
    """Tidy up, for ever."""
    while True:
        await tidy_once(outbox, history, policy, retention, clock.now())
        await clock.sleep(EVERY)


async def tidy_once(
    outbox: OutboxCare,
    history: HistoryCare,
    policy: ShedPolicy,
    retention: Retention,
    at: datetime,
) -> None:
    """Bring the outbox and the history within their bounds.

    A clock that was never set knows no age, so nothing is too old by it.
    """
    while await outbox.shed(policy, at):
        pass
    if not is_plausible(at):
        return
    while await outbox.forget(at - retention.sent):
        pass
    while await history.forget(at - retention.history):
        pass
