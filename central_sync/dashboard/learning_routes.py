"""GET /v1/models, /v1/trainings and /v1/releases: what the centre learned and let out, and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from central_sync.core.overview import Release, Training, Version
from central_sync.ports.reads import LearningReads
from endcap.plumbing.clock import Clock

Limit = Annotated[int, Query(ge=1, le=1000)]


@dataclass(frozen=True, slots=True)
class Models:
    """Every registered model; the champion of a kind goes into releases."""

    at: datetime
    models: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Trainings:
    """The last trainings, newest first: candidate against champion, and the reason."""

    at: datetime
    trainings: tuple[Training, ...]


@dataclass(frozen=True, slots=True)
class Releases:
    """The last releases, newest first, and how many stores should want each."""

    at: datetime
    releases: tuple[Release, ...]


def learning_routes(learning: LearningReads, clock: Clock) -> APIRouter:
    """Return the routes about models and releases."""
    router = APIRouter(prefix="/v1", tags=["learning"])

    @router.get("/models")
    async def models() -> Models:
        """Registered models, with their aliases, terms and figures."""
        return Models(clock.now(), await learning.models())

    @router.get("/trainings")
    async def trainings(limit: Limit = 50) -> Trainings:
        """Trainings: promoted, rejected or failed, with both figures and the reason."""
        return Trainings(clock.now(), await learning.trainings(limit))

    @router.get("/releases")
    async def releases(limit: Limit = 50) -> Releases:
        """Releases: which models, signed and revoked when, wanted by how many stores."""
        return Releases(clock.now(), await learning.releases(limit))

    return router
