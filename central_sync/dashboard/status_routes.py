"""GET /v1/health/* and /metrics: how the centre stands, for machines."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from central_sync.core.endings import Ending, ending_soon
from central_sync.core.fleet import Presence, presence
from central_sync.dashboard.fleet_routes import PATIENCE
from central_sync.ports.identity import Certificates
from central_sync.ports.reads import FleetReads, GapReads
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.metrics import Sample, Traffic, exposition
from endcap.plumbing.http_face.problems import documented

MAX_GAPS = 100_000


@dataclass(frozen=True, slots=True)
class Alive:
    """The program runs."""

    alive: Literal[True] = True


@dataclass(frozen=True, slots=True)
class Ready:
    """The centre of this name can answer; `stores` were ever heard.

    `ends_soon` are certificates of its own that end within 30 days, or have ended.
    """

    name: str
    stores: int
    ends_soon: tuple[Ending, ...] = ()
    ready: Literal[True] = True


def status_routes(
    name: str,
    fleet: FleetReads,
    gaps: GapReads,
    clock: Clock,
    traffic: Traffic,
    own: Certificates | None = None,
) -> APIRouter:
    """Return the routes about the centre as a whole; `own` are the certificates it is known by."""
    router = APIRouter(tags=["status"])

    @router.get("/v1/health/live")
    async def live() -> Alive:
        """The program runs."""
        return Alive()

    @router.get("/v1/health", responses=documented(503))
    async def ready() -> Ready:
        """The centre can answer."""
        endings = await own.endings() if own else ()
        return Ready(name, len(await fleet.last_seen()), ending_soon(endings, clock.now()))

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> PlainTextResponse:
        """Figures in Prometheus' text format."""
        at, seen = clock.now(), await fleet.last_seen()
        judged = [presence(one, at, PATIENCE) for one in seen]
        empty = len(await gaps.open_gaps(None, MAX_GAPS))
        ends = _ends(await own.endings() if own else ())
        samples = [*_samples(judged, empty), *ends, *traffic.samples()]
        return PlainTextResponse(exposition(samples), media_type="text/plain; version=0.0.4")

    return router


def _samples(judged: list[Presence], empty: int) -> Iterable[Sample]:
    for one in Presence:
        labels = {"presence": one.value}
        yield Sample("endcap_stores", judged.count(one), labels, "Stores by when they were heard.")
    yield Sample("endcap_fleet_open_gaps", empty, {}, "Facings that stand empty in the fleet.")


def _ends(endings: Iterable[Ending]) -> Iterable[Sample]:
    what = "When a certificate of the centre or its broker ends, in seconds since 1970."
    for one in endings:
        labels = {"certificate": one.name}
        yield Sample("endcap_certificate_ends_seconds", one.ends.timestamp(), labels, what)
