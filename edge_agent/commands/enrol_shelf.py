"""`edge-agent enrol-shelf CONFIG CAMERA`: a shelf's facings without a browser.

Takes a picture, proposes facings or lays another tool's planogram onto it, shows what that changes,
and saves it. Items are named in the browser, at /shelf-setup. The agent may run.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import click

from edge_agent.adapters.camera_view_tables import CameraViewTables
from edge_agent.adapters.catalogue_index import CatalogueIndex
from edge_agent.adapters.facing_tables import FacingTables
from edge_agent.adapters.gap_models import SiteGapModels
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.model_slots import ModelSlots
from edge_agent.adapters.planogram_file import PlanogramFile
from edge_agent.adapters.reference_pictures import ReferencePictures
from edge_agent.adapters.reference_tables import ReferenceTables
from edge_agent.adapters.schema import migrate
from edge_agent.adapters.shelf_naming import ShelfNaming
from edge_agent.adapters.shelf_setup import Keeping, ShelfSetupDesk
from edge_agent.adapters.shelf_tables import replace_planogram
from edge_agent.adapters.tag_reading import read_tags
from edge_agent.agent.setting_up import planogram, reference_pictures
from edge_agent.agent.standing import factory_folder, item_codes, opening_of
from edge_agent.commands.reading import config_argument, read_config, stop
from edge_agent.config import EdgeConfig
from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.enrolment_plan import (
    Difference,
    DraftError,
    difference,
    drafted,
    remarks,
    tidied,
)
from edge_agent.ports.enrolment import Planned, Saved, SetupRefusedError, Taken
from endcap.plumbing.clock import Clock, SystemClock
from endcap.plumbing.sqlite_file import StorageError, open_sqlite

_SIGN = {"added": "+", "removed": "-", "moved": "~", "item": "~"}


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a person asked for."""

    camera: str
    picture: Path | None
    planogram: Path | None
    from_below: bool
    read_tags: bool


@dataclass(frozen=True, slots=True)
class _Draft:
    """What may be saved: on which picture, what was planned, and what was said of it."""

    taken: Taken
    planned: Planned
    facings: tuple[Facing, ...]
    changes: tuple[Difference, ...]
    notes: tuple[str, ...]


@click.command("enrol-shelf")
@config_argument
@click.argument("camera")
@click.option("--picture", type=click.Path(path_type=Path), help="A picture to use instead.")
@click.option("--planogram", "plan", type=click.Path(path_type=Path), help="Another tool's CSV.")
@click.option("--from-top", is_flag=True, help="Shelf 1 of that CSV is the top one.")
@click.option("--read-tags", is_flag=True, help="Take items from bar codes on the picture.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--yes", is_flag=True, help="Save without asking.")
def enrol_shelf(  # noqa: PLR0913 - a command's options
    config: Path,
    camera: str,
    picture: Path | None,
    plan: Path | None,
    *,
    from_top: bool,
    read_tags: bool,
    as_json: bool,
    yes: bool,
) -> None:
    """Draw up a camera's facings from one picture, and save them.

    With --json nothing is asked: what would change is told, and saved only with --yes.
    """
    settings = read_config(config, check_files=False)
    wish = _Wish(camera, picture, plan, not from_top, read_tags)
    try:
        asyncio.run(_enrol(settings, wish, as_json=as_json, yes=yes))
    except SetupRefusedError as error:
        raise stop("; ".join(filter(None, (str(error), error.hint))), code=1) from None
    except DraftError as error:
        raise stop(str(error), code=1) from None
    except (StorageError, OSError) as error:
        raise stop(f"{error}", code=1) from None


async def _enrol(settings: EdgeConfig, wish: _Wish, *, as_json: bool, yes: bool) -> None:
    clock = SystemClock()
    pictures = reference_pictures(settings, clock)
    plan = planogram(settings)
    async with _desk(settings, pictures, plan, clock) as desk:
        draft = await _drawn_up(desk, pictures, wish)
        if not as_json:
            _show(draft)
        asks = draft.changes and not yes and not as_json
        saves = draft.changes and (yes or (asks and click.confirm("save this?")))
        saved = await _save(desk, draft) if saves else None
    if as_json:
        click.echo(json.dumps(_told(draft, saved)))
    elif saved is not None:
        kept = f"; {saved.references} looks kept" if saved.references else ""
        click.echo(f"saved {len(saved.changes)} changes{kept}; name items at /shelf-setup")


@asynccontextmanager
async def _desk(
    settings: EdgeConfig, pictures: ReferencePictures, plan: PlanogramFile | None, clock: Clock
) -> AsyncIterator[ShelfSetupDesk]:
    """Open the store's database and yield the desk at which its shelves are set up."""
    database = settings.storage.database
    if not database.exists():
        raise stop(f"there is no database {database}; has the agent ever run?", code=1)
    slots = ModelSlots(ModelFolder(settings.storage.models), factory_folder(settings))
    codes = item_codes(settings.sales)
    async with open_sqlite(database, migrate) as file:

        async def take_in() -> None:
            for name in pictures.cameras:
                facings = (await plan.planned(name)).facings if plan else ()
                await file.write(partial(replace_planogram, facings=facings, at=clock.now()))

        keeping = Keeping(
            models=SiteGapModels(slots, ReferenceTables(file)),
            references=ReferenceTables(file),
            facings=FacingTables(file, opening_of(settings)),
            views=CameraViewTables(file),
            take_in=take_in,
            read=read_tags,
            naming=ShelfNaming(CatalogueIndex(file, clock, slots), slots, codes),
        )
        yield ShelfSetupDesk(pictures, plan, keeping, clock)


async def _drawn_up(desk: ShelfSetupDesk, pictures: ReferencePictures, wish: _Wish) -> _Draft:
    """Return what would be saved."""
    if wish.picture is None:
        taken = await desk.take(wish.camera)
    else:
        taken = desk.remember(await pictures.read(wish.camera, wish.picture))
    if taken.condition != "ok":
        detail = f"the picture of {wish.camera} is {taken.condition}"
        raise SetupRefusedError("camera-blind", detail, taken.advice)
    planned = await desk.planned(wish.camera, taken.picture)
    notes: tuple[str, ...] = ()
    if wish.planogram is None:
        facings = drafted(wish.camera, planned.facings, await desk.proposed(taken.picture))
    else:
        lines = wish.planogram.read_bytes().splitlines()
        found = await desk.imported(wish.camera, taken.picture, lines, from_below=wish.from_below)
        facings = found.facings
        notes = (*found.notes, *(f"line {one.line}: {one.reason}" for one in found.refused))
    facings = tidied(wish.camera, facings)
    if wish.read_tags:
        facings = await _with_codes(desk, taken.picture, facings)
    before = (await desk.planned(wish.camera, None)).facings
    changes = difference(before, facings)
    return _Draft(taken, planned, facings, changes, (*notes, *remarks(facings)))


async def _with_codes(
    desk: ShelfSetupDesk, picture: str, facings: Sequence[Facing]
) -> tuple[Facing, ...]:
    """Return facings with the items whose bar codes are on the picture, where they have none."""
    named = None
    while named is None:
        named = await desk.named(picture, facings)
    items = {one.facing: one.gtin for one in named if one.how == "code"}
    return tuple(replace(one, gtin=one.gtin or items.get(one.facing)) for one in facings)


async def _save(desk: ShelfSetupDesk, draft: _Draft) -> Saved:
    taken = draft.taken
    return await desk.save(taken.camera, draft.facings, draft.planned.mark, taken.picture, {})


def _show(draft: _Draft) -> None:
    """Say what would change, a line each."""
    taken = draft.taken
    click.echo(f"{taken.camera}: {len(draft.facings)} facings on {taken.width} x {taken.height}")
    for one in draft.changes:
        item = one.after.gtin if one.after else None
        what = ", ".join(one.changes)
        click.echo(f"{_SIGN[one.changes[0]]} {one.facing:20} {what:12} {item or ''}".rstrip())
    for note in draft.notes:
        click.echo(f"  {note}")
    if not draft.changes:
        click.echo("nothing changes")


def _told(draft: _Draft, saved: Saved | None) -> dict[str, object]:
    """Return the answer for programs."""
    return {
        "camera": draft.taken.camera,
        "facings": [asdict(one) for one in draft.facings],
        "changes": [{"facing": one.facing, "changes": one.changes} for one in draft.changes],
        "notes": draft.notes,
        "saved": saved is not None,
        "references": saved.references if saved else 0,
    }
