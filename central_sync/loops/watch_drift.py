"""Score by score: is a store's forecast as good as it was? Alarms open and end, and are told.

A step that is interrupted is taken again; no day is judged twice. Does not retrain: an alarm is a
reason that `retrain` looks at.
"""

from collections.abc import Callable
from datetime import timedelta

from central_sync.ports.drift import DriftBook, Drifted
from endcap.plumbing.clock import Clock

STEP = 20  # stores; bounds how long a step holds the database
KEPT = timedelta(days=400)  # a year and a month: this year beside the last

Tell = Callable[[Drifted], None]
"""Hears of an alarm that opened or ended."""


async def watch_drift(book: DriftBook, tell: Tell, clock: Clock, *, every: timedelta) -> None:
    """Judge what stores told of their forecasts, for ever; after a backlog without a pause."""
    while True:
        stores = STEP
        while stores == STEP:
            judged = await book.judge(STEP, clock.now())
            for one in judged.changes:
                tell(one)
            stores = judged.stores
        while await book.forget((clock.now() - KEPT).date(), STEP) == STEP:
            pass
        await clock.sleep(every)
