"""What a picture costs: from a JPEG's bytes to which facings are empty, or where gaps are.

    python -m benchmarks.vision [--pictures N] [--rounds N] [--json]

The store's own path (decode, measure, align, crop, model, at 1 and 2 threads) beside the bare ONNX
Runtime session on the same crops, taken in turns in the same run: from a JPEG's bytes, from pixels,
and from a picture that is measured and aligned. Then the models in floating point and in whole
numbers, the memory of a process with nothing but vision in it, and how fast a bomb is refused. Full
HD pictures, all rendered. Nothing here judges the figures.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from inspect import isawaitable
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.real_store import Memory, memory_of
from benchmarks.whole_numbers import in_whole_numbers, is_whole
from edge_agent.adapters.facing_memory import embedding_width
from edge_agent.adapters.gap_models import DETECTOR, FACING, SiteGapModels
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.model_slots import ModelSlots
from edge_agent.adapters.pictures import PictureDamagedError, decode
from edge_agent.adapters.vision_worker import VisionWorker
from edge_agent.core.vision.condition import PictureFacts
from edge_agent.ports.cameras import Frame
from edge_agent.ports.vision import Look
from endcap.models.gaps.alignment import IN_PLACE, Alignment, in_sight
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import coarsest, cut, large_enough
from endcap.models.gaps.detection import views
from endcap.models.gaps.optics import Moment
from endcap.models.gaps.picture_facts import change, moving, small
from endcap.models.gaps.picture_facts import statistics as measured
from endcap.models.gaps.registration import align, grey_of, reference_of
from endcap.models.gaps.rendering import render_shelf
from endcap.models.gaps.shelves import Style, build_shelf
from endcap.models.gaps.states import KNOWN
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.onnx_session import open_session
from endcap.plumbing.packaged import reference_models
from endcap.wire.manifest import ModelManifest
from tests.faults.bad_pictures import png_claiming

STYLE = Style(width=1920, height=1080, rows=5, facings=16, tilt=0.02)
QUALITY = 90
THREADS = (1, 2)
STEPS = ("decode", "measure", "align", "crop")
EVERY = 10.0  # seconds between two pictures of a camera
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Coded:
    """A picture as a camera sends it, and the facings a planogram names on it."""

    jpeg: bytes
    facings: Mapping[str, Box]


@dataclass(frozen=True, slots=True)
class Spent:
    """Milliseconds of a picture: passed on the wall clock, and of processor time."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians of one picture at one number of threads; `parts` are milliseconds of each step.

    `judged` begins with a JPEG's bytes, `from_pixels` once it is decoded, `from_frame` once it is
    measured and aligned as well.
    """

    threads: int
    facings: float
    judged: Spent
    from_pixels: Spent
    from_frame: Spent
    judged_bare: Spent
    found: Spent
    found_bare: Spent
    parts: Mapping[str, float]
    bare_ms: Mapping[str, float]

    @property
    def cameras(self) -> float:
        """Return how many cameras one core keeps up with, each with its planogram."""
        return EVERY * 1000 / self.judged.cpu


def render(count: int) -> list[Coded]:
    """Return `count` pictures, each of another shelf."""
    pictures = []
    for seed in range(count):
        shelf = build_shelf(seed, STYLE)
        shown = render_shelf(shelf, {shelf.facings[0].name: "empty"}, Moment(seed=seed)).picture
        flags = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
        _, coded = cv2.imencode(".jpg", cv2.cvtColor(shown, cv2.COLOR_RGB2BGR), flags)
        boxes = shelf.facing_boxes()
        seen = {n: box for n, box in boxes.items() if large_enough(box, STYLE.width, STYLE.height)}
        pictures.append(Coded(coded.tobytes(), seen))
    return pictures


def measured_frame(pixels: NDArray[np.uint8], before: NDArray[np.uint8], shrunk: int) -> Frame:
    """Do what a camera does with pixels (adapters/cameras)."""
    grey = small(pixels)
    one = measured(grey)
    facts = PictureFacts(
        one.brightness, one.contrast, one.sharpness, change(grey, before), one.plain
    )
    return Frame(NOON, pixels, facts, moving(grey, before), shrunk=shrunk)


async def timed(work: Work) -> Spent:
    """Return what `work` cost."""
    wall, cpu = time.perf_counter(), time.process_time()
    done = work()
    if isawaitable(done):
        await done
    return Spent((time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3)


def median(spent: Sequence[Spent]) -> Spent:
    """Return the medians."""
    return Spent(*(statistics.median(getattr(one, w) for one in spent) for w in ("wall", "cpu")))


def bare(model: bytes, threads: int, *feeds: Mapping[str, NDArray[Any]]) -> Work:
    """Return runs of nothing but the ONNX Runtime session of a model."""
    session = open_session(model, threads=threads)

    def work() -> object:
        return [session.raw.run(None, feed) for feed in feeds]

    return work


def shipped(kind: str) -> bytes:
    """Return a reference model's file."""
    return (reference_models() / kind / "model.onnx").read_bytes()


def facing_feed(pixels: NDArray[np.uint8], one: Coded) -> dict[str, NDArray[Any]]:
    """Return what the facing model takes of one picture, when nothing is known of its facings."""
    crops = cut(pixels, list(one.facings.values()))
    manifest = ModelManifest.model_validate_json(
        (reference_models() / FACING / "manifest.json").read_bytes()
    )
    width = embedding_width(manifest)
    return {"crops": crops, "references": np.zeros((len(crops), len(KNOWN), width), np.float32)}


def detector_feeds(pixels: NDArray[np.uint8]) -> list[dict[str, NDArray[Any]]]:
    """Return what the detector takes of a picture: the whole of it, and parts."""
    return [{"picture": view.tensor} for view in views(pixels)]


class Store:
    """What the store does with one picture, from any of its steps on."""

    def __init__(self, models: SiteGapModels, one: Coded) -> None:
        self._one = one
        self._worker = VisionWorker(models, SystemClock())
        self.whole = decode(one.jpeg)
        self._shrink = coarsest(self.whole, one.facings.values())
        self.pixels = self.decode()
        self._before = small(self.pixels)
        self._reference = reference_of(grey_of(self.pixels))
        self._frame = self.measure()

    def decode(self) -> NDArray[np.uint8]:
        """Return the picture as the camera decodes it: no larger than its facings need."""
        return decode(self._one.jpeg, self._shrink)

    def measure(self) -> Frame:
        """Return the picture with its numbers."""
        return measured_frame(self.pixels, self._before, self._shrink)

    def align(self) -> Alignment:
        """Return where the camera's reference is on the picture."""
        return align(self._reference, grey_of(self.pixels)) or IN_PLACE

    def crop(self) -> NDArray[np.uint8]:
        """Return the facings' crops."""
        return cut(self.pixels, list(self._one.facings.values()))

    async def of_frame(self) -> object:
        """Judge what is measured and aligned."""
        return await self._worker.judge(Look(self._frame, self._one.facings))

    async def of_pixels(self) -> object:
        """Judge what is decoded."""
        frame, found = self.measure(), self.align()
        return await self._worker.judge(Look(frame, in_sight(self._one.facings, found)))

    async def of_bytes(self) -> object:
        """Judge a JPEG."""
        self.decode()
        return await self.of_pixels()

    async def found(self) -> object:
        """Look for gaps anywhere on a JPEG."""
        frame = measured_frame(decode(self._one.jpeg), self._before, 1)
        return await self._worker.find(frame)


def works(models: SiteGapModels, one: Coded, threads: int) -> dict[str, Work]:
    """Return what is done with one picture, by name: the store's paths and the bare sessions."""
    store = Store(models, one)
    return {
        "judged": store.of_bytes,
        "from_pixels": store.of_pixels,
        "from_frame": store.of_frame,
        "judged_bare": bare(shipped(FACING), threads, facing_feed(store.pixels, one)),
        "found": store.found,
        "found_bare": bare(shipped(DETECTOR), threads, *detector_feeds(store.whole)),
        "decode": store.decode,
        "measure": store.measure,
        "align": store.align,
        "crop": store.crop,
    }


Form = tuple[bytes, Mapping[str, NDArray[Any]]]
"""A model, and what it takes of one picture."""


def forms(one: Coded) -> dict[str, Form]:
    """Return the bare models as they are shipped and, where that is not so, in whole numbers."""
    pixels = decode(one.jpeg)
    feeds = {FACING: facing_feed(pixels, one), DETECTOR: detector_feeds(pixels)[0]}
    found: dict[str, Form] = {}
    for kind, feed in feeds.items():
        model = shipped(kind)
        whole = is_whole(model)
        found[f"{kind} {'int8' if whole else 'fp32'}, shipped"] = model, feed
        if not whole:
            found[f"{kind} int8, made here"] = in_whole_numbers(model, feed), feed
    return found


async def costs(todo: Sequence[Mapping[str, Work]], rounds: int) -> dict[str, Spent]:
    """Return the medians of each work over pictures and rounds, after a round that warms up."""
    spent: dict[str, list[Spent]] = {name: [] for name in todo[0]}
    for turn in range(rounds + 1):
        for one in todo:
            for name, work in one.items():
                cost = await timed(work)
                if turn:
                    spent[name].append(cost)
    return {name: median(each) for name, each in spent.items()}


async def measure(
    pictures: Sequence[Coded], models: Mapping[str, Form], rounds: int, threads: int
) -> Figures:
    """Return what a picture costs at one number of threads."""
    with tempfile.TemporaryDirectory() as folder:
        slots = ModelSlots(ModelFolder(Path(folder)), reference_models(), threads=threads)
        slots.swap(await slots.prepare(None))
    medians = await costs([works(SiteGapModels(slots), one, threads) for one in pictures], rounds)
    bares = {name: bare(model, threads, feed) for name, (model, feed) in models.items()}
    in_forms = await costs([bares], rounds)
    return Figures(
        threads=threads,
        facings=statistics.mean(len(one.facings) for one in pictures),
        parts={name: medians.pop(name).wall for name in STEPS},
        bare_ms={name: one.wall for name, one in in_forms.items()},
        **medians,
    )


def resident(pictures: Sequence[Coded], looks: int) -> Memory:
    """Return what a process holds that looks through two cameras and does nothing else."""
    with tempfile.TemporaryDirectory() as name:
        shelves = Path(name, "shelves")
        shelves.mkdir()
        for number, one in enumerate(pictures):
            (shelves / f"{number}.jpg").write_bytes(one.jpeg)
        places = {n: [b.x0, b.y0, b.x1, b.y1] for n, b in pictures[0].facings.items()}
        facings = Path(name, "facings.json")
        facings.write_text(json.dumps(places))
        asked = [sys.executable, "-m", "benchmarks.vision_worker", str(shelves), str(facings)]
        pipe = subprocess.PIPE
        with subprocess.Popen([*asked, str(looks)], stdin=pipe, stdout=pipe) as child:
            if child.stdout is None or not child.stdout.readline():
                raise RuntimeError("the vision worker ended")
            memory = memory_of(child.pid)
            child.communicate(b"\n")
    return memory


def refusal(times: int = 50) -> float:
    """Return the milliseconds in which a picture that claims 30000 x 30000 pixels is refused."""
    bomb = png_claiming(30000, 30000)
    took = []
    for _ in range(times):
        began = time.perf_counter()
        with suppress(PictureDamagedError):
            decode(bomb)
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1e3


def told(one: Figures) -> str:
    """Return the figures of one number of threads for people."""
    judged, pixels, frame, found = one.judged, one.from_pixels, one.from_frame, one.found
    steps = ", ".join(f"{name} {spent:.1f}" for name, spent in one.parts.items())
    models = "\n".join(f"  {name:28} {spent:8.1f} ms" for name, spent in one.bare_ms.items())
    bare_ms = f"({one.judged_bare.wall:.1f} ms, of processor time {one.judged_bare.cpu:.1f})"
    return f"""\
{one.threads} thread(s), {one.facings:.0f} facings a picture; as many times the bare session \
by the clock, by processor time
  facings    {speed(judged)}  {judged.wall * 1e3 / one.facings:6.0f} us a facing  \
{times(judged, one.judged_bare)} {bare_ms}
  of pixels  {speed(pixels)}  {pixels.wall * 1e3 / one.facings:6.0f} us a facing  \
{times(pixels, one.judged_bare)}
  of frames  {speed(frame)}  {frame.wall * 1e3 / one.facings:6.0f} us a facing  \
{times(frame, one.judged_bare)}
  detector   {speed(found)}  {"":17}  {times(found, one.found_bare)} the bare session \
({one.found_bare.wall:.1f} ms)
  of which   {steps} ms
  one core   {judged.cpu:.1f} ms of processor time a picture: {one.cameras:.0f} cameras, \
a picture every {EVERY:.0f} s each
the bare models on one picture
{models}"""


def speed(one: Spent) -> str:
    """Return how fast a path is."""
    return f"{1e3 / one.wall:6.1f} pictures/s  {one.wall:6.1f} ms a picture"


def times(one: Spent, bare_session: Spent) -> str:
    """Return how many times a bare session a path costs; a busy machine spoils the first alone."""
    return f"{one.wall / bare_session.wall:.2f} x, {one.cpu / bare_session.cpu:.2f} x"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--pictures", default=6, type=click.IntRange(1, 100), help="Different pictures.")
@click.option("--rounds", default=10, type=click.IntRange(1), help="Times each is looked at.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(pictures: int, rounds: int, *, as_json: bool) -> None:
    """Measure the store's vision path against the bare models."""
    shown = render(pictures)
    models = forms(shown[0])
    figures = [asyncio.run(measure(shown, models, rounds, threads)) for threads in THREADS]
    memory, refused = resident(shown, rounds), refusal()
    if as_json:
        paths = [asdict(one) | {"cameras": one.cameras} for one in figures]
        answer = {"paths": paths, "resident": asdict(memory), "bomb_refused_ms": refused}
        print(json.dumps(answer))
        return
    size = f"{STYLE.width} x {STYLE.height}, {len(shown[0].jpeg) // 1000} kB of JPEG"
    print(f"{size}\n" + "\n".join(told(one) for one in figures))
    held = f"{memory.pss:.0f} MiB in proportion, {memory.rss:.0f} resident"
    print(f"vision alone in a process, two cameras: {held}")
    print(f"a bomb of 30000 x 30000 pixels is refused in {refused:.3f} ms")


if __name__ == "__main__":
    main()
