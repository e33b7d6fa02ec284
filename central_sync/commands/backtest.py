"""`central-sync backtest demand --data DIR`: how would forecasts have fared in the past?

Prints figures of rolling origins, each of which knows only what was known then. The data is only
read.
"""

import json
from pathlib import Path
from typing import Any

import click

from central_sync.adapters.worker_processes import WorkerProcesses
from central_sync.commands.speaking import (
    is_folder,
    plain,
    progress,
    stdout_kept_clean,
    stop,
    told_in_a_line,
)
from endcap.plumbing.clock import SystemClock

_PARTED = ("segments", "stores", "regions")
_FIGURES = ("wape", "bias", "pinball", "coverage_90")


@click.command("backtest")
@click.argument("task", type=click.Choice(["demand"]))
@click.option("--data", type=click.Path(path_type=Path), required=True, help="A folder of data.")
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="A model's folder or .onnx file, used as it is; without it one is fitted at each origin.",
)
@click.option(
    "--origins", type=click.IntRange(1, 366), default=4, show_default=True, help="How many."
)
@click.option(
    "--every",
    type=click.IntRange(1, 366),
    help="Periods from one origin to the next; a horizon without it.",
)
@click.option("--segments", is_flag=True, help="By segment, store and region too.")
@click.option(
    "--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of all that is random.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@click.option("--traceback", is_flag=True, hidden=True)
def backtest(  # noqa: PLR0913 - one for each option
    task: str,
    data: Path,
    model: Path | None,
    *,
    origins: int,
    every: int | None,
    workers: int,
    seed: int,
    segments: bool,
    as_json: bool,
    traceback: bool,
) -> None:
    """Forecast DATA's past from rolling origins. Exit 2 when that cannot be done.

    The last origin is the one that `evaluate` scores. Segments: fast, slow, intermittent and new
    items, perishable ones, promoted and holiday days. A given model may have learned from days it
    is scored on here; without --model that cannot be.
    """
    folder = is_folder(data, "data")
    if model is not None and not model.exists():
        raise stop(f"{model}: there is no such model; give its folder or its .onnx file")
    with told_in_a_line(f"backtest {task}", traceback=traceback), stdout_kept_clean():
        from central_sync.trainers.demand import backtest as demand  # noqa: PLC0415 - brings libraries
        from central_sync.trainers.in_turn import InTurn  # noqa: PLC0415 - likewise

        plan = demand.Plan(folder, model.resolve() if model else None, origins, every, seed)
        if workers == 1:
            found = demand.backtest(plan, InTurn(), progress)
        else:
            with WorkerProcesses(workers, SystemClock()) as crew:
                found = demand.backtest(plan, crew, progress)
    told = {name: one for name, one in found.items() if segments or name not in _PARTED}
    told = {"task": task, "data": folder.name} | told
    click.echo(json.dumps(plain(told), allow_nan=False) if as_json else "\n".join(_lines(told)))


def _lines(told: dict[str, Any]) -> list[str]:
    """Return a report for people: a table of all origins, each, and each part."""
    heads = "".join(f"{name:>13}" for name in _FIGURES)
    lines = [f"{'':<22}{'rows':>9}{heads}", _line("all", told["metrics"])]
    lines += [_line(f"known to {one['known']}", one) for one in told["origins"]]
    for part in _PARTED:
        lines += [_line(name, one) for name, one in told.get(part, {}).items()]
    how = "fitted anew at each origin" if told["refit"] else f"model {', '.join(told['model'])}"
    return [*lines, f"{how}; horizon {told['horizon']}, every {told['every']}"]


def _line(name: str, one: dict[str, Any]) -> str:
    """Return one row of the table."""
    return f"{name[:21]:<22}{one['rows']:>9,}" + "".join(f"{one[key]:>13.4f}" for key in _FIGURES)
