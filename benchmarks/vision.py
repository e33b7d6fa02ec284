"""What a picture costs: from a JPEG's bytes to which facings are empty, or where gaps are.

    python -m benchmarks.vision [--pictures N] [--rounds N] [--json]

The store's own path (decode, measure, crop, model, at 1 and 2 threads) beside the bare ONNX Runtime
session on the same crops, taken in turns in the same run. Full HD pictures, all rendered. Nothing
here judges the figures.
"""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.adapters.facing_memory import embedding_width
from edge_agent.adapters.gap_models import DETECTOR, FACING, SiteGapModels
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.model_slots import ModelSlots
from edge_agent.adapters.pictures import decode
from edge_agent.core.vision.condition import PictureFacts
from edge_agent.ports.cameras import Frame
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import cut, large_enough
from endcap.models.gaps.detection import frame as framed
from endcap.models.gaps.optics import Moment
from endcap.models.gaps.picture_facts import change, moving, small
from endcap.models.gaps.picture_facts import statistics as measured
from endcap.models.gaps.rendering import render_shelf
from endcap.models.gaps.shelves import Style, build_shelf
from endcap.models.gaps.states import KNOWN
from endcap.plumbing.onnx_session import open_session
from endcap.plumbing.packaged import reference_models
from endcap.wire.manifest import ModelManifest

STYLE = Style(width=1920, height=1080, rows=5, facings=16, tilt=0.02)
QUALITY = 90
THREADS = (1, 2)
EVERY = 10.0  # seconds between two pictures of a camera
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
Work = Callable[[], Awaitable[object]]


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
    """Medians of one picture at one number of threads; `parts` are milliseconds of each step."""

    threads: int
    facings: float
    judged: Spent
    judged_bare: Spent
    found: Spent
    found_bare: Spent
    parts: Mapping[str, float]

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


def take_in(jpeg: bytes, before: NDArray[np.uint8]) -> Frame:
    """Do what a camera does with a picture that arrived (adapters/cameras)."""
    pixels = decode(jpeg)
    grey = small(pixels)
    one = measured(grey)
    facts = PictureFacts(one.brightness, one.contrast, one.sharpness, change(grey, before))
    return Frame(NOON, pixels, facts, moving(grey, before))


async def timed(work: Work) -> Spent:
    """Return what `work` cost."""
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    return Spent((time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3)


def median(spent: Sequence[Spent]) -> Spent:
    """Return the medians."""
    return Spent(*(statistics.median(getattr(one, w) for one in spent) for w in ("wall", "cpu")))


def bare(kind: str, threads: int, feed: Mapping[str, NDArray[Any]]) -> Work:
    """Return a run of nothing but the ONNX Runtime session of a reference model."""
    session = open_session((reference_models() / kind / "model.onnx").read_bytes(), threads=threads)

    async def work() -> object:
        return session.raw.run(None, feed)

    return work


def facing_feed(pixels: NDArray[np.uint8], one: Coded) -> dict[str, NDArray[Any]]:
    """Return what the facing model takes of one picture, when nothing is known of its facings."""
    crops = cut(pixels, list(one.facings.values()))
    manifest = ModelManifest.model_validate_json(
        (reference_models() / FACING / "manifest.json").read_bytes()
    )
    width = embedding_width(manifest)
    return {"crops": crops, "references": np.zeros((len(crops), len(KNOWN), width), np.float32)}


def works(models: SiteGapModels, one: Coded, threads: int) -> dict[str, Work]:
    """Return what is done with one picture, by name: the store's paths and the bare sessions."""
    pixels = decode(one.jpeg)
    before = small(pixels)

    async def judge() -> object:
        return await models.judge(take_in(one.jpeg, before), one.facings)

    async def find() -> object:
        return await models.find(take_in(one.jpeg, before))

    async def decoded() -> object:
        return decode(one.jpeg)

    async def facts() -> object:
        grey = small(pixels)
        return measured(grey), change(grey, before), moving(grey, before)

    async def crops() -> object:
        return cut(pixels, list(one.facings.values()))

    return {
        "judged": judge,
        "judged_bare": bare(FACING, threads, facing_feed(pixels, one)),
        "found": find,
        "found_bare": bare(DETECTOR, threads, {"picture": framed(pixels).tensor}),
        "decode": decoded,
        "measure": facts,
        "crop": crops,
    }


async def measure(pictures: Sequence[Coded], rounds: int, threads: int) -> Figures:
    """Return the medians over all pictures and rounds, after one round that warms up."""
    with tempfile.TemporaryDirectory() as folder:
        slots = ModelSlots(ModelFolder(Path(folder)), reference_models(), threads=threads)
        slots.swap(await slots.prepare(None))
    todo = [works(SiteGapModels(slots), one, threads) for one in pictures]
    spent: dict[str, list[Spent]] = {name: [] for name in todo[0]}
    for turn in range(rounds + 1):
        for one in todo:
            for name, work in one.items():
                cost = await timed(work)
                if turn:
                    spent[name].append(cost)
    medians = {name: median(costs) for name, costs in spent.items()}
    return Figures(
        threads=threads,
        facings=statistics.mean(len(one.facings) for one in pictures),
        parts={name: medians.pop(name).wall for name in ("decode", "measure", "crop")},
        **medians,
    )


def told(one: Figures) -> str:
    """Return the figures of one number of threads for people."""
    judged, found = one.judged, one.found
    steps = ", ".join(f"{name} {spent:.1f}" for name, spent in one.parts.items())
    return f"""\
{one.threads} thread(s), {one.facings:.0f} facings a picture
  facings    {1e3 / judged.wall:6.1f} pictures/s  {judged.wall:6.1f} ms a picture  \
{judged.wall * 1e3 / one.facings:6.0f} us a facing   {judged.wall / one.judged_bare.wall:.2f} x \
the bare session ({one.judged_bare.wall:.1f} ms)
  detector   {1e3 / found.wall:6.1f} pictures/s  {found.wall:6.1f} ms a picture  \
{"":19}{found.wall / one.found_bare.wall:.2f} x the bare session ({one.found_bare.wall:.1f} ms)
  of which   {steps} ms
  one core   {judged.cpu:.1f} ms of processor time a picture: {one.cameras:.0f} cameras, \
a picture every {EVERY:.0f} s each"""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--pictures", default=6, type=click.IntRange(1, 100), help="Different pictures.")
@click.option("--rounds", default=10, type=click.IntRange(1), help="Times each is looked at.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(pictures: int, rounds: int, *, as_json: bool) -> None:
    """Measure the store's vision path against the bare models."""
    shown = render(pictures)
    figures = [asyncio.run(measure(shown, rounds, threads)) for threads in THREADS]
    if as_json:
        print(json.dumps([asdict(one) | {"cameras": one.cameras} for one in figures]))
    else:
        size = f"{STYLE.width} x {STYLE.height}, {len(shown[0].jpeg) // 1000} kB of JPEG"
        print(f"{size}\n" + "\n".join(told(one) for one in figures))


if __name__ == "__main__":
    main()
