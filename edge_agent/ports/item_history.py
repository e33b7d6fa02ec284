"""What the store wrote down of one item, and the model's own input for its days to come."""

from datetime import date
from typing import Protocol

from edge_agent.core.explaining import Inputs
from edge_agent.core.item_history import ItemFacts


class ItemHistoryReads(Protocol):
    """One item's past and its days to come, `first` to `last`, as they stand now.

    `facts_of` counts errors of the days before `today` only, of forecasts made before their day
    began. `inputs_of` is what the standing forecasts were made from; None where there are none.
    Both raise StoreUnreadableError when the store's disk does not answer.
    """

    async def facts_of(self, gtin: str, first: date, last: date, today: date) -> ItemFacts: ...

    async def inputs_of(self, gtin: str) -> Inputs | None: ...
