"""GET /v1/products/{gtin}: all that a shopper asks of one item, and what to take instead.

What is expected to sell of it is /v1/items/{gtin}'s: that is for those who run the store.
"""

from dataclasses import dataclass
from datetime import date, datetime

from fastapi import APIRouter

from edge_agent.core.facing import FacingState
from edge_agent.core.place import Height, Side, place_of
from edge_agent.core.stock.lots import Lot
from edge_agent.kiosk.facts import StoreFacts, seconds_since
from edge_agent.kiosk.item_routes import GtinPath, ShownItem, show, unknown_item
from edge_agent.kiosk.like_routes import LikeKnowledge
from edge_agent.ports.kiosk import Facing, ItemReads
from edge_agent.ports.products import ProductReads
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.problems import documented

MOST_SUBSTITUTES = 4


@dataclass(frozen=True, slots=True)
class ShelfPlace:
    """A place where the item stands, in words, and what its camera sees there since when."""

    camera: str
    facing: str
    aisle: str
    height: Height
    side: Side
    state: FacingState
    since: datetime | None
    age_s: int | None


@dataclass(frozen=True, slots=True)
class NextDelivery:
    """The store's day on which more of the item is due, and how many units."""

    day: date
    units: float


@dataclass(frozen=True, slots=True)
class ProductAnswer:
    """An item as of `at`; None where the store does not know.

    `places` are where it stands, best first: full, unknown, empty. `stock_age_s` is how long ago
    its stock was counted. `substitutes` are like it and not known to be gone.
    """

    at: datetime
    item: ShownItem
    places: tuple[ShelfPlace, ...]
    stock_age_s: int | None
    delivery: NextDelivery | None
    substitutes: tuple[ShownItem, ...]


@dataclass(frozen=True, slots=True)
class ProductKnowledge:
    """Where the kiosk learns of one item and of what is like it."""

    items: ItemReads
    products: ProductReads
    likes: LikeKnowledge


def product_routes(knowledge: ProductKnowledge, store: StoreFacts, clock: Clock) -> APIRouter:
    """Return the route about one product."""
    router = APIRouter(prefix="/v1", tags=["items"])

    @router.get("/products/{gtin}", responses=documented(404))
    async def product(gtin: GtinPath) -> ProductAnswer:
        """One item for a shopper: price, promotion, place, stock, next delivery, substitutes."""
        at = clock.now()
        others = await knowledge.likes.instead_of(gtin, MOST_SUBSTITUTES)
        found = await show([gtin, *others], knowledge.items, store, at)
        if not found or found[0].gtin != gtin:
            raise unknown_item(gtin)
        where = await knowledge.products.whereabouts(gtin, store.today(at))
        return ProductAnswer(
            at=at,
            item=found[0],
            places=_places(where.facings, at),
            stock_age_s=seconds_since(found[0].stock_counted, at),
            delivery=_next(where.coming),
            substitutes=found[1:],
        )

    return router


def _places(facings: tuple[Facing, ...], at: datetime) -> tuple[ShelfPlace, ...]:
    """Return where to look, the likeliest place first."""
    order = ("full", "unknown", "gap")
    return tuple(_place(one, at) for one in sorted(facings, key=lambda f: order.index(f.state)))


def _place(one: Facing, at: datetime) -> ShelfPlace:
    place = place_of(one.camera, one.x + one.w / 2, one.y + one.h / 2)
    return ShelfPlace(
        camera=one.camera,
        facing=one.facing,
        aisle=place.aisle,
        height=place.height,
        side=place.side,
        state=one.state,
        since=one.since,
        age_s=seconds_since(one.since, at),
    )


def _next(coming: tuple[Lot, ...]) -> NextDelivery | None:
    """Return the first day on which something comes, and all that comes on it."""
    day = min((lot.comes for lot in coming if lot.comes is not None), default=None)
    if day is None:
        return None
    return NextDelivery(day, sum(lot.units for lot in coming if lot.comes == day))
