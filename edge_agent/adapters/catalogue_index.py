"""Finds the store's items by words: a full-text index beside the database, rebuilt when it changes.

The index lives in memory and belongs to one thread. A question never waits for more than the
rebuild that is due. What counts in a search is the serving site's to set, so it changes with the
models. Where an item stands is not known here.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import timedelta
from typing import Any, TypeVar

from edge_agent.core.shopper import Product
from edge_agent.ports.kiosk import StoreUnreadableError, Suggestion
from edge_agent.ports.models import Models, Site
from endcap.models.search.ranking import Weights
from endcap.plumbing.clock import Clock
from endcap.plumbing.sqlite_file import SqliteFile, StorageError
from endcap.plumbing.text_index import Entry, TextIndex

T = TypeVar("T")

LOOK_EVERY = timedelta(seconds=5)
"""How long a change of the catalogue may stay unseen."""

_ITEMS = "SELECT gtin, name, brand, department, size, price FROM items ORDER BY gtin"


class CatalogueIndex:
    """Keeps the promises of edge_agent.ports.kiosk.Catalogue over the store's items."""

    def __init__(self, file: SqliteFile, clock: Clock, models: Models) -> None:
        self._file = file
        self._clock = clock
        self._models = models
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="catalogue")
        self._index: TextIndex | None = None
        self._rows: list[Any] | None = None
        self._products: Mapping[str, Product] = {}
        self._look_at = float("-inf")
        self._looking = asyncio.Lock()

    async def products(self) -> Mapping[str, Product]:
        """Return the whole catalogue by GTIN."""
        await self._look()
        return self._products

    async def search(self, words: str, limit: int) -> tuple[str, ...]:
        """Return up to `limit` GTINs, best first; empty when nothing is like `words`."""
        weights = _weights(self._models.current)
        hits = await self._ask(lambda index: index.search(words, limit, weights))
        return tuple(gtin for gtin, _ in hits)

    async def suggest(self, start: str, limit: int) -> tuple[Suggestion, ...]:
        """Return up to `limit` items whose names may be meant by `start`."""
        weights = _weights(self._models.current)
        hits = await self._ask(lambda index: index.suggest(start, limit, weights))
        return tuple(Suggestion(gtin, name) for gtin, name in hits)

    async def _ask(self, question: Callable[[TextIndex], T]) -> T:
        await self._look()
        return await self._run(lambda: question(self._built()))

    async def _look(self) -> None:
        """Read the catalogue when that is due, and rebuild the index when it is another one."""
        async with self._looking:
            if self._clock.monotonic() < self._look_at:
                return
            try:
                rows = await self._file.read(_all_items)
            except StorageError as error:
                if self._rows is None:
                    raise StoreUnreadableError(str(error)) from error
                return  # an old index answers better than none
            if rows != self._rows:
                await self._run(lambda: self._built().rebuild(Entry(*row[:5]) for row in rows))
                self._products = {row[0]: Product(row[1], row[3], row[5]) for row in rows}
                self._rows = rows
            self._look_at = self._clock.monotonic() + LOOK_EVERY.total_seconds()

    def _built(self) -> TextIndex:
        """Return the index, made on its own thread."""
        if self._index is None:
            self._index = TextIndex(sqlite3.connect(":memory:", check_same_thread=False))
        return self._index

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _weights(site: Site) -> Weights:
    """Return what counts in a search, as the site that serves sets it."""
    usual = asdict(Weights())
    return Weights(**{name: site.setting("search", name, usual[name]) for name in usual})


def _all_items(db: sqlite3.Connection) -> list[Any]:
    return [tuple(row) for row in db.execute(_ITEMS)]
