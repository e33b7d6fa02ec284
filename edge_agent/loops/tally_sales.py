"""Tallies days once they are over: the sales, the baskets of a week, how the forecast fared.

A day that changes later, through a file that came late, is worked out again and told as a new
revision if it says something new. Baskets are told of once.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from edge_agent.core.baskets import BasketRule, closed_periods, count
from edge_agent.core.facing import Opening
from edge_agent.core.sales import DayFacts, DayTally, tally
from edge_agent.core.scoring import score
from edge_agent.ports.demand import ScoreBook
from edge_agent.ports.sales import BasketBook, DayBook
from endcap.plumbing.clock import Clock

EVERY = timedelta(seconds=2)
AT_ONCE = 28
"""Days tallied in one write."""


@dataclass(frozen=True, slots=True)
class Books:
    """Where sales, baskets and forecasts are added up."""

    days: DayBook
    baskets: BasketBook
    scores: ScoreBook


async def tally_sales(books: Books, opening: Opening, rule: BasketRule, clock: Clock) -> None:
    """Work out what changed, for ever."""
    while True:
        await tally_once(books, opening, rule, clock.now())
        await clock.sleep(EVERY)


async def tally_once(books: Books, opening: Opening, rule: BasketRule, at: datetime) -> None:
    """Work out every day and week that is over and changed since."""
    today = at.astimezone(opening.zone).date()
    days = await books.days.changed_days(today)
    for start in range(0, len(days), AT_ONCE):
        days_facts = await books.days.facts_of(days[start : start + AT_ONCE])
        tallies = await asyncio.to_thread(_tallied, days_facts, opening)
        await books.days.record(tallies, at)
    changed = await books.baskets.changed_days()
    for period in closed_periods(changed, today - rule.wait, rule.length):
        facts = await books.baskets.facts_of(period, rule.length)
        await books.baskets.record(await asyncio.to_thread(count, facts, rule), rule, at)
    for day in await books.scores.unscored_days():
        fared = await books.scores.facts_of(day)
        await books.scores.record(fared, score(day, fared.expected, fared.sold), at)


def _tallied(days: Iterable[DayFacts], opening: Opening) -> list[DayTally]:
    return [tally(facts, opening) for facts in days]
