"""What a store costs its device: seconds until it answers, and the memory it then holds.

    python -m benchmarks.footprint [--starts N] [--json]

The real `edge-agent run`, alone (no broker, no centre) and in three forms: the core without a
model, with the demand and shopper models, and with all models and a camera. Beside each stands the
ratio to what nothing in Python that runs ONNX can go below: a child that imports ONNX Runtime (and
OpenCV), measured in the same run. PSS counts pages that other programs map too, this one among
them, in parts. Nothing here judges the figures.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from benchmarks.ports import free_port
from benchmarks.real_store import (
    CAMERA,
    CONFIG,
    Client,
    Memory,
    await_forecasts,
    gtins,
    memory_of,
    running,
    sales,
    tell_sales,
    write_catalogue,
)
from demo.shelves import build, write_planogram, write_scene
from endcap.plumbing.packaged import reference_models

SAMPLE = Path(__file__).parents[1] / "device_configs" / "sample_catalogue.csv"
ITEMS, LINES, DAYS = 100, 6000, 60
QUESTIONS = 50
SETTLED, SETTLE_WITHIN = 0.25, 10.0  # MiB between two looks; seconds
FORMS = {"core only": (), "with models": ("demand", "shopper"), "with vision": ("*",)}
"""Which reference models each form of the store has."""


@dataclass(frozen=True, slots=True)
class Floor:
    """A Python that only imported something, and waits."""

    what: str
    seconds: float
    memory: Memory


@dataclass(frozen=True, slots=True)
class Cost:
    """One form of the store; `starts` are the seconds to the first ready of each start."""

    form: str
    starts: tuple[float, ...]
    memory: Memory

    @property
    def ready(self) -> float:
        """Return the median start."""
        return statistics.median(self.starts)


def floor(modules: str, times: int) -> Floor:
    """Return what `import modules` costs a bare child: the median start, the last one's memory."""
    seconds: list[float] = []
    code = f"import {modules}; print(flush=True); input()"
    memory = Memory(0, 0, 0, 0)
    for _ in range(times):
        started = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as child:
            if child.stdout is None or not child.stdout.readline():
                raise RuntimeError(f"cannot import {modules}")
            seconds.append(time.perf_counter() - started)
            memory = memory_of(child.pid)
            child.communicate(b"\n")
    return Floor(modules, statistics.median(seconds), memory)


def furnish(folder: Path, kinds: Iterable[str], port: int) -> Path:
    """Write all that one form of the store needs; return its configuration."""
    models = folder / "models"
    models.mkdir(parents=True)
    for kind in kinds:
        for source in reference_models().glob(f"{kind}/manifest.json"):
            shutil.copytree(source.parent, models / source.parent.name)
    write_catalogue(folder / "catalogue.csv", SAMPLE, gtins(ITEMS))
    text = CONFIG.format(folder=folder, port=port, models=models)
    if (models / "gaps").exists():
        shelf = build(seed=367)
        write_planogram(folder / "planogram.csv", shelf, "aisle-1", ())
        write_scene(folder / "shelves", shelf, 0, frozenset({1}))
        text += CAMERA.format(folder=folder)
    path = folder / "edge.toml"
    path.write_text(text)
    return path


def cost(form: str, folder: Path, starts: int) -> Cost:
    """Start one form of the store several times: the first takes sales in, the last is used."""
    port, kinds = free_port(), FORMS[form]
    config = furnish(folder, kinds, port)
    with running(config, port) as store:
        seconds = [store.ready_after]
        yesterday = datetime.now(UTC) - timedelta(days=1)
        tell_sales(store.client, sales(gtins(ITEMS), LINES, DAYS, yesterday))
    for _ in range(starts - 2):
        with running(config, port) as store:
            seconds.append(store.ready_after)
    with running(config, port) as store:
        seconds.append(store.ready_after)
        if kinds:
            await_forecasts(store.client)
        use(store.client)
        return Cost(form, tuple(seconds), settled(store.pid))


def use(client: Client) -> None:
    """Ask what kiosks ask, fifty times; a camera must have been believed by then."""
    items = gtins(ITEMS)
    questions: tuple[tuple[str, str, object], ...] = (
        ("POST", "/v1/recommendations", {"basket": items[:3], "limit": 10}),
        ("GET", "/v1/search?q=whole%20milk", None),
        ("GET", f"/v1/items/{items[0]}", None),
        ("GET", "/v1/shelves", None),
        ("GET", "/v1/forecasts", None),
    )
    for number in range(QUESTIONS):
        client.ask(*questions[number % len(questions)])
    if client.ask("GET", "/v1/status")["facings"]:
        ends = time.perf_counter() + SETTLE_WITHIN
        while not client.ask("GET", "/v1/shelves")["full"] and time.perf_counter() < ends:
            time.sleep(0.2)


def settled(pid: int) -> Memory:
    """Return what a process holds once that no longer changes."""
    before, ends = memory_of(pid), time.perf_counter() + SETTLE_WITHIN
    while True:
        time.sleep(1.0)
        now = memory_of(pid)
        if abs(now.rss - before.rss) < SETTLED or time.perf_counter() > ends:
            return now
        before = now


def table(floors: Sequence[Floor], costs: Sequence[Cost]) -> str:
    """Return the figures for people."""
    lines = [
        f"{'MiB':34}{'ready s':>9}{'RSS':>7}{'PSS':>7}{'USS':>7}{'peak':>7}"
        + "".join(f"  RSS / {chr(65 + place)}" for place in range(len(floors)))
    ]
    named = [(f"{chr(65 + n)}: import {one.what}", one.seconds, one.memory) for n, one in
             enumerate(floors)]  # fmt: skip
    for name, ready, memory in [*named, *((one.form, one.ready, one.memory) for one in costs)]:
        sizes = "".join(f"{size:7.1f}" for size in asdict(memory).values())
        ratios = "".join(f"{memory.rss / one.memory.rss:9.2f}" for one in floors)
        lines.append(f"{name:34}{ready:9.2f}{sizes}{ratios}")
    return "\n".join(lines)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--starts", default=3, type=click.IntRange(2, 50), help="Starts of each form.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(starts: int, *, as_json: bool) -> None:
    """Measure start and memory of the store's program."""
    floors = [floor(what, starts) for what in ("onnxruntime", "onnxruntime, cv2")]
    with tempfile.TemporaryDirectory() as folder:
        costs = [cost(form, Path(folder) / f"form-{n}", starts) for n, form in enumerate(FORMS)]
    if as_json:
        print(json.dumps({"floors": [asdict(one) for one in floors],
                          "forms": [asdict(one) for one in costs]}))  # fmt: skip
    else:
        print(table(floors, costs))


if __name__ == "__main__":
    main()
