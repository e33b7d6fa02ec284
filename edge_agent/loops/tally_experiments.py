"""Tells the centre, day by day, what the arms of its experiments did.

Each day's word is of the whole experiment so far, so a day that was missed is in the next.
"""

import asyncio
from datetime import datetime, timedelta, tzinfo

from edge_agent.core.experiment_sums import tallies
from edge_agent.ports.experiments import ExperimentBook, ExperimentFacts
from endcap.plumbing.clock import Clock
from endcap.wire.shopper_events import ArmTally

EVERY = timedelta(minutes=5)
DAY = timedelta(days=1)


async def tally_experiments(book: ExperimentBook, zone: tzinfo, clock: Clock) -> None:
    """Tell what is news of yesterday, for ever."""
    while True:
        await tally_once(book, zone, clock.now())
        await clock.sleep(EVERY)


async def tally_once(book: ExperimentBook, zone: tzinfo, at: datetime) -> int:
    """Tell of each experiment that was under way yesterday; return how many words were news.

    An experiment that is over is told of once more after its last day, for what came late.
    """
    yesterday, told = at.astimezone(zone).date() - DAY, 0
    for one in await book.ordered(at):
        first, last = (moment.astimezone(zone).date() for moment in (one.first, one.last))
        if not first <= yesterday <= last + DAY:
            continue
        facts = await book.facts_of(one, yesterday)
        arms = await asyncio.to_thread(_sums, facts)
        if arms:
            told += await book.record(one.experiment, yesterday, arms, at)
    return told


def _sums(facts: ExperimentFacts) -> tuple[ArmTally, ...]:
    return tallies(facts.tried, facts.spend, [arm.arm for arm in facts.experiment.arms])
