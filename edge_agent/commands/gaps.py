"""`edge-agent gaps`: the gaps on pictures that a person names, once, without a store.

Judges with the models that came with the program, or with a folder of others. Nothing is kept.
"""

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from edge_agent.adapters.camera_sources import SourceLostError
from edge_agent.adapters.gap_models import SiteGapModels
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.model_slots import ModelSlots
from edge_agent.adapters.overlays import Mark, Overlay, OverlayError, drawn, overlay_for
from edge_agent.adapters.picture_files import Shot, Shots, shots_of
from edge_agent.adapters.pictures import PictureDamagedError
from edge_agent.commands.reading import USAGE, stop
from edge_agent.core.feed.rows import Refused, read_rows
from edge_agent.core.feed.shelf import Facing, planogram_shape
from edge_agent.core.vision.condition import PictureFacts
from edge_agent.core.vision.places import box_of
from edge_agent.ports.cameras import Frame, GapModels
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.states import Chances
from endcap.plumbing.onnx_session import ModelUnusableError
from endcap.plumbing.packaged import reference_models

_REFUSED, _INTERRUPTED = 1, 130
_NOT_MEASURED = PictureFacts(0, 0, 0)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_LISTED = 8


@dataclass(frozen=True, slots=True)
class SeenFacing:
    """A facing of the planogram on one picture."""

    facing: str
    gtin: str | None
    state: str
    chances: Chances
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class SeenGap:
    """A gap that the detector sees."""

    score: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Report:
    """What one picture shows, or the problem with it; one of `facings` and `gaps` is None."""

    picture: str
    at_s: float | None
    problem: str | None = None
    facings: tuple[SeenFacing, ...] | None = None
    gaps: tuple[SeenGap, ...] | None = None

    @property
    def marks(self) -> Iterator[Mark]:
        """Yield what is drawn on the picture, what matters most last."""
        for one in sorted(self.facings or (), key=lambda one: one.state == "empty"):
            words = "" if one.state == "full" else one.facing
            yield Mark(Box(*one.box), one.state, words)
        for gap in self.gaps or ():
            yield Mark(Box(*gap.box), "gap", f"{gap.score:.2f}")

    @property
    def sentence(self) -> str:
        """The report on one line, for people."""
        at = "" if self.at_s is None else f" at {self.at_s:g} s"
        return f"{self.picture}{at}: {self.problem or self._found()}"

    def _found(self) -> str:
        if self.facings is None:
            gaps = self.gaps or ()
            places = [f"x {g.box[0]:.2f} y {g.box[1]:.2f} ({g.score:.2f})" for g in gaps]
            return f"{len(gaps)} gaps{_listed(places)}"
        empty = [one for one in self.facings if one.state == "empty"]
        names = [f"{one.facing} ({one.chances.empty:.2f})" for one in empty]
        found = f"{len(empty)} of {len(self.facings)} facings empty{_listed(names)}"
        for state in ("low", "occluded"):
            others = [one.facing for one in self.facings if one.state == state]
            found += f"; {len(others)} {state}{_listed(others)}" if others else ""
        return found


def _listed(names: list[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f": {', '.join(names[:_LISTED])}{more}"


@dataclass(frozen=True, slots=True)
class _Judge:
    """The models, and the facings to judge; without any, gaps are looked for anywhere."""

    models: GapModels
    facings: Mapping[str, Facing]

    async def report(self, shot: Shot) -> Report:
        """Return what one picture shows."""
        if isinstance(shot.shown, PictureDamagedError):
            return Report(shot.name, shot.at_s, problem=str(shot.shown))
        frame = Frame(_LONG_AGO, shot.shown, _NOT_MEASURED)
        if self.facings:
            return Report(shot.name, shot.at_s, facings=await self._facings(frame))
        found = await self.models.find(frame)
        sure = [one for one in found.detections if one.score >= found.threshold]
        gaps = tuple(SeenGap(round(one.score, 4), _shares(one.box)) for one in sure)
        return Report(shot.name, shot.at_s, gaps=gaps)

    async def _facings(self, frame: Frame) -> tuple[SeenFacing, ...]:
        boxes = {name: box_of(one) for name, one in self.facings.items()}
        judged = await self.models.judge(frame, boxes)
        return tuple(
            SeenFacing(
                facing=name,
                gtin=self.facings[name].gtin,
                state=_state(chances, judged.threshold),
                chances=Chances(*(round(one, 4) for one in asdict(chances).values())),
                box=_shares(boxes[name]),
            )
            for name, chances in judged.chances.items()
        )


def _shares(box: Box) -> tuple[float, float, float, float]:
    return round(box.x0, 4), round(box.y0, 4), round(box.x1, 4), round(box.y1, 4)


def _state(chances: Chances, threshold: float) -> str:
    """Return empty where the model says so, else the likeliest of the other states."""
    if chances.empty >= threshold:
        return "empty"
    others = {"full": chances.full, "low": chances.low, "occluded": chances.occluded}
    return max(others, key=lambda state: others[state])


@click.command("gaps")
@click.argument("path", metavar="PICTURE|FOLDER|VIDEO", type=click.Path(path_type=Path))
@click.option(
    "--planogram",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A planogram's CSV: judge its facings. Without one, gaps are looked for anywhere.",
)
@click.option("--camera", help="Whose facings of the planogram; needed where it has several.")
@click.option(
    "--overlay",
    type=click.Path(path_type=Path),
    help="Draw what is seen: into this file, folder or video.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a picture.")
@click.option(
    "--every",
    default=1.0,
    show_default=True,
    type=click.FloatRange(min=0.04, max=86400),
    help="Of a video, look at a picture every so many seconds.",
)
@click.option(
    "--models",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of models to judge with, instead of those of the program.",
)
def gaps(  # noqa: PLR0913 - click's options
    path: Path,
    planogram: Path | None,
    camera: str | None,
    overlay: Path | None,
    every: float,
    models: Path | None,
    *,
    as_json: bool,
) -> None:
    """Find the gaps on a picture, a folder of them, or a video.

    Exit codes: 0 every picture was judged, whatever it shows; 1 some could not be, and are listed;
    2 there is nothing to judge, or nothing to judge it with; 130 interrupted.
    """
    facings = _facings_in(planogram, camera) if planogram else {}
    try:
        shots = shots_of(path, every)
        paper = overlay_for(shots.kind, path, overlay, every)
        judge = _Judge(asyncio.run(_models(models)), facings)
        with closing(paper):
            refused = asyncio.run(_look(shots, judge, paper, as_json=as_json))
    except (SourceLostError, OverlayError, ModelUnusableError) as error:
        raise stop(str(error), code=USAGE) from None
    except KeyboardInterrupt:
        click.echo("\ninterrupted", err=True)
        raise click.exceptions.Exit(_INTERRUPTED) from None
    if refused:
        raise click.exceptions.Exit(_REFUSED)


def _facings_in(planogram: Path, camera: str | None) -> dict[str, Facing]:
    """Return the facings of one camera, or end the command."""
    try:
        lines = planogram.read_bytes().splitlines()
    except OSError as error:
        raise stop(f"{planogram}: {error.strerror}", code=USAGE) from None
    rows = list(read_rows(lines, planogram_shape()))
    for one in rows:
        if isinstance(one, Refused):
            raise stop(f"{planogram}, line {one.line}: {one.reason}", code=USAGE)
    found = [one.value for one in rows if not isinstance(one, Refused)]
    cameras = sorted({one.camera for one in found})
    if not cameras or (camera is not None and camera not in cameras):
        named = f"; it has {', '.join(cameras)}" if cameras else ""
        raise stop(f"{planogram}: no facing of {camera or 'any camera'}{named}", code=USAGE)
    if camera is None and len(cameras) > 1:
        raise stop(f"{planogram}: say --camera, one of {', '.join(cameras)}", code=USAGE)
    return {one.facing: one for one in found if one.camera == (camera or cameras[0])}


async def _models(folder: Path | None) -> GapModels:
    """Return the models that judge."""
    own = folder or reference_models()
    slots = ModelSlots(ModelFolder(own / "none"), own)
    slots.swap(await slots.prepare(None))
    if slots.problems:
        raise ModelUnusableError(slots.problems[0])
    return SiteGapModels(slots)


async def _look(shots: Shots, judge: _Judge, paper: Overlay, *, as_json: bool) -> int:
    """Report on every picture; return how many were refused."""
    refused = 0
    with _progress(shots.count) as step:
        for shot in shots.each():
            report = await judge.report(shot)
            refused += report.problem is not None
            if not isinstance(shot.shown, PictureDamagedError):
                _draw(paper, report, shot.shown)
            step(_line(report, as_json=as_json), bad=report.problem is not None and not as_json)
    return refused


def _draw(paper: Overlay, report: Report, pixels: NDArray[np.uint8]) -> None:
    paper.put(report.picture, drawn(pixels, list(report.marks)))


def _line(report: Report, *, as_json: bool) -> str:
    if not as_json:
        return report.sentence
    said: dict[str, Any] = asdict(report)
    return json.dumps({name: value for name, value in said.items() if value is not None})


class _Step:
    """Prints a picture's line above the progress bar, and moves that on."""

    def __init__(self, bar: Any) -> None:  # noqa: ANN401 - click keeps its type to itself
        self._bar = bar

    def __call__(self, line: str, *, bad: bool) -> None:
        if sys.stderr.isatty():
            click.echo("\r\033[K", nl=False, err=True)
        click.echo(line, err=bad)
        self._bar.update(1)


@contextmanager
def _progress(count: int) -> Iterator[_Step]:
    """Show a bar on stderr where a person sees it, for more than one picture."""
    hidden = count < 2 or not sys.stderr.isatty()  # noqa: PLR2004 - one needs no bar
    with click.progressbar(length=count, file=sys.stderr, hidden=hidden) as bar:
        yield _Step(bar)
