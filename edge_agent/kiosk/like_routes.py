"""GET /v1/items/{gtin}/substitutes and /complements: what to take instead, and what goes with it.

Only what is not known to be gone is named. What is like what is core/offers/likes'.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query

from edge_agent.core.offers.catalogue import Ids
from edge_agent.core.offers.likes import complements, substitutes
from edge_agent.core.offers.store import Store
from edge_agent.kiosk.facts import StoreFacts
from edge_agent.kiosk.item_routes import GtinPath, ShownItem, show, unknown_item
from edge_agent.ports.kiosk import ItemReads
from edge_agent.ports.offers import OfferReads, StoreFigures
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.problems import documented

LOOKED_AT = 60
"""Items that are like one before those that are gone are left out."""
Limit = Annotated[int, Query(ge=1, le=20)]


@dataclass(frozen=True, slots=True)
class LikeItems:
    """Items that are like one, or go with it, the best first."""

    gtin: str
    items: tuple[ShownItem, ...]


@dataclass(frozen=True, slots=True)
class LikeKnowledge:
    """Where the kiosk learns which items are like which, and which are gone."""

    figures: StoreFigures
    reads: OfferReads
    items: ItemReads
    clock: Clock

    async def instead_of(self, gtin: str, limit: int) -> tuple[str, ...]:
        """Return items that may stand in for one, and are not known to be gone."""
        return await self._found(gtin, limit, substitutes)

    async def beside(self, gtin: str, limit: int) -> tuple[str, ...]:
        """Return items that go with one, and are not known to be gone."""
        return await self._found(gtin, limit, _beside)

    async def _found(
        self, gtin: str, limit: int, find: Callable[[Store, int, int], tuple[int, ...]]
    ) -> tuple[str, ...]:
        at = self.clock.now()
        store = await self.figures.current(at)
        row = int(store.goods.rows(np.array([int(gtin)]))[0])
        if row < 0:
            return ()
        known = await self.reads.known(None, None, at)
        rows = await asyncio.to_thread(find, store, row, LOOKED_AT)
        items = store.goods.kinds.items[np.array(rows, dtype=np.int64)]
        left = _left(items, known.gone)
        return tuple(f"{item:014}" for item in left[:limit].tolist())


def like_routes(knowledge: LikeKnowledge, store: StoreFacts) -> APIRouter:
    """Return the routes about items that are like others."""
    router = APIRouter(prefix="/v1/items/{gtin}", tags=["items"])

    @router.get("/substitutes", responses=documented(404))
    async def substitutes_of(gtin: GtinPath, limit: Limit = 5) -> LikeItems:
        """What may be taken instead of an item: the same kind, bought for the same reasons."""
        return await answer(gtin, await knowledge.instead_of(gtin, limit))

    @router.get("/complements", responses=documented(404))
    async def complements_of(gtin: GtinPath, limit: Limit = 5) -> LikeItems:
        """What goes with an item: of another kind, and often in one basket with it."""
        return await answer(gtin, await knowledge.beside(gtin, limit))

    async def answer(gtin: str, others: tuple[str, ...]) -> LikeItems:
        found = await show([gtin, *others], knowledge.items, store, knowledge.clock.now())
        if not found or found[0].gtin != gtin:
            raise unknown_item(gtin)
        return LikeItems(gtin, found[1:])

    return router


def _beside(store: Store, row: int, limit: int) -> tuple[int, ...]:
    return complements(store, np.array([row]), limit)


def _left(items: Ids, gone: Ids) -> Ids:
    return items[~np.isin(items, gone)]
