"""Finds the store's items by words: an index beside the database, rebuilt when the words change.

The index lives in memory; rebuilding it has a thread of its own, and searches go on meanwhile. The
store counts the changes of its items, so that looking for one reads nothing else. A search itself
is over sooner than another thread would take it up, unless it is about what is in no name.
What counts in a search is the serving site's to set, so it changes with the models. What the
store has of an item, and what sells, is not known here.
"""

import asyncio
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

from edge_agent.core.searches import Listing
from edge_agent.ports.kiosk import Finds, StoreUnreadableError, Suggestion
from edge_agent.ports.models import Models, Site
from endcap.models.search.ranking import USUAL, Weights
from endcap.plumbing.clock import Clock
from endcap.plumbing.memory import give_back
from endcap.plumbing.sqlite_file import SqliteFile, StorageError
from endcap.plumbing.text_index import Entry, Hits, TextIndex

T = TypeVar("T")

LOOK_EVERY = timedelta(seconds=5)
"""How long a change of the catalogue may stay unseen."""

_ITEMS = "SELECT gtin, name, brand, department, category, size, price FROM items ORDER BY gtin"
_CHANGES = "SELECT number FROM item_changes"


class CatalogueIndex:
    """Keeps the promises of edge_agent.ports.kiosk.Catalogue over the store's items.

    `synonyms` are the words that may stand for a word, as the retailer has them.
    """

    def __init__(
        self,
        file: SqliteFile,
        clock: Clock,
        models: Models,
        synonyms: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._file = file
        self._clock = clock
        self._models = models
        self._synonyms = synonyms or {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="catalogue")
        self._index = TextIndex()
        self._indexed: tuple[tuple[Entry, ...], Weights] = ((), USUAL)
        self._changes: int | None = None
        self._listings: Mapping[str, Listing] = {}
        self._look_at = float("-inf")
        self._looking = asyncio.Lock()

    async def search(self, words: str, limit: int, site: Site) -> Finds:
        """Return up to `limit` items, best first; none when nothing is like `words`."""
        weights = Weights.set_by(site.setting)
        await self._look()
        hits = self._index.find(words, limit, weights)
        if not hits.found:
            hits = await self._run(lambda: self._index.rescue(words, limit, weights))
        return self._finds(hits)

    async def suggest(self, start: str, limit: int) -> tuple[Suggestion, ...]:
        """Return up to `limit` items whose names may be meant by `start`."""
        await self._look()
        hits = self._index.suggest(start, limit)
        return tuple(Suggestion(gtin, name) for gtin, name in hits)

    def _finds(self, hits: Hits) -> Finds:
        listed = self._listings
        items = tuple((listed[gtin], score) for gtin, score in hits.found if gtin in listed)
        return Finds(items, hits.total, hits.corrected, hits.rescued)

    async def _look(self) -> None:
        """Read the catalogue when that is due, and rebuild the index when its words are others."""
        if self._clock.monotonic() < self._look_at:
            return
        async with self._looking:
            if self._clock.monotonic() < self._look_at:
                return
            try:
                changes = self._file.read_now(_count_changes)
                if changes != self._changes:
                    self._listings = await self._file.read(_all_items)
            except StorageError as error:
                if self._changes is None:
                    raise StoreUnreadableError(str(error)) from error
                return  # an old index answers better than none
            weights = Weights.set_by(self._models.current.setting)
            if changes != self._changes or weights.fields != self._indexed[1].fields:
                await self._run(lambda: self._rebuild(weights))
            self._changes = changes
            self._look_at = self._clock.monotonic() + LOOK_EVERY.total_seconds()

    def _rebuild(self, weights: Weights) -> None:
        """Index the catalogue unless it is indexed as it is, with these weights of its fields."""
        entries = tuple(
            Entry(one.gtin, one.name, one.brand, one.department, one.size)
            for one in self._listings.values()
        )
        indexed, before = self._indexed
        if entries != indexed or weights.fields != before.fields:
            self._index.rebuild(entries, self._synonyms, weights)
            self._indexed = (entries, weights)
            give_back()

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _count_changes(db: sqlite3.Connection) -> int:
    return int(db.execute(_CHANGES).fetchone()[0])


def _all_items(db: sqlite3.Connection) -> dict[str, Listing]:
    """Return the catalogue; words that many items share are kept once."""
    once = sys.intern
    return {
        gtin: Listing(gtin, name, once(brand), once(department), once(kind), once(size), price)
        for gtin, name, brand, department, kind, size, price in db.execute(_ITEMS)
    }
