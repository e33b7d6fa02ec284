"""Finds the centre's database for a command, and says in one line why it cannot be read."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import click

from central_sync.adapters.sqlite_reading import DatabaseUnreadableError, reading
from central_sync.commands.speaking import read_config, stop

CONFIG_SUFFIX = ".toml"

centre_argument = click.argument("centre", metavar="CENTRE", type=click.Path(path_type=Path))
"""The centre: its configuration or its database."""


def database_of(centre: Path) -> Path:
    """Return the database of a centre that is named by its configuration or its database."""
    if centre.suffix != CONFIG_SUFFIX:
        return centre
    return read_config(centre, check_files=False).centre.database


@contextlib.contextmanager
def opened(centre: Path) -> Iterator[sqlite3.Connection]:
    """Open the centre's database for reading, or end the command."""
    try:
        with reading(database_of(centre)) as db:
            yield db
    except DatabaseUnreadableError as error:
        raise stop(str(error)) from None
