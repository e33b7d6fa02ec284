"""What every part of the store's program stands on: opened once, passed to each part."""

import asyncio
import random
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

from edge_agent.adapters.answer_tables import AnswerTables
from edge_agent.adapters.cameras import ThreadedCamera
from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.erasure_file import ErasureFile
from edge_agent.adapters.feed_intake import SqliteIntake
from edge_agent.adapters.gap_models import SiteGapModels
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.model_slots import ModelSlots
from edge_agent.adapters.offer_reads import OfferTables
from edge_agent.adapters.outbox_table import OutboxTable
from edge_agent.adapters.reference_tables import ReferenceTables
from edge_agent.adapters.schema import migrate
from edge_agent.adapters.service_watchdog import ServiceWatchdog
from edge_agent.adapters.spoken import (
    SpokenHealth,
    SpokenIntake,
)
from edge_agent.adapters.stages import Stages
from edge_agent.adapters.store_bundle import Findings, Subject
from edge_agent.adapters.store_figures import FiguresOfStore
from edge_agent.adapters.store_life import HealthTable, Identity, begin_life
from edge_agent.adapters.vision_worker import VisionWorker
from edge_agent.config import EdgeConfig
from edge_agent.core.facing import Opening
from edge_agent.core.feed.item_codes import InStoreCode, ItemCodes
from edge_agent.ports.remote import SettingsJudge
from edge_agent.settings.feeds import SalesSettings
from endcap import __version__
from endcap.plumbing.clock import Clock
from endcap.plumbing.json_logs import Log
from endcap.plumbing.memory import keep_little
from endcap.plumbing.packaged import reference_models
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite


@dataclass(frozen=True, slots=True)
class Launch:
    """What whoever started the program lends it, so that the centre may change and ask things.

    `judge` says why settings from afar cannot be had, `subject` and `examine` are for reports,
    `started` is called when all is set up, `stopping` when the program begins to end in order to
    start again, and `watchdog` is told that it gets on.
    """

    judge: SettingsJudge
    subject: Subject
    examine: Findings
    started: Callable[[], None]
    stopping: Callable[[], None]
    watchdog: ServiceWatchdog | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """What every part of the agent stands on. Setting `again` ends it, to be started again."""

    config: EdgeConfig
    log: Log
    clock: Clock
    rng: random.Random
    version: str
    file: SqliteFile
    identity: Identity
    slots: ModelSlots
    opening: Opening
    cards: CardReader
    intake: SpokenIntake
    health: SpokenHealth
    outbox: OutboxTable  # one for all: it remembers what the centre has
    figures: FiguresOfStore  # one for all: making them takes long
    answers: AnswerTables  # one for all: answers wait in it for the disk
    offers: OfferTables  # one for all: who is erased must be in no other's memory
    vision: VisionWorker  # one for all cameras
    launch: Launch | None = None
    again: asyncio.Event = field(default_factory=asyncio.Event)
    opened: dict[str, ThreadedCamera] = field(default_factory=dict)  # the cameras, by name


def factory_folder(config: EdgeConfig) -> Path:
    """Return the folder of the models that this store begins with, one folder a kind."""
    return config.models.reference_folder or reference_models()


def item_codes(settings: SalesSettings | None) -> ItemCodes:
    """Return how the codes of this store's items are read."""
    if settings is None:
        return ItemCodes()
    forms = tuple(InStoreCode(**one.model_dump()) for one in settings.in_store)
    return ItemCodes(forms, settings.upc_e)


def card_reader(config: EdgeConfig, key: bytes) -> CardReader:
    """Return how this store's loyalty cards are read."""
    erased = ErasureFile(config.storage.folder)
    return CardReader(key, config.shoppers.consent == "programme", erased)


def opening_of(config: EdgeConfig) -> Opening:
    """Return when the store is open."""
    opens, closes = (time.fromisoformat(one) for one in config.store.opening.split("-"))
    return Opening(opens, closes, ZoneInfo(config.store.timezone))


async def begin(
    config: EdgeConfig, log: Log, clock: Clock, rng: random.Random, stack: AsyncExitStack
) -> Agent:
    """Open the database and note the start."""
    keep_little()
    storage = config.storage
    file = await stack.enter_async_context(
        open_sqlite(storage.database, migrate, max_bytes=storage.max_size)
    )
    agent = __version__
    device = config.store.device or "unknown"
    identity = await begin_life(file, agent, device, clock.now(), secrets.token_bytes)
    cards = card_reader(config, identity.shopper_key)
    opening = opening_of(config)
    zone = opening.zone
    slots = ModelSlots(
        ModelFolder(storage.models), factory_folder(config), threads=config.models.threads
    )
    return Agent(
        config=config,
        log=log,
        clock=clock,
        rng=rng,
        version=agent,
        file=file,
        identity=identity,
        slots=slots,
        opening=opening,
        cards=cards,
        intake=SpokenIntake(
            SqliteIntake(file, zone, cards, storage.retention, item_codes(config.sales)),
            log,
        ),
        health=SpokenHealth(HealthTable(file), log),
        outbox=OutboxTable(file, config.store.id, identity.epoch),
        figures=FiguresOfStore(file, zone, clock),
        answers=AnswerTables(file, zone),
        offers=OfferTables(file, zone, cards),
        vision=vision_worker(slots, file, clock),
    )


def vision_worker(slots: ModelSlots, file: SqliteFile, clock: Clock) -> VisionWorker:
    """Return what judges the pictures of every camera."""
    stages = Stages()
    return VisionWorker(SiteGapModels(slots, ReferenceTables(file), stages), clock, stages)
