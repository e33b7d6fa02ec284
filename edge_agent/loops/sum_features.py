"""Sums up, once a period is over, what the fleet's ranker can learn from the store's baskets.

Of the last period alone: what proposed then proposes now. A store whose item model fails waits.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from numpy.typing import NDArray

from edge_agent.core.baskets import BasketRule, period_of
from edge_agent.core.facing import Opening
from edge_agent.core.offers.two_stages import ITEM_MODEL
from edge_agent.core.ranker_sums import sum_period
from edge_agent.ports.models import Models
from edge_agent.ports.offers import StoreFigures
from edge_agent.ports.ranker_sums import RankerSumsBook
from endcap.plumbing.clock import Clock

EVERY = timedelta(hours=1)
Arrays = Mapping[str, NDArray[Any]]


async def sum_features(
    book: RankerSumsBook,
    models: Models,
    figures: StoreFigures,
    opening: Opening,
    rule: BasketRule,
    *,
    clock: Clock,
) -> None:
    """Tell of each period once it is over, for ever."""
    while True:
        await sum_once(book, models, figures, rule, clock.now().astimezone(opening.zone))
        await clock.sleep(EVERY)


async def sum_once(
    book: RankerSumsBook, models: Models, figures: StoreFigures, rule: BasketRule, at: datetime
) -> bool:
    """Tell of the last period that is over at `at` (in the store's zone); return whether it was."""
    period = period_of(at.date() - rule.wait - rule.length, rule.length)
    site = models.current
    manifest = site.manifest(ITEM_MODEL)
    if manifest is None or await book.told(period):
        return False
    store = await figures.current(at)
    receipts = await book.receipts(period, rule.length)

    def run(kind: str, feed: Arrays) -> Arrays | None:
        return site.run(kind, feed)

    told_of = (period, manifest.version)
    found = await asyncio.to_thread(sum_period, receipts, store.figures, run, rule, told_of)
    return await book.record(found, rule, at)
