"""POST /v1/recommendations: what goes with a basket, and why.

Never an item whose shelf stands empty. When the model does not answer, the bestsellers do, and the
answer says so.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from edge_agent.kiosk.facts import StoreFacts
from edge_agent.kiosk.item_routes import ShownItem, shown
from edge_agent.ports.kiosk import ItemReads, ShopperReads
from edge_agent.ports.models import Models, Site
from endcap.models.shopper.history import FADING, decayed_history
from endcap.models.shopper.tensors import feed, scored
from endcap.plumbing.clock import Clock
from endcap.plumbing.onnx_session import ModelUnusableError
from endcap.wire.identifiers import Gtin

MAX_BASKET = 200
BESTSELLERS = 200
POPULAR = 20
BESTSELLERS_OF = timedelta(days=28)
PAST_OF = 4 * FADING
WORDS = {
    "goes-with-basket": "often bought with your basket",
    "bought-before": "you bought it before",
    "popular-here": "popular in this store",
}
"""Every reason there is, by its code, in the shopper's words."""


class Ask(BaseModel):
    """A basket, and, if the shopper agreed, what the till knows of the loyalty card."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"basket": ["4006381333931"], "limit": 5}]}
    )
    basket: Annotated[list[Gtin], Field(max_length=MAX_BASKET)] = []
    shopper: Annotated[str | None, Field(min_length=1, max_length=80)] = None
    limit: Annotated[int, Field(ge=1, le=50, strict=True)] = 10


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item is offered: a stable code, and words for the shopper."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Offer:
    """An item, and why."""

    item: ShownItem
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Offers:
    """What to offer, best first. `degraded` says that the bestsellers answered, not the model."""

    items: tuple[Offer, ...]
    degraded: bool
    release: int
    model: str | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store knows of one question."""

    basket: Collection[str]
    past: tuple[tuple[str, datetime], ...]
    empty: Collection[str]
    bestsellers: tuple[str, ...]


def recommendation_routes(
    shoppers: ShopperReads, items: ItemReads, models: Models, store: StoreFacts, clock: Clock
) -> APIRouter:
    """Return the route that recommends."""
    router = APIRouter(prefix="/v1", tags=["recommendations"])

    @router.post("/recommendations")
    async def recommendations(ask: Ask) -> Offers:
        """What goes with a basket, best first, each with its reasons."""
        at, site = clock.now(), models.current
        known = await _known(ask, shoppers, store, at)
        scores = await asyncio.to_thread(_scores, site, known, at)
        wanted = _reasons(known, scores or {})
        found = await items.items(list(wanted), at, store.today(at))
        offers = (
            Offer(shown(found[gtin], store.currency), tuple(Reason(c, WORDS[c]) for c in codes))
            for gtin, codes in wanted.items()
            if gtin in found
        )
        manifest = site.manifest("shopper")
        return Offers(
            items=tuple(offer for offer, _ in zip(offers, range(ask.limit), strict=False)),
            degraded=scores is None,
            release=site.release,
            model=manifest.version if manifest else None,
        )

    return router


async def _known(ask: Ask, shoppers: ShopperReads, store: StoreFacts, at: datetime) -> _Known:
    today = store.today(at)
    past = await shoppers.past(ask.shopper, today - PAST_OF) if ask.shopper else ()
    best = await shoppers.bestsellers(today - BESTSELLERS_OF, BESTSELLERS)
    return _Known(
        basket=frozenset(ask.basket),
        past=past,
        empty=await shoppers.empty(),
        bestsellers=tuple(gtin for gtin, _ in best),
    )


def _scores(site: Site, known: _Known, at: datetime) -> Mapping[str, float] | None:
    """Return the model's items, best first; None when it does not answer."""
    try:
        return scored(site.run("shopper", feed(known.basket, decayed_history(known.past, at))))
    except (ModelUnusableError, KeyError, ValueError):
        return None


def _reasons(known: _Known, scores: Mapping[str, float]) -> dict[str, tuple[str, ...]]:
    """Return what may be offered, best first, with the codes of the reasons."""
    bought, popular = {gtin for gtin, _ in known.past}, set(known.bestsellers[:POPULAR])
    together = set(scores) if known.basket else set()
    named = ((together, "goes-with-basket"), (bought, "bought-before"), (popular, "popular-here"))
    return {
        gtin: tuple(code for items, code in named if gtin in items)[:2] or ("popular-here",)
        for gtin in dict.fromkeys((*scores, *known.bestsellers))
        if gtin not in known.basket and gtin not in known.empty
    }
