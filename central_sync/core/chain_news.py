"""What each store is told of the whole chain: only of items that it sells itself.

An item or a category of which the chain cannot tell is left out. Sums nothing up.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from endcap.wire.commands import MAX_ROWS, ChainCategory, ChainItem, ChainSignals


@dataclass(frozen=True, slots=True)
class ChainNews:
    """What the chain sold up to `origin`; `sold` has the items of each store."""

    origin: date
    items: Mapping[str, ChainItem]
    categories: tuple[ChainCategory, ...]
    sold: Mapping[str, Sequence[str]]


def told_to(store: str, news: ChainNews) -> tuple[ChainSignals, ...]:
    """Return the parts of what `store` is told; there is always one, if only with nothing in it."""
    items = [news.items[gtin] for gtin in news.sold[store] if gtin in news.items]
    rows = list(_chunks(items)) or [()]
    kinds = list(_chunks(news.categories)) or [()]
    parts = max(len(rows), len(kinds))
    return tuple(
        ChainSignals(
            origin=news.origin,
            part=place + 1,
            parts=parts,
            items=rows[place] if place < len(rows) else (),
            categories=kinds[place] if place < len(kinds) else (),
        )
        for place in range(parts)
    )


def _chunks(rows: Iterable[object]) -> Iterator[tuple[object, ...]]:
    """Yield as many rows at a time as a part holds."""
    listed = tuple(rows)
    for first in range(0, len(listed), MAX_ROWS):
        yield listed[first : first + MAX_ROWS]
