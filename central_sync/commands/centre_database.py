"""Finds the centre's database for a command, and says in one line why it cannot be read."""

import asyncio
import contextlib
import getpass
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import click

from central_sync.adapters.schema import migrate
from central_sync.adapters.sqlite_reading import DatabaseUnreadableError, changing, reading
from central_sync.commands.speaking import disk_trouble_told, read_config, stop
from central_sync.config import CentralConfig
from central_sync.ports.identity import By
from endcap.plumbing import audit_log
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite

T = TypeVar("T")

CONFIG_SUFFIX = ".toml"

centre_argument = click.argument("centre", metavar="CENTRE", type=click.Path(path_type=Path))
"""The centre: its configuration or its database."""


def database_of(centre: Path) -> Path:
    """Return the database of a centre that is named by its configuration or its database."""
    if centre.suffix != CONFIG_SUFFIX:
        return centre
    return read_config(centre, check_files=False).centre.database


def centre_that_ran(config: Path) -> CentralConfig:
    """Return the configuration of a centre that has a database, or end the command."""
    settings = read_config(config, check_files=False)
    if not settings.centre.database.exists():
        where = settings.centre.database
        raise stop(f"there is no database {where}; has the centre ever run?")
    return settings


@contextlib.contextmanager
def opened(centre: Path) -> Iterator[sqlite3.Connection]:
    """Open the centre's database for reading, or end the command."""
    try:
        with reading(database_of(centre)) as db:
            yield db
    except DatabaseUnreadableError as error:
        raise stop(str(error)) from None


@contextlib.contextmanager
def changed(settings: CentralConfig) -> Iterator[sqlite3.Connection]:
    """Open the centre's database for one change, or end the command."""
    try:
        with changing(settings.centre.database) as db:
            yield db
    except DatabaseUnreadableError as error:
        raise stop(str(error)) from None


def written(database: Path, work: Callable[[SqliteFile], Awaitable[T]]) -> T:
    """Do `work` on the centre's database, also while the centre runs, or end the command."""

    async def run() -> T:
        async with open_sqlite(database, migrate) as file:
            return await work(file)

    with disk_trouble_told(database):
        return asyncio.run(run())


async def noted(file: SqliteFile, by: By, what: str) -> None:
    """Note in the audit log what a person did to files; what is in tables is noted with it."""
    await file.write(lambda db: audit_log.note(db, audit_log.Act(by.who, what), by.at))


def ordered() -> By:
    """Return who gives an order here, for the audit log: who is logged in."""
    return By(getpass.getuser(), SystemClock().now())
