"""Reads a configuration for a command: what is wrong goes to stderr, and the exit code is 2."""

from collections.abc import Mapping
from pathlib import Path

import click

from edge_agent.adapters.remote_file import RemoteFile
from edge_agent.config import EdgeConfig, load_config
from edge_agent.core.remote_config import with_own_masks
from endcap.plumbing.config_file import ConfigError

USAGE = 2

config_argument = click.argument("config", type=click.Path(path_type=Path))


def read_config(path: Path, *, check_files: bool = True, starting: bool = False) -> EdgeConfig:
    """Return the configuration in `path`, or end the command."""
    try:
        return load_config(path, check_files=check_files, starting=starting)
    except ConfigError as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(USAGE) from None


def read_config_at_work(path: Path) -> EdgeConfig:
    """Return the configuration in `path` with the settings from afar that fit it, or end."""
    own = read_config(path, check_files=False)
    settings = RemoteFile(own.storage.folder).read().current.settings
    try:
        return load_config(path, remote=at_work(own, settings), check_files=False)
    except ConfigError:
        return own


def at_work(own: EdgeConfig, settings: Mapping[str, object]) -> Mapping[str, object]:
    """Return settings from afar as they lie over the store's `own`: masks stay the device's."""
    masked = [one for one in own.cameras if one.mask]
    masks = {key: one.mask for one in masked for key in (one.name, one.source)}
    return with_own_masks(settings, masks)


def stop(problem: str, *, code: int) -> click.exceptions.Exit:
    """Say a problem in one line; return the exception that ends the command with `code`."""
    click.echo(" ".join(problem.split()), err=True)
    return click.exceptions.Exit(code)
