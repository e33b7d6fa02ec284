"""`central-sync evaluate TASK --data DIR`: how good is a model on this data?

Prints the metrics that the data layouts define. The data is only read, and may be any.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import onnxruntime

from central_sync.commands.kinds import KINDS, KindMissingError, kind_named
from central_sync.commands.speaking import (
    is_folder,
    plain,
    progress,
    stdout_kept_clean,
    stop,
    told_in_a_line,
)
from central_sync.core.evaluation import Evaluation


@click.command("evaluate")
@click.argument("task", type=click.Choice(list(KINDS)))
@click.option("--data", type=click.Path(path_type=Path), required=True, help="A folder of data.")
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="A model's folder or .onnx file; without it the reference model, or for kinds that depend "
    "on a catalogue one that is trained on the data's training part first.",
)
@click.option("--baselines", is_flag=True, help="Score simple methods on the same data too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw held-out forecasts of demand into this picture (.png, .svg, .pdf); needs"
    " endcap[plots].",
)
@click.option(
    "--private",
    type=click.FloatRange(min=0, min_open=True),
    metavar="EPSILON",
    help="Also what it costs the shopper's models to be fitted on stores' noisy sums, of this"
    " epsilon a year, instead of raw baskets.",
)
@click.option("--traceback", is_flag=True, hidden=True)
def evaluate(  # noqa: PLR0913 - its options
    task: str,
    data: Path,
    model: Path | None,
    plot: Path | None,
    private: float | None,
    *,
    baselines: bool,
    as_json: bool,
    traceback: bool,
) -> None:
    """Score a model on the held-out part of DATA. Exit 2 when that cannot be done."""
    folder = is_folder(data, "data")
    if model is not None and not model.exists():
        raise stop(f"{model}: there is no such model; give its folder or its .onnx file")
    if plot is not None and task != "demand":
        raise stop(f"--plot draws forecasts of demand, not of {task}")
    if private is not None and task != "shopper":
        raise stop(f"--private tells what privacy costs shopper, not {task}")
    with (
        told_in_a_line(f"evaluate {task}", traceback=traceback),
        stdout_kept_clean(),
        TemporaryDirectory() as scratch,
    ):
        kind = kind_named(task)
        scored = model.resolve() if model else None
        if plot is not None and scored is None:  # what is drawn is what is scored: fitted once
            scored = Path(scratch)
            kind.fit(folder, scored, seed=0, progress=progress)
        found = kind.evaluate(folder, scored, baselines=baselines, progress=progress)
        if plot is not None and scored is not None:
            _draw(folder, scored, plot)
        if private is not None:
            found = replace(found, metrics={**found.metrics, "private": _price(folder, private)})
    told = answer(found)
    click.echo(json.dumps(told, allow_nan=False) if as_json else "\n".join(_lines(told)))


def _draw(data: Path, model: Path, place: Path) -> None:
    """Draw held-out forecasts into `place`."""
    try:
        from central_sync.commands.demand_picture import draw  # noqa: PLC0415 - large, and an extra
    except ImportError as error:
        raise KindMissingError(f"--plot: {error}; install endcap[plots]") from error
    from central_sync.trainers.demand.showing import held_out  # noqa: PLC0415 - brings a trainer

    draw(held_out(data, model), place)


def _price(data: Path, epsilon: float) -> Mapping[str, object]:
    """Return what sums instead of raw baskets cost."""
    from central_sync.trainers.shopper.private_price import price  # noqa: PLC0415 - a trainer

    return price(data, epsilon, seed=1, progress=progress)


def answer(found: Evaluation) -> dict[str, object]:
    """Return an evaluation as the documented JSON object."""
    told: dict[str, object] = {
        "task": found.task,
        "data": {"name": found.data_name, "sha256": found.data_sha256},
        "model": {
            "name": found.model_name,
            "version": found.model_version,
            "sha256": found.model_sha256,
        },
        "metrics": plain(found.metrics),
        "environment": {
            "cores": len(os.sched_getaffinity(0)),
            "onnxruntime": onnxruntime.__version__,
        },
    }
    return told | ({"baselines": plain(found.baselines)} if found.baselines else {})


def _lines(told: dict[str, object]) -> list[str]:
    """Return an evaluation for people: a line for each figure."""
    lines = []
    for part in ("metrics", "baselines"):
        figures = told.get(part)
        if isinstance(figures, dict):
            lines += [f"{part}.{line}" for line in _flat(figures)]
    return lines


def _flat(figures: dict[str, object]) -> list[str]:
    """Return figures within figures by their full names."""
    lines: list[str] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            lines += [f"{name}.{line}" for line in _flat(value)]
        else:
            lines.append(f"{name} {value:.6g}" if isinstance(value, float) else f"{name} {value}")
    return lines
