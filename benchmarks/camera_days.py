"""What the gap watch is worth over days: false alerts, gaps found in time, bad cameras kept quiet.

    python -m benchmarks.camera_days [--data DIR] [--days N] [--every SECONDS] [--hours H]

Plays days of 12 hours before fixed cameras with exact truth (central_sync.trainers.gaps.series):
real gap pixels put over the products of real photographs when DIR holds some (images/, labels/,
products/), rendered shelves otherwise. Each picture goes the store's own way: JPEG, decoder,
alignment, facing model, core/vision, events in SQLite. Cameras are enrolled, that is, the view and
a picture of each full facing are kept; `--strange` leaves that out. Nothing judges the figures.
"""

import asyncio
import json
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import cv2
import numpy as np

from benchmarks.day_scores import DayScore, Outcome, score_day
from central_sync.trainers.gaps.layout import Labelled, read_directory
from central_sync.trainers.gaps.series.plan import OPEN, Plan, draw_plan
from central_sync.trainers.gaps.series.playing import Shot, play
from central_sync.trainers.gaps.series.scenes import (
    LEAST_FACINGS,
    Donor,
    Scene,
    donors,
    photographed_scene,
    rendered_scene,
)
from edge_agent.adapters.aligned_cameras import AlignedCamera
from edge_agent.adapters.camera_view_tables import CameraViewTables
from edge_agent.adapters.cameras import facts_of
from edge_agent.adapters.gap_models import SiteGapModels
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.model_slots import ModelSlots
from edge_agent.adapters.pictures import PictureDamagedError, decode
from edge_agent.adapters.reference_tables import ReferenceTables
from edge_agent.adapters.schema import migrate
from edge_agent.adapters.shelf_tables import ShelfTables, replace_planogram
from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.watch import PATIENCE
from edge_agent.loops.watch_shelves import Shelves, look_once, resume
from edge_agent.ports.camera_views import CameraView
from edge_agent.ports.cameras import CameraBlindError, Frame
from edge_agent.ports.references import Reference
from edge_agent.ports.shelf_records import ShelfChange, ShelfStanding
from endcap.models.gaps.crops import cut
from endcap.models.gaps.picture_facts import moving, small
from endcap.models.gaps.registration import Grey, grey_of, written
from endcap.plumbing.packaged import reference_models
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.events import FacingSeen
from tests.fakes.clock import FakeClock

HOUR = timedelta(hours=1)
MORNING = datetime(2026, 9, 1, 8, tzinfo=UTC)
CAMERA = "cam"


class PlayedCamera:
    """Keeps the promises of edge_agent.ports.cameras.Camera: shows the pictures of a played day."""

    def __init__(self, shots: Iterator[Shot], clock: FakeClock) -> None:
        self._shots = shots
        self._clock = clock
        self._before: Grey | None = None
        self.shown: list[Shot] = []

    @property
    def name(self) -> str:
        """Return the camera's name."""
        return CAMERA

    async def look(self) -> Frame:
        """Return the next picture, as a camera takes it in.

        Raises:
            CameraBlindError: it cannot be decoded.
            StopAsyncIteration: the day is over.
        """
        shot = next(self._shots, None)
        if shot is None:
            raise StopAsyncIteration
        self.shown.append(shot)
        self._clock.turn(MORNING + shot.at - self._clock.now())
        try:
            pixels = decode(shot.jpeg)
        except PictureDamagedError as error:
            raise CameraBlindError("damaged", str(error)) from error
        grey, before = small(pixels), self._before
        self._before = grey
        grid = () if before is None else moving(grey, before)
        return Frame(self._clock.now(), pixels, facts_of(grey, before), grid, CAMERA)


@dataclass(slots=True)
class NotingRecords:
    """Keeps the promises of ShelfRecords by the store's tables, and notes what was recorded."""

    tables: ShelfTables
    noted: list[tuple[datetime, ShelfChange]] = field(default_factory=list)

    async def record(self, changes: Sequence[ShelfChange], at: datetime) -> None:
        """Record, and note."""
        self.noted += [(at, change) for change in changes]
        await self.tables.record(changes, at)

    async def standing(self) -> ShelfStanding:
        """Return what stands."""
        return await self.tables.standing()


@dataclass(frozen=True, slots=True)
class Setting:
    """How days are played: by which models, how often a picture comes, whether it was enrolled."""

    models: Path
    every: timedelta
    length: timedelta
    enrolled: bool


async def live(scene: Scene, plan: Plan, setting: Setting, seed: int) -> Outcome:
    """Return what a store made of a day before `scene`."""
    clock = FakeClock(MORNING)
    with tempfile.TemporaryDirectory() as folder:
        slots = ModelSlots(ModelFolder(Path(folder)), setting.models, threads=1)
        slots.swap(await slots.prepare(None))
        async with open_sqlite(Path(folder) / "store.db", migrate) as file:
            await planned(file, scene)
            shots = play(scene, plan, setting.every, seed)
            if setting.enrolled:
                await enrolled(file, scene, next(play(scene, plan, setting.every, seed)))
            references = ReferenceTables(file)
            records = NotingRecords(ShelfTables(file))
            models = SiteGapModels(slots, references)
            shelves = Shelves(models, records.tables, records, references)
            camera = PlayedCamera(shots, clock)
            aligned = AlignedCamera(camera, CameraViewTables(file))
            watched = await resume(CAMERA, records, PATIENCE)
            seen: list[str] = []
            try:
                while True:
                    watched = await look_once(aligned, shelves, watched, clock)
                    seen.append(watched.camera.seen)
            except StopAsyncIteration:
                pass
    noted = tuple((at - MORNING, change) for at, change in records.noted)
    return Outcome(tuple(camera.shown), tuple(seen), noted)


async def planned(file: SqliteFile, scene: Scene) -> None:
    """Give the store the scene's planogram."""
    facings = [
        Facing(CAMERA, name, None, max(box.x0, 0.0), max(box.y0, 0.0), box.width, box.height)
        for name, box in scene.facings.items()
    ]
    await file.write(lambda db: replace_planogram(db, facings, MORNING))


async def enrolled(file: SqliteFile, scene: Scene, first: Shot) -> None:
    """Keep what enrolling keeps: the camera's view, which facings are full and how they look."""
    pixels = decode(first.jpeg)
    view = CameraView(CAMERA, written(grey_of(pixels)), MORNING - timedelta(hours=1))
    await CameraViewTables(file).keep(view)
    full = {n: box for n, box in scene.facings.items() if n not in first.empty | first.hidden}
    at = MORNING - timedelta(minutes=1)
    said = [
        FacingSeen(camera=CAMERA, facing=name, state="full", since=at, by="person") for name in full
    ]
    await ShelfTables(file).record(said, at)
    crops = cut(pixels, list(full.values()), side=64)
    await ReferenceTables(file).keep(
        tuple(
            Reference(CAMERA, name, "full", crop, view.taken_at)
            for name, crop in zip(full, crops, strict=True)
        )
    )


def scenes(data: Path | None, days: int) -> Iterator[Scene]:
    """Yield a scene for each day: photographs in an order drawn once, or rendered shelves."""
    if data is None:
        yield from (rendered_scene(1000 + seed) for seed in range(days))
        return
    rng = np.random.default_rng(20)
    pictures = read_directory(data)
    given = donors(pictures, rng)
    order = rng.permutation(len(pictures)).tolist()
    found = (_scene(pictures[number], given, rng) for number in order)
    yield from (scene for scene, _ in zip(filter(None, found), range(days), strict=False))


def _scene(one: Labelled, given: Sequence[Donor], rng: np.random.Generator) -> Scene | None:
    """Return a photograph as a scene, None when it shows too few facings."""
    scene = photographed_scene(one, given, rng)
    return scene if len(scene.facings) - len(scene.standing) >= LEAST_FACINGS else None


def lived(data: Path | None, days: int, setting: Setting) -> list[DayScore]:
    """Return how each day went, telling each on the way."""
    scores = []
    for number, scene in enumerate(scenes(data, days)):
        rng = np.random.default_rng([number, 11])
        plan = draw_plan(sorted(scene.facings.keys() - scene.standing), rng, setting.length)
        outcome = asyncio.run(live(scene, plan, setting, number))
        scores.append(score_day(scene, plan, outcome))
        click.echo(f"{scene.name:24} {scores[-1].told()}", err=True)
    return scores


def summed_up(scores: Sequence[DayScore], length: timedelta) -> dict[str, float | int | None]:
    """Return the figures over all days that were played, `length` of each.

    A camera-day has 12 hours, however long a day was played. A share of nothing is None.
    """
    days = len(scores) * (length / OPEN)
    seconds = [s for one in scores for s in one.seconds_to_find]
    troubles = sum(one.troubles for one in scores)
    lasting, standing = sum(one.lasting for one in scores), sum(one.standing for one in scores)
    return {
        "camera_days": days,
        "cameras": len(scores),
        "facings_a_camera": statistics.mean(one.facings for one in scores),
        "false_alerts_a_day": sum(len(one.false) for one in scores) / days,
        "alerts_from_bad_cameras": sum(one.from_bad for one in scores),
        "gaps_of_10_minutes": lasting,
        "share_found_within_5_minutes": _share(sum(one.in_time for one in scores), lasting),
        "share_found_at_all": _share(sum(one.found for one in scores), lasting),
        "median_seconds_to_find": statistics.median(seconds) if seconds else None,
        "standing_gaps": standing,
        "share_of_standing_gaps_found": _share(sum(s.standing_found for s in scores), standing),
        "closed_while_empty_a_day": sum(one.closed_early for one in scores) / days,
        "troubles": troubles,
        "share_of_troubles_told": _share(sum(one.troubles_told for one in scores), troubles),
        "share_of_sound_pictures_doubted": _share(
            sum(one.doubted for one in scores), sum(one.sound for one in scores)
        ),
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def said(figures: dict[str, float | int | None]) -> str:
    """Return the figures for people."""
    return "\n".join(
        f"  {name.replace('_', ' '):32} {value:.3f}".rstrip("0").rstrip(".")
        if isinstance(value, float)
        else f"  {name.replace('_', ' '):32} {'none' if value is None else value}"
        for name, value in figures.items()
    )


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--days", default=8, type=click.IntRange(1), help="Days to play, each before another camera."
)
@click.option("--every", default=60.0, type=click.FloatRange(1, 600), help="Seconds a picture.")
@click.option("--hours", default=OPEN / HOUR, type=click.FloatRange(0.2, 24), help="Of a day.")
@click.option(
    "--models",
    type=click.Path(path_type=Path, exists=True),
    help="Folder of models; all when absent.",
)
@click.option("--strange", is_flag=True, help="Begin with cameras that nobody enrolled.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(  # noqa: PLR0913 - one argument for each option
    data: Path | None,
    days: int,
    every: float,
    hours: float,
    models: Path | None,
    *,
    strange: bool,
    as_json: bool,
) -> None:
    """Play days before fixed cameras, and say what the gap watch made of them."""
    cv2.setNumThreads(1)
    shipped = reference_models()
    research = shipped / "research"
    folders = (
        [models] if models else [shipped, *([research] if (research / "gaps").is_dir() else [])]
    )
    told = {}
    for folder in folders:
        setting = Setting(folder, timedelta(seconds=every), hours * HOUR, enrolled=not strange)
        scores = lived(data, days, setting)
        figures = summed_up(scores, setting.length)
        told[folder.name] = {**figures, "each": [asdict(one) for one in scores]}
        if not as_json:
            click.echo(f"{folder.name}, a picture every {every:g} s\n{said(figures)}")
    if as_json:
        click.echo(json.dumps(told, default=str))


if __name__ == "__main__":
    main()
