"""/v1/media/slot: what is shown at a place; /v1/media: how campaigns stand here.

A page always gets an answer: where campaigns do not fit, money is gone or the disk refuses, the
store's own offer stands there for nothing. Who wins is core/media's to decide.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from edge_agent.core.offers.two_stages import ITEM_MODEL, Wanted, recommending
from edge_agent.kiosk.beside import Runner
from edge_agent.kiosk.facts import StoreFacts
from edge_agent.kiosk.item_routes import ShownItem, shown
from edge_agent.kiosk.recommendation_routes import MAX_BASKET, Diet, Knowledge, Session
from edge_agent.ports.kiosk import Item, StoreUnreadableError, StoreUnwritableError
from edge_agent.ports.media import MediaDesk, MediaReads, MediaStanding, PlaceAsk, Placed
from edge_agent.ports.models import Models
from endcap.models.shopper.ranking import Question
from endcap.models.shopper.tensors import GTIN_DIGITS
from endcap.plumbing.clock import Clock
from endcap.wire.identifiers import Gtin, Name

MAX_PLACES, MAX_ABOUT = 12, 20
_SCORED = 100
"""How many of the recommender's items are told apart by how well they fit."""

About = Annotated[str, Field(min_length=1, max_length=80)]


class SlotAsk(BaseModel):
    """Which place, and what is known of who looks at it.

    `limit` is for a page with several places, `about` names the categories the page is about.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"slot": "kiosk.home", "basket": ["4006381333931"]}]},
    )
    slot: Name
    limit: Annotated[int, Field(ge=1, le=MAX_PLACES, strict=True)] = 1
    basket: Annotated[list[Gtin], Field(max_length=MAX_BASKET)] = []
    about: Annotated[list[About], Field(max_length=MAX_ABOUT)] = []
    session: Session | None = None
    shopper: Annotated[str | None, Field(min_length=1, max_length=80)] = None
    diets: Annotated[list[Diet], Field(max_length=14)] = []


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """What is shown at a place. `sponsored` says that an advertiser has it: say so to the shopper.

    `play` names it in feedback; None where nothing was recorded.
    """

    play: str | None
    sponsored: bool
    campaign: str | None
    advertiser: str
    headline: str
    text: str
    item: ShownItem


@dataclass(frozen=True, slots=True)
class SlotAnswer:
    """What is shown at the places of a page, in order; fewer than asked for, or none, may be.

    `degraded` says that the recommender or the disk failed, and the store's own offers stand in.
    """

    slot: str
    places: tuple[ShownPlace, ...]
    degraded: bool
    release: int


@dataclass(frozen=True, slots=True)
class Media:
    """Who gives places away, and who tells how media stands."""

    desk: MediaDesk
    reads: MediaReads


@dataclass(frozen=True, slots=True)
class _Seen:
    """A page's question with all that the recommender adds; `failed` says that it could not."""

    ask: PlaceAsk
    failed: bool


def media_routes(
    media: Media, knowledge: Knowledge, models: Models, store: StoreFacts, clock: Clock
) -> APIRouter:
    """Return the routes that give places away, and tell how media stands."""
    router = APIRouter(prefix="/v1/media", tags=["media"])

    async def answer(ask: SlotAsk) -> SlotAnswer:
        at = clock.now()
        seen = await _seen(ask, knowledge, models, store, at)
        failed = seen.failed
        try:
            placed = await media.desk.place(seen.ask, at)
        except StoreUnwritableError:
            placed, failed = _for_nothing(seen.ask), True
        try:
            found = await knowledge.items.items([one.gtin for one in placed], at, store.today(at))
        except StoreUnreadableError:
            return SlotAnswer(ask.slot, (), degraded=True, release=models.current.release)
        places = tuple(
            _shown(one, found[one.gtin], store.currency) for one in placed if one.gtin in found
        )
        return SlotAnswer(ask.slot, places, failed, models.current.release)

    @router.get("/slot")
    async def slot(
        slot: Name,
        limit: Annotated[int, Query(ge=1, le=MAX_PLACES)] = 1,
        session: Session | None = None,
    ) -> SlotAnswer:
        """What is shown at a place to somebody of whom nothing is known."""
        return await answer(SlotAsk(slot=slot, limit=limit, session=session))

    @router.post("/slot")
    async def slot_for(ask: SlotAsk) -> SlotAnswer:
        """What is shown at a place, to suit a basket, a page and a shopper."""
        return await answer(ask)

    @router.get("")
    async def standing() -> MediaStanding:
        """How in-store media stands here: campaigns, leases, and what is left; money in micros."""
        return await media.reads.media(clock.now())

    return router


async def _seen(
    ask: SlotAsk, knowledge: Knowledge, models: Models, store: StoreFacts, at: datetime
) -> _Seen:
    """Return a question with what the recommender adds; without, where it cannot."""
    try:
        return await _recommended(ask, knowledge, models, store, at)
    except StoreUnreadableError:
        return _Seen(_asked(ask), failed=True)


async def _recommended(
    ask: SlotAsk, knowledge: Knowledge, models: Models, store: StoreFacts, at: datetime
) -> _Seen:
    goods = await knowledge.figures.current(at)
    known = await knowledge.reads.known(ask.shopper, ask.session, at)
    tried = await knowledge.trying.visit(models.current, ask.session, known.shopper, at)
    runner, local = Runner(tried.site, knowledge.thread), at.astimezone(store.opening.zone)
    basket = np.unique(np.array([int(one) for one in ask.basket], dtype=np.int64))
    diets = tuple(sorted({*ask.diets, *known.diets}))
    question = Question(basket, known.past, local.hour + local.minute / 60, local.weekday())
    wanted = Wanted(question, _SCORED, known.gone, known.dismissed, diets)
    offers = await runner.through(recommending(goods, wanted))
    house = [_gtin(goods.goods.kinds.items[one.row]) for one in offers]
    manifest = tried.site.manifest(ITEM_MODEL)
    told = PlaceAsk(
        slot=ask.slot,
        limit=ask.limit,
        session=ask.session,
        shopper=known.shopper,
        basket=tuple(ask.basket),
        about=tuple(ask.about),
        scores={gtin: 1 - place / _SCORED for place, gtin in enumerate(house)},
        house=house,
        diets=diets,
        dismissed=[_gtin(item) for item in known.dismissed],
        model=manifest.version if manifest else None,
        arms=tried.names,
    )
    return _Seen(told, bool(runner.failed))


def _asked(ask: SlotAsk) -> PlaceAsk:
    """Return a question as it was asked, of nobody in particular."""
    return PlaceAsk(
        slot=ask.slot,
        limit=ask.limit,
        session=ask.session,
        basket=tuple(ask.basket),
        about=tuple(ask.about),
        diets=tuple(ask.diets),
    )


def _for_nothing(ask: PlaceAsk) -> tuple[Placed, ...]:
    """Return the store's own offers, unrecorded."""
    return tuple(Placed(gtin, "house") for gtin in ask.house[: ask.limit])


def _gtin(item: int) -> str:
    return str(item).zfill(GTIN_DIGITS)


def _shown(one: Placed, item: Item, currency: str) -> ShownPlace:
    """Return a place as it is shown."""
    campaign = one.campaign
    return ShownPlace(
        play=one.play,
        sponsored=campaign is not None,
        campaign=campaign.campaign if campaign else None,
        advertiser=campaign.advertiser if campaign else "",
        headline=campaign.headline if campaign else "",
        text=campaign.text if campaign else "",
        item=shown(item, currency),
    )
