"""POST /v1/recommendations: what goes with a basket, and why.

When the model does not answer, habits and bestsellers do, and the answer says so. What is
recommended, and never an item that is not to be had, is core/shopper's.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from edge_agent.core.shopper import DEPARTMENT_SHARE, Moment, Recommendation, recommend
from edge_agent.kiosk.facts import StoreFacts
from edge_agent.kiosk.item_routes import ShownItem, shown
from edge_agent.ports.kiosk import Catalogue, ItemReads, ShopperReads
from edge_agent.ports.models import Models, Site
from endcap.models.shopper.history import FADING, decayed_history
from endcap.models.shopper.tensors import feed, scored
from endcap.plumbing.clock import Clock
from endcap.plumbing.onnx_session import ModelUnusableError
from endcap.wire.identifiers import Gtin

MAX_BASKET = 200
BESTSELLERS = 200
PAST = 4 * FADING


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
    """An item, why it is offered, and the GTIN of what it stands in for, if anything."""

    item: ShownItem
    reasons: tuple[Reason, ...]
    instead_of: str | None


@dataclass(frozen=True, slots=True)
class Offers:
    """What to offer, best first. `degraded` says that the model did not answer."""

    items: tuple[Offer, ...]
    degraded: bool
    release: int
    model: str | None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Where the kiosk learns what to recommend."""

    shoppers: ShopperReads
    catalogue: Catalogue
    items: ItemReads

    async def moment(self, ask: Ask, store: StoreFacts, at: datetime) -> Moment:
        """Return what the store knows of a question, but for what the model says."""
        past = await self.shoppers.past(ask.shopper, store.today(at) - PAST) if ask.shopper else ()
        return Moment(
            catalogue=await self.catalogue.products(),
            model={},
            personal=decayed_history(past, at),
            popular=await self.shoppers.bestsellers(BESTSELLERS),
            basket=frozenset(ask.basket),
            unavailable=await self.shoppers.unavailable(),
        )


def recommendation_routes(
    knowledge: Knowledge, models: Models, store: StoreFacts, clock: Clock
) -> APIRouter:
    """Return the route that recommends."""
    router = APIRouter(prefix="/v1", tags=["recommendations"])

    @router.post("/recommendations")
    async def recommendations(ask: Ask) -> Offers:
        """What goes with a basket, best first, each with its reasons."""
        at, site = clock.now(), models.current
        moment = await knowledge.moment(ask, store, at)
        chosen, degraded = await asyncio.to_thread(_choose, site, moment, ask.limit)
        found = await knowledge.items.items([one.gtin for one in chosen], at, store.today(at))
        manifest = site.manifest("shopper")
        return Offers(
            items=tuple(
                Offer(
                    shown(found[one.gtin], store.currency),
                    (Reason(one.reason, one.text),),
                    one.instead_of,
                )
                for one in chosen
                if one.gtin in found
            ),
            degraded=degraded,
            release=site.release,
            model=manifest.version if manifest else None,
        )

    return router


def _choose(site: Site, moment: Moment, limit: int) -> tuple[tuple[Recommendation, ...], bool]:
    """Return what to offer, and whether the model failed to help."""
    scores = _scores(site, moment)
    share = site.setting("shopper", "department_share", DEPARTMENT_SHARE)
    return recommend(replace(moment, model=scores or {}), limit, share), scores is None


def _scores(site: Site, moment: Moment) -> Mapping[str, float] | None:
    """Return the model's items, best first; None when it does not answer."""
    try:
        return scored(site.run("shopper", feed(moment.basket, moment.personal)))
    except (ModelUnusableError, KeyError, ValueError):
        return None
