"""Which feed a file is, by its name, and what came of reading it."""

from dataclasses import dataclass
from enum import Enum

from edge_agent.core.feed.rows import Refused, without_values
from endcap.wire.body import MAX_TEXT
from endcap.wire.events import FeedRead, RefusedRow

TOLD = 20
"""How many refusals the centre is told, without the values; all are counted."""

KEPT = 1000
"""How many refusals of a file the store keeps to show."""


class FeedKind(Enum):
    """What a file holds; its name begins with this word, and anything else is sales.

    A feed is one JSON document and its name ends so.
    """

    SALES = "sales"
    STOCK = "stock"
    CATALOGUE = "catalogue"
    PLANOGRAM = "planogram"
    PRICES = "prices"
    PROMOTIONS = "promotions"
    CALENDAR = "calendar"
    WEATHER = "weather"
    EVENTS = "events"
    SUPPLY = "supply"
    DELIVERIES = "deliveries"
    BATCHES = "batches"
    FEED = "feed"


def kind_of(name: str) -> FeedKind:
    """Return what a file of this name holds.

    >>> kind_of("Stock-2026-01-05.csv")
    <FeedKind.STOCK: 'stock'>
    >>> kind_of("till3.jsonl")
    <FeedKind.SALES: 'sales'>
    >>> kind_of("feed-7.json")
    <FeedKind.FEED: 'feed'>
    """
    lowered = name.lower()
    found = next((kind for kind in FeedKind if lowered.startswith(kind.value)), FeedKind.SALES)
    return FeedKind.SALES if found is FeedKind.FEED and not lowered.endswith(".json") else found


@dataclass(frozen=True, slots=True)
class Noted:
    """A row that was taken in, and what had to be assumed to read it."""

    line: int
    note: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a file: the rows taken in, and how many were not, the first of them in full.

    `notes` are about rows that were taken in.
    """

    file: str
    accepted: int
    refused: int
    refusals: tuple[Refused, ...] = ()
    notes: tuple[Noted, ...] = ()

    @property
    def readable(self) -> bool:
        """Tell whether anything could be read, or there was nothing to read."""
        return self.accepted > 0 or self.refused == 0

    def with_rows(
        self, accepted: int, refused: tuple[Refused, ...], notes: tuple[Noted, ...] = ()
    ) -> "Outcome":
        """Return the outcome after more rows of the file."""
        return Outcome(
            self.file,
            self.accepted + accepted,
            self.refused + len(refused),
            (*self.refusals, *refused)[:KEPT],
            (*self.notes, *notes)[:KEPT],
        )

    def event(self) -> FeedRead:
        """Return what the centre is told of it."""
        return FeedRead(
            file=self.file[:MAX_TEXT],
            accepted=self.accepted,
            refused=self.refused,
            first_refusals=tuple(
                RefusedRow(line=one.line, reason=without_values(one.reason))
                for one in self.refusals[:TOLD]
            ),
        )
