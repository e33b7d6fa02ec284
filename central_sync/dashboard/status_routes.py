"""GET /v1/health/* and /metrics: how the centre stands, for machines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from central_sync.core.drift import Sign
from central_sync.core.endings import Ending, ending_soon
from central_sync.core.fleet import Presence, presence
from central_sync.core.media.accounts import Flag, Standing
from central_sync.core.media.life import State
from central_sync.core.media.plan import MICROS
from central_sync.core.media.records import Kept, LedgerTotals
from central_sync.dashboard.fleet_routes import PATIENCE
from central_sync.ports.identity import Certificates
from central_sync.ports.media import MediaReads
from central_sync.ports.reads import DemandReads, FleetReads, ShelfReads
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.metrics import Sample, Traffic, exposition
from endcap.plumbing.http_face.problems import documented

MAX_GAPS = 100_000


class Counted(FleetReads, ShelfReads, DemandReads, MediaReads, Protocol):
    """What is counted here."""


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
    reads: Counted,
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
        return Ready(name, len(await reads.last_seen()), ending_soon(endings, clock.now()))

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> PlainTextResponse:
        """Figures in Prometheus' text format."""
        at, seen = clock.now(), await reads.last_seen()
        judged = [presence(one, at, PATIENCE) for one in seen]
        empty = len(await reads.open_gaps(None, MAX_GAPS))
        unknown = len(await reads.unknown_facings(None, MAX_GAPS))
        ends = _ends(await own.endings() if own else ())
        drift = _drift(await reads.open_alarms())
        media = _media(await reads.campaigns(), await reads.media_ledger(at))
        samples = [*_samples(judged, empty, unknown), *drift, *ends, *media, *traffic.samples()]
        return PlainTextResponse(exposition(samples), media_type="text/plain; version=0.0.4")

    return router


def _samples(judged: list[Presence], empty: int, unknown: int) -> Iterable[Sample]:
    for one in Presence:
        labels = {"presence": one.value}
        yield Sample("endcap_stores", judged.count(one), labels, "Stores by when they were heard.")
    yield Sample("endcap_fleet_open_gaps", empty, {}, "Facings that stand empty in the fleet.")
    what = "Facings of which nothing is known in the fleet."
    yield Sample("endcap_fleet_unknown_facings", unknown, {}, what)


def _drift(alarms: Mapping[str, int]) -> Iterable[Sample]:
    what = (
        "Forecasts that drift: too high, too low, too far off, or intervals that hold too little."
    )
    for sign in get_args(Sign):
        yield Sample("endcap_drift_alarms", alarms.get(sign, 0), {"sign": sign}, what)


def _ends(endings: Iterable[Ending]) -> Iterable[Sample]:
    what = "When a certificate of the centre or its broker ends, in seconds since 1970."
    for one in endings:
        labels = {"certificate": one.name}
        yield Sample("endcap_certificate_ends_seconds", one.ends.timestamp(), labels, what)


def _media(campaigns: Iterable[Kept], ledger: LedgerTotals) -> Iterable[Sample]:
    what = "Money of running campaigns, in the currency."
    for one in campaigns:
        if one.state is State.RUNNING:
            money = {"budget": one.balance.budget, "spent": one.balance.spent}
            for part, micros in {**money, "leased": one.balance.leased}.items():
                labels = {"campaign": one.plan.campaign, "part": part}
                yield Sample("endcap_campaign_money", micros / MICROS, labels, what)
    yield Sample("endcap_media_plays", ledger.plays, {}, "Plays in the ledger.")
    for standing in Standing:
        labels = {"standing": standing.value}
        count = ledger.leases.get(standing.value, 0)
        yield Sample("endcap_media_leases", count, labels, "Leases by where they stand.")
    for flag in (one for one in Flag if one is not Flag.NONE):
        labels = {"flag": flag.value}
        count = ledger.flagged.get(flag.value, 0)
        yield Sample("endcap_media_plays_flagged", count, labels, "Plays that do not fit, by why.")
