"""GET /v1/search and /v1/suggest: items by words, as this store has and sells them now.

What is understood, kept and put first is core/searches' and the index's. Each answer is noted, so
that what people look for in vain is known in the store.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from edge_agent.core.experiment_sums import INTERLEAVED
from edge_agent.core.experiments import interleaved
from edge_agent.core.searches import (
    Filters,
    Listing,
    Wish,
    facets,
    in_store_order,
    keep,
    team_draft,
    wish_of,
)
from edge_agent.kiosk.facts import StoreFacts
from edge_agent.kiosk.item_routes import ShownItem, show
from edge_agent.kiosk.recommendation_routes import Session
from edge_agent.kiosk.trying import SiteInArms, Trying
from edge_agent.ports.answers import Answer, AnswerLog, Shown
from edge_agent.ports.kiosk import Catalogue, ItemReads, ShopperReads, Suggestion
from edge_agent.ports.models import Models, Site
from endcap.models.search.ranking import Weights
from endcap.models.search.words import fold
from endcap.plumbing.clock import Clock

POOL = 200
"""How many items are found to choose from: facets count them."""
SELLING = 1000
ANSWER_BYTES = 16

Words = Annotated[str, Query(min_length=1, max_length=200, description="what the shopper typed")]
Value = Annotated[str | None, Field(max_length=80)]
Money = Annotated[float | None, Field(ge=0, le=1e9, allow_inf_nan=False)]


class SearchQuery(BaseModel):
    """A question, and what its items must be; `price` is a facet's value, such as 2-5.

    `session` is what the kiosk calls this visit.
    """

    q: Annotated[str, Field(min_length=1, max_length=200)]
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    session: Session | None = None
    department: Value = None
    brand: Value = None
    category: Value = None
    size: Value = None
    price: Value = None
    price_min: Money = None
    price_max: Money = None
    in_stock: bool = False

    def ask(self) -> "_Ask":
        """Return the question; what is asked beside it comes before what it says of prices."""
        wish = wish_of(self.q)
        filters = Filters(
            department=self.department,
            brand=self.brand,
            category=self.category,
            size=self.size,
            price=self.price,
            price_min=wish.price_min if self.price_min is None else self.price_min,
            price_max=wish.price_max if self.price_max is None else self.price_max,
            in_stock=self.in_stock,
        )
        return _Ask(self.q, wish, filters, self.limit, self.session)


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value, and how many of the items have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """What the items can be told apart by: department, brand, category, size or price."""

    name: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """The items found, best first, of `total` that match; `answer` names it in feedback.

    `corrected` is the question as it was understood, None where it was as typed; `rescued` says
    that nothing was found but by its looks. `gone` are those that are not to be had now.
    `price_max`, `price_min` and `cheapest` are what the question said of prices.
    """

    answer: str
    query: str
    corrected: str | None
    rescued: bool
    items: tuple[ShownItem, ...]
    gone: tuple[str, ...]
    total: int
    facets: tuple[Facet, ...]
    price_min: float | None
    price_max: float | None
    cheapest: bool


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What the shopper may be typing."""

    query: str
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a search is answered from, and where its answer is noted."""

    catalogue: Catalogue
    shoppers: ShopperReads
    items: ItemReads
    answers: AnswerLog
    trying: Trying


@dataclass(frozen=True, slots=True)
class _Ask:
    """A question and its filters."""

    query: str
    wish: Wish
    filters: Filters
    limit: int
    session: str | None


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found, in this store's order, and whose each item is in a list of two orders."""

    items: tuple[tuple[Listing, float], ...]
    total: int
    corrected: tuple[tuple[str, str], ...]
    rescued: bool
    gone: Collection[str]
    team: Mapping[str, str]
    arms: Mapping[str, str]


def search_routes(finding: Finding, models: Models, store: StoreFacts, clock: Clock) -> APIRouter:
    """Return the routes that find items by words."""
    router = APIRouter(prefix="/v1", tags=["items"])

    @router.get("/search")
    async def search(asked: Annotated[SearchQuery, Query()]) -> SearchAnswer:
        """Items by words, tolerant of spelling; sizes and numbers are taken as they are.

        A question may say what it may cost: "milk under 3 euros", "cheapest rice". What is not to
        be had stands later and is named in `gone`, never hidden unless `in_stock` asks for it.
        """
        ask, at, site = asked.ask(), clock.now(), models.current
        found = await _find(finding, ask, site, at)
        page = [one.gtin for one, _ in found.items[: ask.limit]]
        shelf = await show(page, finding.items, store, at)
        answer = _noted(found, shelf, ask, site, at)
        finding.answers.note(answer)
        return _told(answer.answer, ask, found, shelf)

    @router.get("/suggest")
    async def suggest(q: Words, limit: Annotated[int, Query(ge=1, le=20)] = 8) -> Suggestions:
        """What the shopper may be typing."""
        return Suggestions(q, await finding.catalogue.suggest(q, limit))

    return router


async def _find(finding: Finding, ask: _Ask, site: Site, at: datetime) -> _Found:
    """Return what is found, in the order of the visit's arm, or of two arms drafted together."""
    tried = await finding.trying.visit(site, ask.session, None, at)
    found = await _in_order(finding, ask, tried.site)
    shared = interleaved(await finding.trying.running(at), at)
    if shared is None or ask.session is None:
        return replace(found, arms=tried.names)
    orders = [
        await _in_order(finding, ask, SiteInArms(site, {shared.experiment: arm}))
        for arm in shared.arms[:2]
    ]
    listed = {one.gtin: (one, score) for order in orders for one, score in order.items}
    drafted = team_draft(
        [one.gtin for one, _ in orders[0].items],
        [one.gtin for one, _ in orders[1].items],
        lambda: secrets.randbits(1) == 1,
    )
    return replace(
        orders[0],
        items=tuple(listed[gtin] for gtin, _ in drafted),
        team={gtin: shared.arms[side].arm for gtin, side in drafted},
        arms={**tried.names, shared.experiment: INTERLEAVED},
    )


async def _in_order(finding: Finding, ask: _Ask, site: Site) -> _Found:
    """Return what one site finds and keeps, in its order."""
    finds = await finding.catalogue.search(ask.wish.words, POOL, site)
    gone = await finding.shoppers.unavailable()
    sold = await finding.shoppers.bestsellers(SELLING)
    kept = keep(finds.items, ask.filters, gone)
    weights = Weights.set_by(site.setting)
    ordered = in_store_order(kept, sold, gone, weights, cheapest=ask.wish.cheapest)
    total = finds.total if len(kept) == len(finds.items) else len(kept)
    return _Found(tuple(ordered), total, finds.corrected, finds.rescued, gone, {}, {})


def _noted(
    found: _Found, shelf: tuple[ShownItem, ...], ask: _Ask, site: Site, at: datetime
) -> Answer:
    """Return the answer as the store remembers it."""
    scores = {one.gtin: score for one, score in found.items[: ask.limit]}
    return Answer(
        answer=secrets.token_hex(ANSWER_BYTES),
        surface="search",
        at=at,
        release=site.release,
        items=tuple(
            Shown(
                one.gtin,
                scores[one.gtin],
                reason="rescued" if found.rescued else "",
                team=found.team.get(one.gtin, ""),
            )
            for one in shelf
        ),
        session=ask.session,
        query=ask.query,
        found=len(found.items),
        arms=found.arms,
    )


def _told(name: str, ask: _Ask, found: _Found, shelf: tuple[ShownItem, ...]) -> SearchAnswer:
    """Return the answer as the shopper gets it."""
    meant = dict(found.corrected)
    understood = " ".join(meant.get(word, word) for word in fold(ask.wish.words).split())
    counted = facets(one for one, _ in found.items)
    return SearchAnswer(
        answer=name,
        query=ask.query,
        corrected=understood if found.corrected else None,
        rescued=found.rescued,
        items=shelf,
        gone=tuple(one.gtin for one in shelf if one.gtin in found.gone),
        total=found.total,
        facets=tuple(
            Facet(facet, tuple(FacetValue(value, n) for value, n in values.items()))
            for facet, values in counted.items()
        ),
        price_min=ask.filters.price_min,
        price_max=ask.filters.price_max,
        cheapest=ask.wish.cheapest,
    )
