"""The wiring of the store's program: builds every adapter and starts every loop.

Nothing is decided here, and nothing imports this but the commands. Lifetimes nest: what is opened
last is closed first, and the loops run under one supervisor.
"""

import random
import secrets
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import time
from functools import partial
from importlib.metadata import version
from zoneinfo import ZoneInfo

import httpx

from edge_agent.adapters.cameras import ThreadedCamera
from edge_agent.adapters.catalogue_index import CatalogueIndex
from edge_agent.adapters.drop_folder import DropFolder
from edge_agent.adapters.feed_intake import SqliteIntake
from edge_agent.adapters.feed_tables import FeedTables
from edge_agent.adapters.forecast_tables import ForecastTables, ScoreTables
from edge_agent.adapters.gap_models import SiteGapModels
from edge_agent.adapters.history_tables import HistoryTables
from edge_agent.adapters.kiosk_desk import KioskDesk
from edge_agent.adapters.kiosk_reads import KioskReads
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.model_slots import ModelSlots
from edge_agent.adapters.outbox_table import OutboxTable
from edge_agent.adapters.rehearsal import ChildRehearsal, RehearsalLimits
from edge_agent.adapters.sales_tables import BasketTables, DayTables
from edge_agent.adapters.schema import migrate
from edge_agent.adapters.shelf_tables import ShelfTables
from edge_agent.adapters.shopper_reads import ShopperTables
from edge_agent.adapters.spoken import (
    SpokenCamera,
    SpokenHealth,
    SpokenIntake,
    SpokenJournal,
    SpokenShelves,
)
from edge_agent.adapters.store_life import HealthTable, Identity, begin_life
from edge_agent.adapters.store_state import About, StoreStateTables
from edge_agent.adapters.tuf_releases import Source, TufReleases
from edge_agent.adapters.update_tables import UpdateTables
from edge_agent.adapters.uplink import LastPace, LoggedComplaints, MqttUplink
from edge_agent.config import EdgeConfig, UpdateSettings
from edge_agent.core.baskets import BasketRule
from edge_agent.core.facing import Opening
from edge_agent.core.feed.kinds import FeedKind
from edge_agent.core.outbox import ShedPolicy
from edge_agent.core.update import ProbationRules
from edge_agent.kiosk.app import KioskPorts, create_app
from edge_agent.kiosk.facts import KINDS, StoreFacts
from edge_agent.loops.follow_files import Followed, follow_files, follow_once
from edge_agent.loops.make_forecasts import make_forecasts
from edge_agent.loops.read_sales import read_sales
from edge_agent.loops.receive_commands import receive_commands, take_ack, take_credit
from edge_agent.loops.report_state import report_state
from edge_agent.loops.send_outbox import send_outbox
from edge_agent.loops.tally_sales import Books, tally_sales
from edge_agent.loops.tidy_up import tidy_up
from edge_agent.loops.update_models import Updating, restore, update_models
from edge_agent.loops.watch_centre import watch_centre
from edge_agent.loops.watch_link import watch_link
from edge_agent.loops.watch_models import watch_models
from edge_agent.loops.watch_shelves import Shelves, watch_shelves
from edge_agent.ports.sales import FeedUnreadableError
from edge_agent.ports.sync import Retention, Takers
from edge_agent.ports.updates import UpdateError
from endcap.plumbing.clock import Clock
from endcap.plumbing.files import held
from endcap.plumbing.http_face.guard import Limits
from endcap.plumbing.http_server import serve
from endcap.plumbing.json_logs import Log
from endcap.plumbing.mqtt_link import open_link
from endcap.plumbing.packaged import reference_models
from endcap.plumbing.sqlite_file import SqliteFile, StorageError, open_sqlite
from endcap.plumbing.supervisor import Loop, LoopHealth, Report, supervise
from endcap.wire.commands import Feed
from endcap.wire.events import HealthChanged
from endcap.wire.topics import everything_down

SHED_SHARE = 2  # the outbox may take half of the database's room


@dataclass(frozen=True, slots=True)
class Agent:
    """What every part of the agent stands on."""

    config: EdgeConfig
    log: Log
    clock: Clock
    rng: random.Random
    version: str
    file: SqliteFile
    identity: Identity
    slots: ModelSlots
    opening: Opening
    intake: SpokenIntake
    health: SpokenHealth
    outbox: OutboxTable  # one for all: it remembers what the centre has


async def run(config: EdgeConfig, log: Log, clock: Clock, rng: random.Random) -> None:
    """Run the store until cancelled.

    Raises:
        OSError, StorageError, sqlite3.Error: the folder cannot be written, another agent works in
            it, or the database cannot be opened.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(held(config.storage.folder))
        agent = await _begin(config, log, clock, rng, stack)
        with suppress(FeedUnreadableError, StorageError):  # the loop tells it
            await follow_once(_followed(agent), agent.intake, clock.now())
        loops = {
            "kiosk": _kiosk(agent),
            **await _updates(agent, stack),
            **await _cameras(agent, stack),
            **_sales(agent),
            **await _centre(agent, stack),
        }
        log.say("info", "agent-started", f"store {config.store.id} serves", version=agent.version)
        await supervise(loops, clock, rng, _report(agent))


async def _begin(
    config: EdgeConfig, log: Log, clock: Clock, rng: random.Random, stack: AsyncExitStack
) -> Agent:
    """Open the database and note the start."""
    storage, models = config.storage, config.models
    file = await stack.enter_async_context(
        open_sqlite(storage.database, migrate, max_bytes=storage.max_size)
    )
    agent = version("endcap")
    device = config.store.device or "unknown"
    identity = await begin_life(file, agent, device, clock.now(), secrets.token_bytes)
    opens, closes = (time.fromisoformat(one) for one in config.store.opening.split("-"))
    zone = ZoneInfo(config.store.timezone)
    return Agent(
        config=config,
        log=log,
        clock=clock,
        rng=rng,
        version=agent,
        file=file,
        identity=identity,
        slots=ModelSlots(
            ModelFolder(storage.models),
            models.reference_folder or reference_models(),
            threads=models.threads,
        ),
        opening=Opening(opens, closes, zone),
        intake=SpokenIntake(SqliteIntake(file, zone, identity.shopper_key, storage.retention), log),
        health=SpokenHealth(HealthTable(file), log),
        outbox=OutboxTable(file, config.store.id, identity.epoch),
    )


def _kiosk(agent: Agent) -> Loop:
    """Return the loop that answers HTTP."""
    config, file = agent.config, agent.file
    ports = KioskPorts(
        reads=KioskReads(file),
        shoppers=ShopperTables(file, agent.identity.shopper_key, agent.clock),
        catalogue=CatalogueIndex(file, agent.clock),
        desk=KioskDesk(file, agent.identity.shopper_key),
        models=agent.slots,
    )
    facts = StoreFacts(
        store=config.store.id,
        name=config.store.name or config.store.id,
        opening=agent.opening,
        agent=agent.version,
        currency=config.store.currency,
        keeps=config.storage.retention,
    )
    limits = Limits(hosts=frozenset(config.kiosk.allowed_hosts))
    app = create_app(ports, facts, agent.clock, limits)
    return partial(serve, app, config.kiosk.host, config.kiosk.port)


async def _updates(agent: Agent, stack: AsyncExitStack) -> dict[str, Loop]:
    """Load the models that serve; return the loops that watch them, and that bring better ones.

    A store without a source serves what it has, or what came with the program.
    """
    settings, tables = agent.config.updates, UpdateTables(agent.file)
    watching = partial(watch_models, lambda: agent.slots.problems, agent.health, agent.clock)
    if settings is None:
        try:
            agent.slots.swap(await agent.slots.prepare(await tables.serving()))
        except UpdateError as error:
            agent.log.say("warning", "release-lost", str(error))
            agent.slots.swap(await agent.slots.prepare(None))
        agent.slots.settle()
        return {"watch-models": watching}
    means = _updating(agent, settings, tables, stack)
    await restore(means)
    return {"watch-models": watching, "update-models": partial(update_models, means, agent.rng)}


def _updating(
    agent: Agent, settings: UpdateSettings, tables: UpdateTables, stack: AsyncExitStack
) -> Updating:
    """Return what an update works with."""
    storage = agent.config.storage
    files = ModelFolder(storage.models)
    client = stack.enter_context(httpx.Client(verify=_verified(settings), timeout=10.0))
    source = Source(f"{settings.url}/tuf", settings.root.read_bytes(), agent.version)
    return Updating(
        journal=SpokenJournal(tables, agent.log),
        servings=tables,
        releases=TufReleases(source, storage.tuf, files, client, agent.clock),
        files=files,
        rehearsal=ChildRehearsal(RehearsalLimits()),
        slots=agent.slots,
        clock=agent.clock,
        probation=ProbationRules(duration=settings.probation),
    )


async def _cameras(agent: Agent, stack: AsyncExitStack) -> dict[str, Loop]:
    """Open every camera; return the loop that watches each."""
    tables = ShelfTables(agent.file)
    shelves = Shelves(SiteGapModels(agent.slots), tables, SpokenShelves(tables, agent.log))
    loops: dict[str, Loop] = {}
    for one in agent.config.cameras:
        camera = await stack.enter_async_context(
            ThreadedCamera(one.name, one.source, one.every, agent.clock)
        )
        spoken = SpokenCamera(camera, agent.log)
        loops[f"camera.{one.name}"] = partial(watch_shelves, spoken, shelves, agent.clock)
    return loops


def _sales(agent: Agent) -> dict[str, Loop]:
    """Return the loops from receipts to forecasts."""
    config, file, clock = agent.config, agent.file, agent.clock
    books = Books(DayTables(file), BasketTables(file), ScoreTables(file))
    sales = config.sales
    rule = BasketRule(sales.minimum_group, sales.basket_period) if sales else BasketRule(5)
    loops: dict[str, Loop] = {
        "tally-sales": partial(tally_sales, books, agent.opening, rule, clock),
        "make-forecasts": partial(
            make_forecasts, ForecastTables(file), agent.slots, agent.opening.zone, clock
        ),
        "tidy-up": partial(
            tidy_up,
            agent.outbox,
            HistoryTables(file),
            ShedPolicy(config.outbox.max_rows, config.storage.max_size // SHED_SHARE),
            Retention(config.storage.sent, config.storage.retention),
            clock,
        ),
    }
    followed = _followed(agent)
    if followed:
        loops["follow-files"] = partial(follow_files, followed, agent.intake, clock)
    if config.sales is not None:
        folder = DropFolder(config.sales.drop_folder, clock)
        loops["read-sales"] = partial(read_sales, folder, agent.intake, clock)
    return loops


def _followed(agent: Agent) -> list[Followed]:
    """Return the files that say what the store sells and where it stands."""
    config = agent.config
    sections = {FeedKind.CATALOGUE: config.catalogue, FeedKind.PLANOGRAM: config.planogram}
    return [
        Followed(kind, DropFolder(section.file.parent, agent.clock), section.file.name)
        for kind, section in sections.items()
        if section is not None
    ]


async def _centre(agent: Agent, stack: AsyncExitStack) -> dict[str, Loop]:
    """Return the loops that speak with the centre; none where the store stands alone."""
    config, clock, file = agent.config, agent.clock, agent.file
    if config.mqtt is None:
        return {}
    link = await stack.enter_async_context(
        open_link(
            config.mqtt.broker(config.store.id),
            [everything_down(config.store.id)],
            clock,
            agent.rng,
        )
    )
    complaints, pace = LoggedComplaints(), LastPace()
    uplink = MqttUplink(link, config.store.id, complaints)
    outbox = agent.outbox
    about = About(config.store.id, agent.identity.epoch, agent.version, KINDS)
    source = StoreStateTables(file, agent.slots, about)
    takers = Takers(
        store=config.store.id,
        ack=partial(take_ack, outbox, complaints, clock),
        desired=UpdateTables(file).wish if config.updates else None,
        feed=_feed_taker(file, clock),
        credit=partial(take_credit, pace),
    )
    return {
        "send-outbox": partial(
            send_outbox, outbox, uplink, pace, clock, config.outbox.resend_after
        ),
        "receive-commands": partial(receive_commands, uplink, takers, complaints),
        "report-state": partial(report_state, source, uplink, clock),
        "watch-centre": partial(watch_centre, KioskReads(file), agent.health, clock),
        "watch-link": partial(watch_link, uplink, agent.health, clock),
    }


def _feed_taker(file: SqliteFile, clock: Clock) -> Callable[[Feed], Awaitable[None]]:
    """Return who keeps what the centre knows of the days to come."""
    tables = FeedTables(file)

    async def take(feed: Feed) -> None:
        await tables.take(feed, clock.now())

    return take


def _verified(settings: UpdateSettings) -> ssl.SSLContext | bool:
    """Return how the centre's certificate is checked, and ours shown."""
    tls = settings.tls
    if tls is None:
        return True
    context = ssl.create_default_context(cafile=str(tls.ca))
    if tls.certificate is not None:
        context.load_cert_chain(tls.certificate, tls.key)
    return context


def _report(agent: Agent) -> Report:
    """Return who hears of loops that fail and recover: the log, the status page, the centre."""
    health = HealthTable(agent.file)

    async def report(change: LoopHealth) -> None:
        code = "loop-recovered" if change.ok else "loop-failed"
        said = change.problem or "works again"
        agent.log.say("info" if change.ok else "error", code, said, loop=change.loop)
        body = HealthChanged(
            part=f"loop.{change.loop}", ok=change.ok, code=code, detail=change.problem[:300]
        )
        with suppress(StorageError):  # the log has it
            await health.record(body, agent.clock.now())

    return report
