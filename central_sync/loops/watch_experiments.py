"""Watches the experiments that run: stops what harms or is skewed, and ends what is over."""

from collections.abc import Callable
from datetime import datetime, timedelta

from central_sync.core.experiments.judging import Figures, judge
from central_sync.core.experiments.life import Event
from central_sync.core.experiments.telling import Standing
from central_sync.ports.experiments import ExperimentBook
from endcap.plumbing.clock import Clock

EVERY = timedelta(seconds=30)

Tell = Callable[[str, Event, str], None]
"""Hears what happened to which experiment, and why."""


async def watch_experiments(
    book: ExperimentBook, tell: Tell, clock: Clock, *, every: timedelta = EVERY
) -> None:
    """Look at what runs, for ever."""
    while True:
        await watch_once(book, tell, clock.now())
        await clock.sleep(every)


async def watch_once(book: ExperimentBook, tell: Tell, at: datetime) -> int:
    """Do to each experiment what has to happen to it now; return to how many something did."""
    count = 0
    for standing, figures in await book.running():
        event, reason = _due(standing, figures, at)
        name = standing.plan.experiment
        if event is not None and await book.happened(name, event, reason, at):
            tell(name, event, reason)
            count += 1
    return count


def _due(standing: Standing, figures: Figures, at: datetime) -> tuple[Event | None, str]:
    if at >= standing.plan.last:
        return Event.OVER, "its time is over"
    judged = judge(standing.plan, figures)
    return judged.event, judged.reason
