"""Decides what of the store has changed between two looks at it, for those who show it.

Says what to ask for again, never what it is now.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

Topic = Literal["shelves", "stock", "prices", "models", "media", "health"]

NAMED = 100
"""Of more items than these a change names none: whoever shows the store asks for all again."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen: the empty facings and the stock by item, and the rest by its fingerprint."""

    gaps: Mapping[str, str]
    stock: Mapping[str, float]
    prints: Mapping[Topic, str]


@dataclass(frozen=True, slots=True)
class Change:
    """What is not as it was; `gtins` are the items concerned, None for any or all of them."""

    topic: Topic
    gtins: tuple[str, ...] | None = None


def changes(before: Look, after: Look) -> tuple[Change, ...]:
    """Return what changed from one look to the next, one change a topic."""
    found = {
        topic: Change(topic)
        for topic, seen in after.prints.items()
        if seen != before.prints.get(topic)
    }
    by_item: tuple[tuple[Topic, Collection[str]], ...] = (
        ("shelves", {gtin for gtin, _ in before.gaps.items() ^ after.gaps.items()}),
        ("stock", {gtin for gtin, _ in before.stock.items() ^ after.stock.items()}),
    )
    for topic, gtins in by_item:
        if gtins and topic not in found:
            found[topic] = Change(topic, tuple(sorted(gtins)) if len(gtins) <= NAMED else None)
    return tuple(found.values())
