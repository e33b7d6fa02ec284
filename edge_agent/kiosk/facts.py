"""What a kiosk knows of its store from the start: names, money, hours, zone."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from edge_agent.core.facing import Opening
from edge_agent.core.feed.item_codes import PLAIN, ItemCodes
from edge_agent.core.knowledge import Heard, Knowledge, knowledge
from edge_agent.ports.models import Site

DEMAND = "demand"
KINDS = ("gaps", "gap_detector", "demand", "shopper", "shopper_ranker")
"""The kinds of model a store may run."""


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """Names, money and hours of one store; `currency` has three letters (ISO 4217), or none.

    `keeps` is how long the store remembers sales, `codes` how those of its items are read.
    """

    store: str
    name: str
    opening: Opening
    agent: str
    currency: str = ""
    keeps: timedelta = timedelta(days=730)
    codes: ItemCodes = PLAIN

    def today(self, at: datetime) -> date:
        """Return the store's own day at `at`."""
        return at.astimezone(self.opening.zone).date()


def seconds_since(since: datetime | None, at: datetime) -> int | None:
    """Return an age in whole seconds; never negative, None when the start is not known."""
    return None if since is None else max(0, round((at - since).total_seconds()))


def knowledge_of(heard: Heard, site: Site, store: StoreFacts, at: datetime) -> Knowledge:
    """Return how old that is which the store's forecasts rest on."""
    manifest = site.manifest(DEMAND)
    told = replace(heard, model=None if manifest is None else manifest.created)
    return knowledge(told, at, store.today(at))
