"""`central-sync train` with the tiny kind: the child process of the tests of retraining."""

import json
import sys
from pathlib import Path

import click

from central_sync.commands.speaking import stdout_kept_clean, told_in_a_line
from central_sync.commands.train import fit
from tests.fakes.tiny_kind import TinyKind

PROGRAM = (sys.executable, "-m", "tests.fakes.tiny_training")


@click.group()
def program() -> None:
    """Stand in for central-sync."""


@program.command()
@click.argument("kind")
@click.option("--data", type=click.Path(path_type=Path), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--against", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True)
@click.option("--background", is_flag=True)
def train(
    kind: str, data: Path, out: Path, against: Path | None, *, as_json: bool, background: bool
) -> None:
    """Fit the tiny kind, as the real command fits a real one."""
    assert as_json
    assert background
    with told_in_a_line(f"train {kind}", traceback=False), stdout_kept_clean():
        told = fit(TinyKind(), data, out, against, seed=0)
    click.echo(json.dumps(told))


if __name__ == "__main__":
    program()
