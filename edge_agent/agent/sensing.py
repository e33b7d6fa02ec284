"""Wires the loops that take in what happens in the store: shelves, receipts, files."""

from contextlib import AsyncExitStack
from functools import partial
from hashlib import blake2b

from edge_agent.adapters.aligned_cameras import AlignedCamera
from edge_agent.adapters.basket_tables import BasketTables
from edge_agent.adapters.camera_view_tables import CameraViewTables
from edge_agent.adapters.cameras import CameraSwitchedOff, ThreadedCamera
from edge_agent.adapters.drop_folder import DropFolder
from edge_agent.adapters.forecast_tables import ForecastTables
from edge_agent.adapters.history_tables import HistoryTables
from edge_agent.adapters.lesson_tables import LessonTables
from edge_agent.adapters.ranker_sums_tables import RankerSumsTables
from edge_agent.adapters.reference_tables import ReferenceTables
from edge_agent.adapters.sales_tables import DayTables
from edge_agent.adapters.score_tables import ScoreTables
from edge_agent.adapters.shelf_tables import ShelfTables
from edge_agent.adapters.spoken import (
    SpokenCamera,
    SpokenShelves,
)
from edge_agent.adapters.vision_worker import Eye
from edge_agent.agent.reviewing import asking, forgetting_pictures
from edge_agent.agent.standing import Agent
from edge_agent.config import CameraSettings
from edge_agent.core.baskets import BasketRule
from edge_agent.core.feed.kinds import FeedKind
from edge_agent.core.outbox import ShedPolicy
from edge_agent.loops.follow_files import Followed, follow_files
from edge_agent.loops.make_forecasts import Forecasting, make_forecasts
from edge_agent.loops.read_sales import read_sales
from edge_agent.loops.sum_features import sum_features
from edge_agent.loops.tally_sales import Books, tally_sales
from edge_agent.loops.tidy_up import tidy_up
from edge_agent.loops.watch_shelves import Shelves, watch_shelves
from edge_agent.ports.sync import Retention
from endcap.models.shopper.private import Budget
from endcap.plumbing.supervisor import Loop

SHED_SHARE = 2  # the outbox may take half of the database's room


async def cameras(agent: Agent, stack: AsyncExitStack) -> dict[str, Loop]:
    """Open every camera; return the loop that watches each."""
    tables = ShelfTables(agent.file, agent.opening)
    records, references = SpokenShelves(tables, agent.log), ReferenceTables(agent.file)
    loops: dict[str, Loop] = {}
    for one in agent.config.cameras:
        eye = await _eye(agent, one, stack)
        aligned = AlignedCamera(eye, CameraViewTables(agent.file))
        spoken = SpokenCamera(aligned, agent.log)
        mine = asking(agent, Shelves(eye, tables, records, references), one)
        loops[f"camera.{one.name}"] = partial(watch_shelves, spoken, mine, agent.clock)
    return loops | forgetting_pictures(agent)


async def _eye(agent: Agent, one: CameraSettings, stack: AsyncExitStack) -> Eye:
    """Open a camera, and give it its place at the worker of all."""
    vision, clock = agent.vision, agent.clock
    if not one.enabled:
        return vision.eye(CameraSwitchedOff(one.name, clock))
    camera = ThreadedCamera(one.name, one.source, one.every, clock, vision.stages)
    agent.opened[one.name] = camera
    return vision.eye(await stack.enter_async_context(camera))


def sales(agent: Agent) -> dict[str, Loop]:
    """Return the loops from receipts to forecasts."""
    config, file, clock = agent.config, agent.file, agent.clock
    days = DayTables(file, listens=config.demand.silence)
    books = Books(days, BasketTables(file), ScoreTables(file))
    horizon = config.demand.horizon.days
    rule = telling_rule(agent)
    loops: dict[str, Loop] = {
        "tally-sales": partial(tally_sales, books, agent.opening, rule, clock),
        "sum-features": partial(
            sum_features,
            RankerSumsTables(file, agent.opening.zone),
            agent.slots,
            agent.figures,
            agent.opening,
            rule,
            clock=clock,
        ),
        "make-forecasts": partial(
            make_forecasts,
            Forecasting(
                ForecastTables(file), LessonTables(file), agent.slots, agent.opening, horizon
            ),
            clock,
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
    files = followed(agent)
    if files:
        loops["follow-files"] = partial(follow_files, files, agent.intake, clock)
    if config.sales is not None:
        folder = DropFolder(config.sales.drop_folder, clock)
        loops["read-sales"] = partial(read_sales, folder, agent.intake, clock)
    return loops


def followed(agent: Agent) -> list[Followed]:
    """Return the files that say what the store sells and where it stands."""
    config = agent.config
    sections = {FeedKind.CATALOGUE: config.catalogue, FeedKind.PLANOGRAM: config.planogram}
    return [
        Followed(kind, DropFolder(section.file.parent, agent.clock), section.file.name)
        for kind, section in sections.items()
        if section is not None
    ]


def telling_rule(agent: Agent) -> BasketRule:
    """Return what may be told of baskets.

    The noise's secret comes from the key that never leaves: who has that has the receipts too.
    """
    privacy = agent.config.privacy
    return BasketRule(
        minimum_group=privacy.minimum_group,
        length=privacy.period,
        budget=Budget(privacy.epsilon, privacy.delta),
        clip=privacy.clip,
        wait=privacy.wait,
        secret=blake2b(b"noise", key=agent.identity.shopper_key, digest_size=32).digest(),
    )
