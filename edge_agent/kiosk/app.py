"""Puts the kiosk together: routes, limits, pages. Answers from the store alone.

No route waits for a broker, a camera or the centre. Listening is plumbing/http_server's.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI

from edge_agent.kiosk.described_access import describe_access
from edge_agent.kiosk.description import describe, operation_name
from edge_agent.kiosk.desk_routes import desk_routes
from edge_agent.kiosk.enrolment_routes import enrolment_routes, refused
from edge_agent.kiosk.event_routes import event_routes
from edge_agent.kiosk.facing_routes import facing_routes
from edge_agent.kiosk.facts import StoreFacts
from edge_agent.kiosk.feedback_routes import feedback_routes
from edge_agent.kiosk.forecast_routes import forecast_routes
from edge_agent.kiosk.history_routes import history_routes
from edge_agent.kiosk.inference_routes import inference_routes
from edge_agent.kiosk.item_routes import item_routes
from edge_agent.kiosk.like_routes import LikeKnowledge, like_routes
from edge_agent.kiosk.media_routes import Media, media_routes
from edge_agent.kiosk.page_routes import add_pages
from edge_agent.kiosk.product_routes import ProductKnowledge, product_routes
from edge_agent.kiosk.proposal_routes import proposal_routes
from edge_agent.kiosk.recommendation_routes import Knowledge, recommendation_routes
from edge_agent.kiosk.roles import roles_of
from edge_agent.kiosk.search_routes import Finding, search_routes
from edge_agent.kiosk.session_routes import KeyBook, session_routes
from edge_agent.kiosk.shelf_routes import shelf_routes
from edge_agent.kiosk.shopper_routes import People, shopper_routes
from edge_agent.kiosk.status_routes import status_routes
from edge_agent.kiosk.trying import Trying
from edge_agent.kiosk.update_routes import update_routes
from edge_agent.kiosk.updates import Updates
from edge_agent.ports.answers import AnswerLog, FeedbackBook
from edge_agent.ports.enrolment import SetupRefusedError, ShelfSetup
from edge_agent.ports.experiments import ExperimentReads
from edge_agent.ports.facings import FacingBook
from edge_agent.ports.feeds import EventDesk
from edge_agent.ports.item_history import ItemHistoryReads
from edge_agent.ports.kiosk import (
    Catalogue,
    Desk,
    Reads,
    ShopperReads,
    StoreUnreadableError,
    StoreUnwritableError,
)
from edge_agent.ports.models import Models
from edge_agent.ports.offers import OfferReads, StoreFigures
from edge_agent.ports.products import ProductReads
from edge_agent.ports.questions import FacingAnswers
from edge_agent.ports.shoppers import ErasureError
from edge_agent.ports.stock import ProposalBook
from edge_agent.ports.vision import VisionReads
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.access import Access
from endcap.plumbing.http_face.guard import Limits, guard
from endcap.plumbing.http_face.problems import ALWAYS, Problem, documented


@dataclass(frozen=True, slots=True)
class KioskPorts:
    """What the kiosk needs from the store."""

    reads: Reads
    shoppers: ShopperReads
    catalogue: Catalogue
    desk: Desk
    models: Models
    history: ItemHistoryReads
    events: EventDesk
    proposals: ProposalBook
    answers: AnswerLog
    feedback: FeedbackBook
    figures: StoreFigures
    offers: OfferReads
    experiments: ExperimentReads
    products: ProductReads
    updates: Updates
    people: People
    keys: KeyBook
    media: Media
    vision: VisionReads
    facings: FacingBook
    questions: FacingAnswers
    setup: ShelfSetup


def create_app(
    ports: KioskPorts,
    store: StoreFacts,
    clock: Clock,
    limits: Limits,
    *,
    keys_required: bool = False,
) -> FastAPI:
    """Return the kiosk of one store; unless keys are required, most of it is open."""
    app = FastAPI(
        title="Endcap store",
        description="What this store knows: its shelves, its items, its forecasts.",
        version=store.agent,
        docs_url=None,  # they load scripts from elsewhere, and a store may be offline
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=operation_name,
        responses=documented(*ALWAYS, 401, 403),
    )
    faults = {
        StoreUnreadableError: _unreadable,
        StoreUnwritableError: _unwritable,
        ErasureError: _trace_left,
        SetupRefusedError: refused,
    }
    access = Access(ports.keys, roles_of(required=keys_required))
    traffic = guard(app, limits, clock, faults, access)
    _describe(app, limits, access)
    status = status_routes(ports.reads, ports.models, store, clock, traffic, ports.vision)
    for router in (*_for_shoppers(ports, store, clock), status, *_for_staff(ports, store, clock)):
        app.include_router(router)
    add_pages(app, keys_required=keys_required)
    return app


def _for_shoppers(ports: KioskPorts, store: StoreFacts, clock: Clock) -> Iterator[APIRouter]:
    """Yield the routes of items and offers: what a shopper's page asks, the most asked first."""
    reads, models = ports.reads, ports.models
    likes = LikeKnowledge(ports.figures, ports.offers, reads, clock)
    trying = Trying(ports.experiments, store.store, clock)
    knowledge = Knowledge(ports.figures, ports.offers, reads, ports.answers, trying)
    finding = Finding(ports.catalogue, ports.shoppers, reads, ports.answers, trying)
    yield recommendation_routes(knowledge, models, store, clock)
    yield search_routes(finding, models, store, clock)
    yield item_routes(reads, reads, store, clock)
    yield like_routes(likes, store)
    yield product_routes(ProductKnowledge(reads, ports.products, likes), store, clock)
    yield update_routes(ports.updates)
    yield media_routes(ports.media, knowledge, models, store, clock)
    yield feedback_routes(ports.feedback, clock)


def _for_staff(ports: KioskPorts, store: StoreFacts, clock: Clock) -> Iterator[APIRouter]:
    """Yield the routes of those who run the store, of the till, and of who may come in."""
    reads, models = ports.reads, ports.models
    yield shelf_routes(reads, ports.facings, clock)
    yield facing_routes(ports.facings, ports.questions, clock)
    yield forecast_routes(reads, reads, models, store, clock)
    yield history_routes(ports.history, reads, models, store, clock)
    yield desk_routes(ports.desk, store, clock)
    yield event_routes(ports.events, store, clock)
    yield proposal_routes(ports.proposals, clock)
    yield session_routes(ports.keys, clock)
    yield shopper_routes(ports.people, clock)
    yield inference_routes(models, store)
    yield enrolment_routes(ports.setup, store)


def _describe(app: FastAPI, limits: Limits, access: Access) -> None:
    """Complete the API's document."""
    describe(app, limits)
    describe_access(app, access.roles)


def _unreadable(error: Exception) -> Problem:
    """Return the problem of a disk that does not answer."""
    hint = "nothing was changed; run edge-agent doctor on the device"
    return Problem(503, "store-unreadable", str(error), hint)


def _unwritable(error: Exception) -> Problem:
    """Return the problem of a disk that does not take more."""
    hint = "nothing was kept; tell it again when the disk has room"
    return Problem(503, "store-unwritable", str(error), hint)


def _trace_left(error: Exception) -> Problem:
    """Return the problem of an erasure that is not done."""
    hint = "it is marked, and done again by itself; ask again to see"
    return Problem(503, "trace-left", str(error), hint)
