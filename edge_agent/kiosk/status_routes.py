"""GET /v1/health/*, /v1/status and /metrics: how the store stands, for people and for machines.

The store serves whatever else fails, so ready means only that its own database answers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from edge_agent.core.knowledge import Knowledge
from edge_agent.kiosk.facts import KINDS, StoreFacts, knowledge_of, seconds_since
from edge_agent.kiosk.vision_samples import vision_samples
from edge_agent.ports.kiosk import (
    CameraStanding,
    RefusedFile,
    Standing,
    StatusReads,
    StoreUnreadableError,
    UpdateStanding,
)
from edge_agent.ports.models import Models, Site
from edge_agent.ports.vision import VisionPace, VisionReads
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.metrics import Sample, Traffic, exposition
from endcap.plumbing.http_face.problems import Problem, documented


@dataclass(frozen=True, slots=True)
class Alive:
    """The program runs."""

    alive: Literal[True] = True


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the store that fails now, by a stable code."""

    part: str
    code: str
    detail: str
    since: datetime
    age_s: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The store answers; `degraded` names what it does without."""

    degraded: tuple[Part, ...]
    ready: Literal[True] = True


@dataclass(frozen=True, slots=True)
class RunningModel:
    """A model that serves now."""

    kind: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class FeedStanding:
    """What one source said of the days to come: its version, its age, its rows by subject."""

    source: str
    version: int
    told_at: datetime
    heard_at: datetime
    heard_age_s: int
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """How the store stands. `release` 0 came with the program; None is not known."""

    at: datetime
    store: str
    name: str
    currency: str
    agent: str
    epoch: str | None
    release: int
    models: tuple[RunningModel, ...]
    update: UpdateStanding | None
    cameras: tuple[CameraStanding, ...]
    degraded: tuple[Part, ...]
    refused_files: tuple[RefusedFile, ...]
    feeds: tuple[FeedStanding, ...]
    items: int
    facings: int
    open_gaps: int
    low_facings: int
    unknown_facings: int
    outbox_waiting: int
    outbox_oldest: datetime | None
    centre_heard: datetime | None
    centre_heard_age_s: int | None
    knowledge: Knowledge
    vision: VisionPace


def status_routes(
    reads: StatusReads,
    models: Models,
    store: StoreFacts,
    clock: Clock,
    traffic: Traffic,
    vision: VisionReads,
) -> APIRouter:
    """Return the routes about the store as a whole."""
    router = APIRouter(tags=["status"])

    @router.get("/v1/health/live")
    async def live() -> Alive:
        """The program runs."""
        return Alive()

    @router.get("/v1/health/ready", responses=documented(503))
    async def ready() -> Ready:
        """The store can answer; what is degraded is listed and does not make it unready."""
        try:
            standing = await reads.standing()
        except StoreUnreadableError as error:
            hint = "run edge-agent doctor on the device"
            raise Problem(503, "store-unreadable", str(error), hint) from error
        return Ready(_parts(standing, clock.now()))

    @router.get("/v1/status")
    async def status() -> StatusAnswer:
        """The store: what it runs, what its cameras are worth, what waits for the centre."""
        site, at = models.current, clock.now()
        known = knowledge_of(await reads.heard(), site, store, at)
        return _status(await reads.standing(), site, store, known, vision.pace, at)

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> PlainTextResponse:
        """Figures in Prometheus' text format."""
        site = models.current
        stands = _samples(await reads.standing(), site, clock.now())
        samples = [*stands, *vision_samples(vision.pace), *traffic.samples()]
        return PlainTextResponse(exposition(samples), media_type="text/plain; version=0.0.4")

    return router


def _status(
    standing: Standing,
    site: Site,
    store: StoreFacts,
    known: Knowledge,
    pace: VisionPace,
    at: datetime,
) -> StatusAnswer:
    return StatusAnswer(
        at=at,
        store=store.store,
        name=store.name,
        currency=store.currency,
        agent=store.agent,
        epoch=standing.epoch,
        release=site.release,
        models=_models(site),
        update=standing.update,
        cameras=standing.cameras,
        degraded=_parts(standing, at),
        refused_files=standing.refused_files,
        feeds=_feeds(standing, at),
        items=standing.items,
        facings=standing.facings,
        open_gaps=standing.open_gaps,
        low_facings=standing.low_facings,
        unknown_facings=standing.unknown_facings,
        outbox_waiting=standing.outbox_waiting,
        outbox_oldest=standing.outbox_oldest,
        centre_heard=standing.centre_heard,
        centre_heard_age_s=seconds_since(standing.centre_heard, at),
        knowledge=known,
        vision=pace,
    )


def _models(site: Site) -> tuple[RunningModel, ...]:
    found = ((kind, site.manifest(kind)) for kind in KINDS)
    return tuple(RunningModel(kind, m.version, m.model.sha256) for kind, m in found if m)


def _feeds(standing: Standing, at: datetime) -> tuple[FeedStanding, ...]:
    return tuple(
        FeedStanding(
            source=one.source,
            version=one.version,
            told_at=one.told_at,
            heard_at=one.heard_at,
            heard_age_s=seconds_since(one.heard_at, at) or 0,
            rows=one.rows,
        )
        for one in standing.feeds
    )


def _parts(standing: Standing, at: datetime) -> tuple[Part, ...]:
    return tuple(
        Part(one.part, one.code, one.detail, one.since, seconds_since(one.since, at) or 0)
        for one in standing.degraded
    )


def _samples(standing: Standing, site: Site, at: datetime) -> Iterable[Sample]:
    """Yield the store's own figures."""
    yield Sample("endcap_release", site.release, {}, "The release that serves; 0 is built in.")
    yield Sample("endcap_items", standing.items, {}, "Items in the catalogue.")
    yield Sample("endcap_open_gaps", standing.open_gaps, {}, "Facings that stand empty.")
    yield Sample("endcap_low_facings", standing.low_facings, {}, "Facings to refill soon.")
    unknown = standing.unknown_facings
    yield Sample("endcap_unknown_facings", unknown, {}, "Facings of which nothing is known.")
    yield Sample("endcap_outbox_waiting", standing.outbox_waiting, {}, "Events not yet acked.")
    heard = seconds_since(standing.centre_heard, at)
    if heard is not None:
        yield Sample("endcap_centre_heard_age_seconds", heard, {}, "Since the centre was heard.")
    for camera in standing.cameras:
        ok = camera.condition == "ok"
        yield Sample("endcap_camera_ok", ok, {"camera": camera.camera}, "1 while it is believed.")
    for part in _parts(standing, at):
        labels = {"part": part.part, "code": part.code}
        yield Sample("endcap_degraded_seconds", part.age_s, labels, "How long a part has failed.")
