"""How old that is which the store goes by: its model, the feed of the days to come, the chain.

A store works on without the centre; it only says how long it has been without. Decides nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime

from edge_agent.core.chain import KEEPS


@dataclass(frozen=True, slots=True)
class Heard:
    """What was last heard: the day up to which the model learned, the feed, the chain's origin.

    None where nothing ever was.
    """

    model: datetime | None = None
    feed: datetime | None = None
    chain: date | None = None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Ages in days, None where nothing is known; `notes` say what that means, as lines for people.

    `chain_used` is False while the chain's figures are too old to be used, or missing.
    """

    model_days: int | None
    feed_days: int | None
    chain_days: int | None
    chain_used: bool
    notes: tuple[str, ...]


def knowledge(heard: Heard, at: datetime, today: date) -> Knowledge:
    """Return how old the store's knowledge is at `at`, which is on its own day `today`."""
    model, feed = (
        None if one is None else max(0, (at - one).days) for one in (heard.model, heard.feed)
    )
    chain = None if heard.chain is None else max(0, (today - heard.chain).days)
    used = chain is not None and chain <= KEEPS.days + 1  # yesterday is the last closed day
    return Knowledge(model, feed, chain, used, tuple(_notes(model, feed, chain, used=used)))


def _notes(model: int | None, feed: int | None, chain: int | None, *, used: bool) -> list[str]:
    """Return a line for each thing that is missing or old."""
    notes = [] if model is not None else ["no demand model: nothing is forecast"]
    if feed is None:
        notes.append("nothing is known of prices, weather and events to come")
    elif feed > KEEPS.days:
        notes.append(f"the last word on prices, weather and events is {feed} days old")
    if chain is not None and not used:
        notes.append(f"the chain's trends are {chain} days old and left out")
    return notes
