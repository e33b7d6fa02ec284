"""Wires what setting up shelves needs: cameras' pictures, the planogram's file, the references."""

from contextlib import suppress
from functools import partial

from edge_agent.adapters.camera_view_tables import CameraViewTables
from edge_agent.adapters.catalogue_index import CatalogueIndex
from edge_agent.adapters.facing_tables import FacingTables
from edge_agent.adapters.gap_models import SiteGapModels
from edge_agent.adapters.planogram_file import PlanogramFile
from edge_agent.adapters.reference_pictures import (
    Newest,
    ReferencePictures,
    nothing_watched,
)
from edge_agent.adapters.reference_tables import ReferenceTables
from edge_agent.adapters.shelf_naming import ShelfNaming
from edge_agent.adapters.shelf_setup import Keeping, ShelfSetupDesk
from edge_agent.adapters.tag_reading import read_tags
from edge_agent.agent.sensing import followed
from edge_agent.agent.standing import Agent, item_codes
from edge_agent.config import EdgeConfig
from edge_agent.core.feed.kinds import FeedKind
from edge_agent.loops.follow_files import follow_once
from edge_agent.ports.cameras import Frame
from edge_agent.ports.sales import FeedUnreadableError
from endcap.plumbing.clock import Clock


def reference_pictures(
    config: EdgeConfig, clock: Clock, newest: Newest = nothing_watched
) -> ReferencePictures:
    """Return what takes pictures of the cameras that are switched on."""
    sources = {one.name: one.source if one.enabled else "" for one in config.cameras}
    masks = {one.name: one.mask for one in config.cameras}
    return ReferencePictures(sources, clock, masks, newest)


def planogram(config: EdgeConfig) -> PlanogramFile | None:
    """Return the store's planogram file; None where the configuration names none."""
    if config.planogram is None:
        return None
    return PlanogramFile(config.planogram.file, item_codes(config.sales))


def shelf_setup(agent: Agent, catalogue: CatalogueIndex) -> ShelfSetupDesk:
    """Return the desk at which shelves are set up."""
    file, config = agent.file, agent.config
    keeping = Keeping(
        models=SiteGapModels(agent.slots, ReferenceTables(file)),
        references=ReferenceTables(file),
        facings=FacingTables(file, agent.opening),
        views=CameraViewTables(file),
        take_in=partial(_take_in, agent),
        read=read_tags,
        naming=ShelfNaming(catalogue, agent.slots, item_codes(config.sales)),
    )
    pictures = reference_pictures(config, agent.clock, partial(_newest, agent))
    return ShelfSetupDesk(pictures, planogram(config), keeping, agent.clock)


def _newest(agent: Agent, camera: str) -> Frame | None:
    """Return the last picture of a camera that is watched."""
    return agent.opened[camera].newest if camera in agent.opened else None


async def _take_in(agent: Agent) -> None:
    """Take the planogram in now; one that cannot be read is told by the loop that follows it."""
    files = [one for one in followed(agent) if one.kind is FeedKind.PLANOGRAM]
    with suppress(FeedUnreadableError):
        await follow_once(files, agent.intake, agent.clock.now())
