"""Puts the dashboard together: routes, limits, the page, and the releases that stores download.

Reads only, but for the way to a certificate and what people who are known decide about stores.
Listening is plumbing/http_server's.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fastapi import Depends, FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from central_sync.dashboard.decision_routes import decision_routes
from central_sync.dashboard.demand_routes import demand_routes
from central_sync.dashboard.enrol_routes import Pace, enrol_routes
from central_sync.dashboard.experiment_routes import experiment_routes
from central_sync.dashboard.fleet_routes import fleet_routes
from central_sync.dashboard.learning_routes import learning_routes
from central_sync.dashboard.ledger_routes import ledger_routes
from central_sync.dashboard.media_routes import media_routes
from central_sync.dashboard.own_routes import own_routes
from central_sync.dashboard.published_files import PublishedFiles
from central_sync.dashboard.rollout_routes import rollout_routes
from central_sync.dashboard.status_routes import status_routes
from central_sync.dashboard.store_identity import Doorkeeper, people_only
from central_sync.ports.identity import Certificates, EnrolmentBook, EnrolmentDesk, Revocations
from central_sync.ports.media import MediaReads
from central_sync.ports.reads import (
    CentreUnreadableError,
    DemandReads,
    ExperimentReads,
    FleetReads,
    LearningReads,
    RolloutReads,
    ShelfReads,
)
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face import SHARED_PAGE
from endcap.plumbing.http_face.guard import Limits, guard
from endcap.plumbing.http_face.problems import ALWAYS, Problem, documented

PAGE = Path(__file__).parent / "page"
ASK_AGAIN = "no-cache"
FOR_GOOD = "public, max-age=31536000, immutable"
"""A target's name begins with its digest: its content never changes."""


class Reads(
    FleetReads,
    ShelfReads,
    LearningReads,
    RolloutReads,
    DemandReads,
    ExperimentReads,
    MediaReads,
    Protocol,
):
    """Everything the dashboard shows."""


@dataclass(frozen=True, slots=True)
class Door:
    """How stores are known, and become known where there is a `desk`; people decide by the `book`.

    `own` are the certificates by which the centre itself is known.
    With `needed` nobody comes in without a certificate, but to get one.
    """

    revocations: Revocations
    needed: bool = True
    desk: EnrolmentDesk | None = None
    book: EnrolmentBook | None = None
    pace: Pace = field(default_factory=Pace)
    own: Certificates | None = None


def create_app(
    reads: Reads,
    tuf_folder: Path,
    clock: Clock,
    limits: Limits,
    name: str = "Endcap",
    door: Door | None = None,
) -> FastAPI:
    """Return the centre's HTTP face; `tuf_folder` holds metadata/ and targets/."""
    app = FastAPI(
        title=name,
        description="What the centre knows of its stores, and the releases they download.",
        docs_url=None,  # they load scripts from elsewhere, and a centre may be offline
        redoc_url=None,
        redirect_slashes=False,
        responses=documented(*ALWAYS),
    )
    if door is not None:  # inside of the guard, which turns what it raises into answers
        app.add_middleware(Doorkeeper, revocations=door.revocations, needed=door.needed)
    traffic = guard(app, limits, clock, {CentreUnreadableError: _unreadable})
    for_people = [Depends(people_only)]
    app.include_router(fleet_routes(reads, reads, reads, clock), dependencies=for_people)
    app.include_router(ledger_routes(reads, clock), dependencies=for_people)
    app.include_router(learning_routes(reads, clock), dependencies=for_people)
    app.include_router(rollout_routes(reads, clock), dependencies=for_people)
    app.include_router(demand_routes(reads, clock), dependencies=for_people)
    app.include_router(experiment_routes(reads), dependencies=for_people)
    app.include_router(media_routes(reads, clock), dependencies=for_people)
    own = door.own if door is not None else None
    app.include_router(status_routes(name, reads, clock, traffic, own))
    app.include_router(own_routes(clock))
    if door is not None and door.desk is not None:
        app.include_router(enrol_routes(door.desk, clock, door.pace))
    if door is not None and door.book is not None:
        app.include_router(decision_routes(door.book, clock), dependencies=for_people)
    app.mount("/tuf/metadata", PublishedFiles(tuf_folder / "metadata", ASK_AGAIN))
    app.mount("/tuf/targets", PublishedFiles(tuf_folder / "targets", FOR_GOOD))
    _add_page(app)
    return app


def _add_page(app: FastAPI) -> None:
    """Serve the page and what it is made of."""

    @app.get("/", include_in_schema=False)
    async def dashboard() -> FileResponse:
        """The dashboard."""
        return FileResponse(PAGE / "index.html")

    @app.get("/demand", include_in_schema=False)
    async def demand() -> FileResponse:
        """How the demand forecast fares."""
        return FileResponse(PAGE / "demand.html")

    @app.get("/experiments", include_in_schema=False)
    async def experiments() -> FileResponse:
        """What is tried in the stores."""
        return FileResponse(PAGE / "experiments.html")

    @app.get("/media", include_in_schema=False)
    async def media() -> FileResponse:
        """Campaigns, their money, and what plays brought."""
        return FileResponse(PAGE / "media.html")

    @app.get("/review", include_in_schema=False)
    async def review() -> FileResponse:
        """What stores ask of their facings, and what people say."""
        return FileResponse(PAGE / "review.html")

    app.mount("/page/shared", StaticFiles(directory=SHARED_PAGE))
    app.mount("/page", StaticFiles(directory=PAGE))


def _unreadable(error: Exception) -> Problem:
    """Return the problem of a disk that does not answer."""
    hint = "look at the disk of the centre, and at its log"
    return Problem(503, "centre-unreadable", str(error), hint)
