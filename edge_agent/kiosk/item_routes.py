"""GET /v1/items/{gtin}: an item as the store knows it, and how items are shown anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path

from edge_agent.core.facing import Shelf
from edge_agent.kiosk.facts import StoreFacts
from edge_agent.ports.kiosk import (
    ForecastReads,
    ForecastRow,
    Item,
    ItemReads,
)
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.problems import Problem, documented
from endcap.wire.identifiers import Gtin

GtinPath = Annotated[Gtin, Path(description="GTIN-8, -12, -13 or -14", max_length=200)]


@dataclass(frozen=True, slots=True)
class Promotion:
    """A discount as a share of the price, and the last day it holds."""

    discount: float
    until: date | None


@dataclass(frozen=True, slots=True)
class ShownItem:
    """An item; None where the store does not know. `shelf` says what the cameras see."""

    gtin: str
    name: str
    brand: str
    department: str
    category: str
    size: str
    price: float | None
    currency: str
    promotion: Promotion | None
    shelf: Shelf
    stock: float | None
    stock_counted: datetime | None


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """An item and what is expected to sell of it tomorrow; None without a forecast."""

    item: ShownItem
    tomorrow: ForecastRow | None


def unknown_item(gtin: str) -> Problem:
    """Return the problem of a well-formed GTIN that this store does not sell."""
    hint = "search for it with /v1/search?q=, or add it to the catalogue"
    return Problem(404, "unknown-item", f"no item {gtin} in this store's catalogue", hint)


def shown(item: Item, currency: str) -> ShownItem:
    """Return an item as the kiosk shows it."""
    promotion = None
    if item.discount is not None:
        promotion = Promotion(item.discount, item.promotion_until)
    return ShownItem(
        gtin=item.gtin,
        name=item.name,
        brand=item.brand,
        department=item.department,
        category=item.category,
        size=item.size,
        price=item.price,
        currency=currency,
        promotion=promotion,
        shelf=item.shelf,
        stock=item.on_hand,
        stock_counted=item.counted_at,
    )


async def show(
    gtins: Sequence[str], reads: ItemReads, store: StoreFacts, at: datetime
) -> tuple[ShownItem, ...]:
    """Return those of `gtins` that are in the catalogue, in their order."""
    found = await reads.items(gtins, at, store.today(at))
    return tuple(shown(found[gtin], store.currency) for gtin in gtins if gtin in found)


def item_routes(
    items: ItemReads,
    forecasts: ForecastReads,
    store: StoreFacts,
    clock: Clock,
) -> APIRouter:
    """Return the routes about items."""
    router = APIRouter(prefix="/v1", tags=["items"])

    @router.get("/items/{gtin}", responses=documented(404))
    async def item(gtin: GtinPath) -> ItemAnswer:
        """One item: price, promotion, shelf, stock, and tomorrow's forecast."""
        at = clock.now()
        found = await show([gtin], items, store, at)
        if not found:
            raise unknown_item(gtin)
        tomorrow = store.today(at) + timedelta(days=1)
        rows = await forecasts.forecasts_of_item(gtin, tomorrow)
        return ItemAnswer(found[0], rows[0] if rows and rows[0].day == tomorrow else None)

    return router
