"""How commands speak: one JSON object or a few lines on stdout, progress and trouble on stderr.

Libraries that print, also those not written in Python, are kept off stdout while they work.
"""

import contextlib
import math
import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from central_sync.adapters.plan_file import load_plan
from central_sync.config import CentralConfig, load_config
from central_sync.core.rollouts.plan import DEFAULT, Plan
from endcap.plumbing.config_file import ConfigError
from endcap.plumbing.masking import masked
from endcap.plumbing.sqlite_file import StorageError

BAD, USAGE = 1, 2
MAX_LINE = 500


def progress(line: str) -> None:
    """Say on stderr what is being done now."""
    click.echo(" ".join(line.split()), err=True)


def stop(problem: str, *, code: int = USAGE) -> click.exceptions.Exit:
    """Say a problem in one line; return the exception that ends the command with `code`."""
    click.echo(masked(" ".join(problem.split()))[:MAX_LINE], err=True)
    return click.exceptions.Exit(code)


def read_config(path: Path, *, check_files: bool = True) -> CentralConfig:
    """Return the configuration in `path`, or end the command."""
    try:
        return load_config(path, check_files=check_files)
    except ConfigError as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(USAGE) from None


def read_plan(path: Path | None) -> Plan:
    """Return the rollout plan in `path`, or the standard one for None, or end the command."""
    try:
        return load_plan(path) if path else DEFAULT
    except ConfigError as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(USAGE) from None


@contextlib.contextmanager
def stdout_kept_clean() -> Iterator[None]:
    """Send whatever is printed in the block to stderr, at the level of the operating system."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        os.dup2(2, 1)
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


@contextlib.contextmanager
def told_in_a_line(work: str, *, traceback: bool) -> Iterator[None]:
    """Tell whatever goes wrong in the block in one line, and end the command.

    A stranger's data can break a trainer in more ways than it can foresee. `traceback` is for
    those who look for the fault.
    """
    try:
        yield
    except click.exceptions.Exit:
        raise
    except Exception as error:
        if traceback:
            raise
        name = "" if type(error).__module__.startswith("central_sync") else type(error).__name__
        raise stop(f"{work}: {f'{name}: ' if name else ''}{error}") from None


@contextlib.contextmanager
def disk_trouble_told(place: Path) -> Iterator[None]:
    """Tell in one line that the disk, or the database on it, refused; end the command."""
    try:
        yield
    except (OSError, sqlite3.Error, StorageError) as error:
        raise stop(f"{place}: {error}") from None


def plain(value: object) -> Any:  # noqa: ANN401 - whatever JSON can say
    """Return `value` as JSON can say it: no NaN, no numpy."""
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(one) for one in value]
    item = getattr(value, "item", None)
    bare = item() if callable(item) else value
    if isinstance(bare, float):
        return bare if math.isfinite(bare) else None
    return bare if bare is None or isinstance(bare, str | int) else str(bare)


def is_folder(path: Path, what: str) -> Path:
    """Return `path` in full, or end the command when it is no folder."""
    if not path.exists():
        raise stop(f"{path}: there is no such folder of {what}")
    if not path.is_dir():
        raise stop(f"{path}: is a file, and a folder of {what} is wanted")
    return path.resolve()
