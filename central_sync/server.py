"""The wiring of the centre's program: builds every adapter and starts every loop.

Nothing is decided here, and nothing imports this but the commands. Lifetimes nest: what is opened
last is closed first, and the loops run under one supervisor. What the loops that speak to stores
are built of is wiring/telling's.
"""

import random
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial

from central_sync.adapters.ack_topics import AckTopics
from central_sync.adapters.admitted_uplink import AdmittedUplink
from central_sync.adapters.authority import CA, Authority
from central_sync.adapters.bundle_files import BundleFiles
from central_sync.adapters.campaign_tables import CampaignTables
from central_sync.adapters.dashboard_reads import DashboardReads
from central_sync.adapters.drift_tables import DriftTables
from central_sync.adapters.enrolment_book import RegistryBook
from central_sync.adapters.enrolment_desk import Alarm, RegistryDesk
from central_sync.adapters.event_retention import EventRetention
from central_sync.adapters.event_tables import EventTables, claim_centre_id
from central_sync.adapters.fleet_tables import FleetTables
from central_sync.adapters.identity_tables import RegistryRevocations
from central_sync.adapters.lake_files import LakeFiles
from central_sync.adapters.model_folders import ModelFolders
from central_sync.adapters.model_registry import ModelRegistry
from central_sync.adapters.model_signatures import ModelSignatures
from central_sync.adapters.own_certificates import OwnCertificates
from central_sync.adapters.parquet_lake import ParquetLake
from central_sync.adapters.plan_file import load_plan
from central_sync.adapters.release_shortcuts import ReleaseShortcuts
from central_sync.adapters.release_tables import ReleaseTables
from central_sync.adapters.review_files import WithReviews
from central_sync.adapters.review_tables import ReviewTables
from central_sync.adapters.rollout_tables import RolloutTables
from central_sync.adapters.schema import migrate
from central_sync.adapters.signing_keys import model_key, online_folder, targets_folder
from central_sync.adapters.training_process import TrainingProcess
from central_sync.adapters.tuf_files import Lifetimes
from central_sync.adapters.tuf_repository import TufRepository
from central_sync.config import CentralConfig, inherited_environment
from central_sync.core.endings import Ending
from central_sync.core.endings import told as told_ending
from central_sync.core.enrolment import Refused
from central_sync.core.rollouts.machine import Rollout, State
from central_sync.core.rollouts.plan import DEFAULT
from central_sync.dashboard.app import Door, create_app
from central_sync.dashboard.bundle_routes import bundle_routes
from central_sync.dashboard.campaign_routes import campaign_routes
from central_sync.dashboard.enrol_routes import Pace
from central_sync.dashboard.review_routes import review_routes
from central_sync.loops.advance_rollouts import Advancing, advance_rollouts
from central_sync.loops.fill_lake import fill_lake
from central_sync.loops.ingest_events import ingest_events
from central_sync.loops.publish_releases import Publishing, publish_releases
from central_sync.loops.retrain import Retraining, retrain
from central_sync.loops.tidy_bundles import tidy_bundles
from central_sync.loops.tidy_lake import tidy_lake
from central_sync.loops.tidy_review import tidy_review
from central_sync.loops.watch_broker import watch_broker
from central_sync.loops.watch_certificates import watch_certificates
from central_sync.loops.watch_drift import watch_drift
from central_sync.loops.watch_states import watch_states
from central_sync.ports.drift import Drifted
from central_sync.wiring.centre import Centre, link
from central_sync.wiring.experimenting import experimenting
from central_sync.wiring.telling import telling
from endcap.plumbing.clock import Clock
from endcap.plumbing.files import held
from endcap.plumbing.http_face.guard import Limits
from endcap.plumbing.http_server import ServerTls, serve
from endcap.plumbing.json_logs import Level, Log
from endcap.plumbing.packaged import reference_models
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.plumbing.supervisor import Loop, LoopHealth, Report, supervise
from endcap.wire.topics import Channel, from_every_store


async def run(config: CentralConfig, log: Log, clock: Clock, rng: random.Random) -> None:
    """Run the centre until cancelled.

    Raises:
        OSError, sqlite3.Error: the folder or the database cannot be opened, or another centre
            works in it.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(held(config.centre.folder))
        file = await stack.enter_async_context(open_sqlite(config.centre.database, migrate))
        registry = ModelRegistry(file, config.centre.registry)
        imported = await registry.import_references(reference_models(), clock.now())
        identity = await claim_centre_id(file, secrets.token_hex(8))
        centre = Centre(config, clock, rng, file, identity, registry)
        loops: dict[str, Loop] = {
            "http": _http(centre, log),
            "watch-certificates": partial(
                watch_certificates, _own_certificates(config), _tell_ending(log), clock
            ),
            **await _stores(centre, stack, _tell_broker(config, log)),
            **await telling(centre, stack, log),
            **await experimenting(centre, stack, log),
            **_learning(centre, log),
            **_releasing(centre, log),
            **_rolling_out(centre, log),
        }
        told = {"imported": ", ".join(imported)} if imported else {}
        log.say("info", "centre-started", f"{config.centre.name} serves", **told)
        await supervise(loops, clock, rng, _report(log))


def _http(centre: Centre, log: Log) -> Loop:
    """Return the loop that answers HTTP."""
    http = centre.config.http
    reads = DashboardReads(centre.file)
    app = create_app(
        reads,
        centre.config.centre.tuf,
        centre.clock,
        Limits(hosts=frozenset(http.allowed_hosts)),
        centre.config.centre.name,
        _door(centre, log),
    )
    bundles = BundleFiles(centre.file, centre.config.centre.bundles)
    app.include_router(bundle_routes(bundles, centre.clock))
    app.include_router(campaign_routes(CampaignTables(centre.file), reads, centre.clock))
    app.include_router(review_routes(ReviewTables(centre.file), centre.clock))
    own = http.tls
    tls = ServerTls(own.certificate, own.key, own.client_ca) if own else None
    return partial(serve, app, http.host, http.port, tls=tls)


def _door(centre: Centre, log: Log) -> Door:
    """Return how stores are known at the centre; they become known where it has an authority."""
    config, tls = centre.config, centre.config.http.tls
    needed = tls is not None and tls.client_ca is not None and tls.people_too
    revocations, own = RegistryRevocations(centre.file), _own_certificates(config)
    if not (config.authority / CA).exists():
        return Door(revocations, needed, own=own)
    each = config.enrolment.questions_per_second
    authority = Authority(config.authority)
    rules = config.enrolment.rules
    desk = RegistryDesk(centre.file, authority, rules, _tell_refusal(log))
    book = RegistryBook(centre.file, authority, rules)
    return Door(revocations, needed, desk, book, Pace(each, 5 * each), own)


def _own_certificates(config: CentralConfig) -> OwnCertificates:
    """Return the certificates by which the centre and its broker are known."""
    return OwnCertificates(config.authority, config.certificates)


def _tell_ending(log: Log) -> Callable[[Ending, datetime], None]:
    """Return who hears of certificates that end: the log."""

    def tell(one: Ending, at: datetime) -> None:
        if one.ends <= at:
            log.say("error", "certificate-ended", told_ending(one, at))
        else:
            log.say("warning", "certificate-ends-soon", told_ending(one, at))

    return tell


def _tell_refusal(log: Log) -> Alarm:
    """Return who hears of questions about certificates that are no slip: the log."""

    def tell(refused: Refused, store: str, place: str) -> None:
        log.say("warning", refused.code, refused.why, store=store, asked_from=place)

    return tell


def _tell_broker(config: CentralConfig, log: Log) -> Callable[[bool], None]:
    """Return who hears that the broker went or came back: the log."""
    where = f"{config.mqtt.host}:{config.mqtt.port}"

    def tell(up: bool) -> None:  # noqa: FBT001 - the one thing to tell
        if up:
            log.say("info", "broker-reached", f"the broker {where} answers again")
        else:
            said = f"the broker {where} does not answer; stores keep what they have to tell"
            log.say("error", "broker-unreachable", said)

    return tell


async def _stores(
    centre: Centre, stack: AsyncExitStack, tell: Callable[[bool], None]
) -> dict[str, Loop]:
    """Return the loops that listen to the stores."""
    shared = centre.config.mqtt.shared_subscription
    ingest = await link(centre, stack, "ingest", from_every_store(Channel.EVENTS, shared=shared))
    states = await link(centre, stack, "states", from_every_store(Channel.STATE))
    events = EventTables(centre.file)
    admitted = AdmittedUplink(ingest, centre.file)
    acks = AckTopics(ingest, centre.identity)  # one for both: it never tells less than before
    fleet = FleetTables(centre.file)
    return {
        "ingest": partial(ingest_events, admitted, events, acks, centre.clock),
        "states": partial(watch_states, states, fleet, events, acks, centre.clock),
        "watch-broker": partial(watch_broker, lambda: ingest.connected, tell, centre.clock),
        "tidy-bundles": partial(
            tidy_bundles,
            BundleFiles(centre.file, centre.config.centre.bundles),
            centre.config.remote.keep_bundles,
            centre.clock,
        ),
        "tidy-review": partial(
            tidy_review,
            ReviewTables(centre.file),
            centre.config.review.keep_waiting,
            centre.config.review.keep_answered,
            centre.clock,
        ),
    }


def _learning(centre: Centre, log: Log) -> dict[str, Loop]:
    """Return the loops that learn from what the stores sent."""
    config, clock = centre.config, centre.clock
    lake = ParquetLake(centre.file, config.centre.lake)
    loops: dict[str, Loop] = {
        "fill-lake": partial(fill_lake, lake, clock, every=config.lake.every),
        "tidy-lake": partial(
            tidy_lake,
            lake,
            EventRetention(centre.file),
            config.lake.keep,
            config.lake.recent,
            clock,
        ),
        "watch-drift": partial(
            watch_drift, DriftTables(centre.file), _tell_drift(log), clock, every=config.lake.every
        ),
    }
    if config.training.enabled:
        workshop = TrainingProcess(
            WithReviews(LakeFiles(config.centre.lake), config.centre.database),
            config.centre.work,
            inherited_environment(),
            executor=config.training.executor.words,
        )
        means = Retraining(book=centre.registry, registry=centre.registry, workshop=workshop)
        loops["retrain"] = partial(
            retrain, means, config.training.rules, clock, config.training.check_every
        )
    return loops


def _releasing(centre: Centre, log: Log) -> dict[str, Loop]:
    """Return the loop that signs and publishes, where there are keys to do it with."""
    settings = centre.config.releases
    if settings.keys_folder is None:
        return {}
    means, _ = publishing(centre.config, ReleaseTables(centre.file, centre.config.centre.registry))
    return {
        "publish-releases": partial(
            publish_releases,
            means,
            centre.clock,
            automatic=settings.automatic,
            tell=partial(log.say, "warning", "release-refused"),
        )
    }


def _rolling_out(centre: Centre, log: Log) -> dict[str, Loop]:
    """Return the loop that brings releases to the stores in waves."""
    settings, releases = centre.config.rollouts, centre.config.releases
    plan = load_plan(settings.plan) if settings.plan else DEFAULT
    by_itself = settings.automatic and releases.automatic and releases.keys_folder is not None
    means = Advancing(RolloutTables(centre.file), plan if by_itself else None, _tell_rollout(log))
    advancing = partial(advance_rollouts, means, centre.clock, every=settings.check_every)
    return {"advance-rollouts": advancing}


def _tell_drift(log: Log) -> Callable[[Drifted], None]:
    """Return who hears of forecasts that drift: the log."""

    def tell(one: Drifted) -> None:
        what = f"{one.store}{f', {one.group}' if one.group else ''}: {one.change.why}"
        if one.change.opened:
            log.say("warning", "drift-opened", what, store=one.store)
        else:
            log.say("info", "drift-closed", what, store=one.store)

    return tell


def _tell_rollout(log: Log) -> Callable[[Rollout], None]:
    """Return who hears how rollouts go: the log."""

    def tell(one: Rollout) -> None:
        what = f"rollout {one.number} of release {one.release} is {one.state.value}"
        level: Level = "warning" if one.state in (State.STOPPED, State.REVERTING) else "info"
        log.say(level, f"rollout-{one.state.value.replace('_', '-')}", f"{what}: {one.reason}")

    return tell


def publishing(config: CentralConfig, tables: ReleaseTables) -> tuple[Publishing, TufRepository]:
    """Wire what publishing works with at the centre that `config` describes."""
    keys = config.releases.keys_folder
    lifetimes = Lifetimes(
        snapshot=config.releases.snapshot_expiry, timestamp=config.releases.timestamp_expiry
    )
    online = online_folder(keys) if keys else config.centre.folder / "keys"
    repository = TufRepository(config.centre.tuf, online, lifetimes=lifetimes)
    at_hand = targets_folder(keys) if keys else None
    shortcuts = ReleaseShortcuts(repository, reference_models())
    key = model_key(keys) if keys and config.releases.model_signatures else None
    folders = ModelFolders(ModelSignatures(key) if key else None)
    means = Publishing(tables, tables, folders, repository, shortcuts, at_hand)
    return means, repository


def _report(log: Log) -> Report:
    """Return who hears of loops that fail and recover."""

    async def report(change: LoopHealth) -> None:
        if change.ok:
            log.say("info", "loop-recovered", "works again", loop=change.loop)
        else:
            log.say("error", "loop-failed", change.problem, loop=change.loop)

    return report
