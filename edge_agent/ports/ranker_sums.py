"""Where the sums for the fleet's ranker come from, and the book of what was told."""

from datetime import date, datetime, timedelta
from typing import Protocol

from edge_agent.core.baskets import BasketRule
from edge_agent.core.ranker_sums import PeriodFeatures
from endcap.models.shopper.figures import Receipts


class RankerSumsBook(Protocol):
    """The known shoppers' receipts, and which periods were told of.

    `record` tells of a period once, and never beyond the budget of a year: its events and what
    they cost are one write. It returns whether it was told.
    """

    async def told(self, period: date) -> bool: ...

    async def receipts(self, period: date, length: timedelta) -> Receipts: ...

    async def record(self, found: PeriodFeatures, rule: BasketRule, at: datetime) -> bool: ...
