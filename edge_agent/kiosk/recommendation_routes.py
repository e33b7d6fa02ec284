"""POST /v1/recommendations: what goes with a basket, and why.

When a model does not answer, habits and what sells here do, and the answer says so. What is
recommended, and never an item that is not to be had, is core/offers'.
"""

import secrets
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

import numpy as np
from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from edge_agent.core.offers.choose import DEPARTMENT_SHARE, DISCOVERY_SHARE, Offer, Shares
from edge_agent.core.offers.diets import DIETS
from edge_agent.core.offers.reasons import said
from edge_agent.core.offers.store import Store
from edge_agent.core.offers.two_stages import ITEM_MODEL, RANKER, Wanted, recommending
from edge_agent.kiosk.beside import Runner, beside
from edge_agent.kiosk.facts import StoreFacts
from edge_agent.kiosk.item_routes import ShownItem, shown
from edge_agent.kiosk.trying import Trying
from edge_agent.ports.answers import Answer, AnswerLog, Shown
from edge_agent.ports.kiosk import Item, ItemReads
from edge_agent.ports.models import Models, Site
from edge_agent.ports.offers import Known, OfferReads, StoreFigures
from endcap.models.shopper.ranking import Question
from endcap.plumbing.clock import Clock
from endcap.wire.identifiers import Gtin

MAX_BASKET = 200
ANSWER_BYTES = 16


def _known_diet(word: str) -> str:
    """Refuse what is no diet; the message names those there are."""
    if word not in DIETS:
        raise ValueError(f"{', '.join(DIETS)} are the diets there are")
    return word


Diet = Annotated[str, AfterValidator(_known_diet), Field(json_schema_extra={"enum": [*DIETS]})]
"""A word of core/offers/diets."""
Session = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Ask(BaseModel):
    """A basket, and, if the shopper agreed, what the till knows of the loyalty card.

    `session` is what the kiosk calls this visit: what was dismissed in it is not offered again.
    """

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"basket": ["4006381333931"], "limit": 5}]}
    )
    basket: Annotated[list[Gtin], Field(max_length=MAX_BASKET)] = []
    shopper: Annotated[str | None, Field(min_length=1, max_length=80)] = None
    session: Session | None = None
    diets: Annotated[list[Diet], Field(max_length=14)] = []
    limit: Annotated[int, Field(ge=1, le=50, strict=True)] = 10


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item is offered: a stable code, and words for the shopper."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """An item, why it is offered, and the GTIN of what it stands in for, if anything."""

    item: ShownItem
    reasons: tuple[Reason, ...]
    instead_of: str | None


@dataclass(frozen=True, slots=True)
class Offers:
    """What to offer, best first. `degraded` says that a model failed to answer.

    `answer` is the name by which feedback on it is told.
    """

    answer: str
    items: tuple[ShownOffer, ...]
    degraded: bool
    release: int
    model: str | None
    ranker: str | None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Where the kiosk learns what to recommend, and where it remembers what it did."""

    figures: StoreFigures
    reads: OfferReads
    items: ItemReads
    answers: AnswerLog
    trying: Trying
    thread: Executor = field(default_factory=beside)


def recommendation_routes(
    knowledge: Knowledge, models: Models, store: StoreFacts, clock: Clock
) -> APIRouter:
    """Return the route that recommends."""
    router = APIRouter(prefix="/v1", tags=["recommendations"])

    @router.post("/recommendations")
    async def recommendations(ask: Ask) -> Offers:
        """What goes with a basket, best first, each with its reasons."""
        at, serving = clock.now(), models.current
        goods = await knowledge.figures.current(at)
        known = await knowledge.reads.known(ask.shopper, ask.session, at)
        tried = await knowledge.trying.visit(serving, ask.session, known.shopper, at)
        site = tried.site
        runner = Runner(site, knowledge.thread)
        wanted = _wanted(ask, known, site, at.astimezone(store.opening.zone))
        chosen = await runner.through(recommending(goods, wanted))
        rows = {row for one in chosen for row in (one.row, one.instead_of) if row is not None}
        named = [_gtin(goods, row) for row in sorted(rows)]
        found = await knowledge.items.items(named, at, store.today(at))
        told = _told(chosen, goods, found, store.currency)
        answer = secrets.token_hex(ANSWER_BYTES)
        knowledge.answers.note(
            Answer(
                answer,
                "recommendations",
                at,
                site.release,
                _shown(told),
                session=ask.session,
                shopper=known.shopper,
                arms=tried.names,
            )
        )
        return Offers(
            answer=answer,
            items=tuple(offer for offer, _ in told),
            degraded=bool(runner.failed),
            release=site.release,
            model=_version(site, ITEM_MODEL),
            ranker=_version(site, RANKER),
        )

    return router


def _wanted(ask: Ask, known: Known, site: Site, local: datetime) -> Wanted:
    """Return what is asked, with all that is known of it."""
    basket = np.unique(np.array([int(one) for one in ask.basket], dtype=np.int64))
    hour = local.hour + local.minute / 60
    return Wanted(
        question=Question(basket, known.past, hour, local.weekday()),
        limit=ask.limit,
        gone=known.gone,
        dismissed=known.dismissed,
        diets=tuple(sorted({*ask.diets, *known.diets})),
        shares=Shares(
            site.setting(ITEM_MODEL, "department_share", DEPARTMENT_SHARE),
            site.setting(ITEM_MODEL, "discovery_share", DISCOVERY_SHARE),
        ),
    )


def _told(
    chosen: tuple[Offer, ...], goods: Store, found: Mapping[str, Item], currency: str
) -> list[tuple[ShownOffer, float]]:
    """Return what is shown of each offer that the catalogue still has, with its score."""
    told = []
    for one in chosen:
        item = found.get(_gtin(goods, one.row))
        if item is None:
            continue
        gone = None if one.instead_of is None else _gtin(goods, one.instead_of)
        name = found[gone].name if gone and gone in found else ""
        discount = item.discount or 0.0
        reasons = tuple(
            Reason(code, said(code, name=name, discount=discount)) for code in one.reasons
        )
        told.append((ShownOffer(shown(item, currency), reasons, gone), one.score))
    return told


def _shown(told: list[tuple[ShownOffer, float]]) -> tuple[Shown, ...]:
    """Return what was shown, as it is remembered."""
    return tuple(
        Shown(offer.item.gtin, round(score, 4), offer.reasons[0].code) for offer, score in told
    )


def _gtin(goods: Store, row: int) -> str:
    return f"{int(goods.goods.kinds.items[row]):014}"


def _version(site: Site, kind: str) -> str | None:
    manifest = site.manifest(kind)
    return manifest.version if manifest else None
