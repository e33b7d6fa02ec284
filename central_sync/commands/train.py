"""`central-sync train KIND`: fit a model, on a folder of data or on what the stores have sent.

With --data a model is written and proven, and nothing else changes. With --config the centre's own
events are learned from, and the result is judged, registered and, when better, made champion.
"""

import ctypes
import json
import os
import signal
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

import click

from central_sync.adapters.model_registry import read_model
from central_sync.commands.executors import executor_of, peaks
from central_sync.commands.kinds import KINDS, kind_named
from central_sync.commands.speaking import (
    BAD,
    is_folder,
    plain,
    progress,
    stdout_kept_clean,
    stop,
    told_in_a_line,
)
from central_sync.ports.executor import Executor
from central_sync.ports.training import Continuing, DataUnusableError, ModelKind, Spreading
from endcap.models.golden import disagreements
from endcap.plumbing.onnx_session import open_session
from endcap.wire.manifest import Golden, ModelManifest

TRAINED = [name for name in KINDS if name not in ("search", "media")]  # each store fits those
_NICE = 10
_PR_SET_PDEATHSIG = 1


@click.command("train")
@click.argument("kind", type=click.Choice(TRAINED))
@click.option("--data", type=click.Path(path_type=Path), help="A folder of data to learn from.")
@click.option("--config", type=click.Path(path_type=Path), help="The centre to learn at.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where the model goes; KIND-model without it."
)
@click.option(
    "--against", type=click.Path(path_type=Path), help="A model's folder to compare with."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of all that is random.")
@click.option(
    "--workers",
    type=click.IntRange(1, 1024),
    default=1,
    show_default=True,
    help="How many groups of stores are worked at the same time (demand).",
)
@click.option(
    "--executor",
    "means",
    type=click.Choice(["processes", "dask"]),
    default="processes",
    show_default=True,
    help="What works them: processes of this machine, or a Dask cluster.",
)
@click.option("--scheduler", help="The address of the cluster's scheduler; a local one without it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@click.option("--background", is_flag=True, hidden=True)
@click.option("--traceback", is_flag=True, hidden=True)
def train(  # noqa: PLR0913 - one for each option
    kind: str,
    *,
    data: Path | None,
    config: Path | None,
    out: Path | None,
    against: Path | None,
    seed: int,
    workers: int,
    means: str,
    scheduler: str | None,
    as_json: bool,
    background: bool,
    traceback: bool,
) -> None:
    """Fit a model of KIND. Exit 2 when that cannot be done, 1 when the candidate was not better."""
    if (data is None) == (config is None):
        raise stop("give --data DIR to learn from a folder, or --config FILE to learn at a centre")
    if background:
        _step_back()
    with told_in_a_line(f"train {kind}", traceback=traceback), stdout_kept_clean():
        if config is not None:
            from central_sync.commands.retraining import retrain_here  # noqa: PLC0415 - not in children

            told = retrain_here(kind, config)
        else:
            folder = is_folder(data or Path(), "data")
            place = out or Path(f"{kind}-model")
            with executor_of(means, workers, scheduler) as executor:
                told = fit(spread(kind_named(kind), executor), folder, place, against, seed)
            told |= {"memory_mib": peaks()}
    click.echo(json.dumps(told, allow_nan=False) if as_json else _line(told))
    if told.get("outcome") in ("failed", "rejected"):
        raise click.exceptions.Exit(BAD)


def spread(kind: ModelKind, executor: Executor) -> ModelKind:
    """Return a kind whose work is an executor's, where it can be shared out."""
    return kind.spread(executor) if isinstance(kind, Spreading) else kind


def fit(
    kind: ModelKind, data: Path, out: Path, against: Path | None, seed: int
) -> dict[str, object]:
    """Fit a model, prove that its files are sound, and compare it; return what there is to say.

    Raises:
        DataUnusableError: nothing can be learned from the data, or the result is not sound.
    """
    started = perf_counter()
    out.mkdir(parents=True, exist_ok=True)
    if against is not None and isinstance(kind, Continuing):
        kind = kind.going_on(against)
    manifest = kind.fit(data, out, seed=seed, progress=progress)
    prove(out)
    progress(f"comparing with {against or 'nothing'}")
    verdict = kind.compare(data, out, against)
    return {
        "kind": manifest.kind,
        "version": manifest.version,
        "sha256": manifest.model.sha256,
        "out": str(out),
        "seconds": round(perf_counter() - started, 3),
        "verdict": plain(asdict(verdict)),
    }


def prove(folder: Path) -> ModelManifest:
    """Return the manifest of a model whose files are its own and which answers as it should.

    Raises:
        DataUnusableError: a file is another one, or the model does not keep its golden file.
    """
    manifest, files = read_model(folder)
    session = open_session(files[manifest.model.file])
    golden = Golden.model_validate_json(files[manifest.golden.file])
    wrong = disagreements(golden, session.run)
    if wrong:
        raise DataUnusableError(f"{folder / manifest.model.file}: {wrong[0]}")
    return manifest


def _step_back() -> None:
    """Leave the machine to those who serve, and end with the program that started this one."""
    os.nice(_NICE)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _line(told: dict[str, object]) -> str:
    """Return what came out, for people."""
    if "outcome" in told:
        return f"{told['kind']}: {told['outcome']}: {told['reason']}"
    memory = told["memory_mib"]
    used = (
        ", ".join(f"{mib} MiB {who}" for who, mib in memory.items())
        if isinstance(memory, dict)
        else ""
    )
    return f"{told['out']}: {told['kind']} {told['version']}, {told['seconds']} s, {used}"
