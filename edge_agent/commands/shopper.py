"""`edge-agent shopper consent|diets|show|export|erase|rekey`: one person, and the store's memory.

A card given as an argument can be seen in the list of processes while the command runs; --stdin
keeps it out of there.
"""

import asyncio
import json
import secrets
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import click

from edge_agent.adapters import rekeying
from edge_agent.adapters.consent_tables import ConsentTables
from edge_agent.adapters.person_tables import PersonTables
from edge_agent.adapters.schema import migrate
from edge_agent.adapters.store_life import get_meta
from edge_agent.agent.persons import elsewhere
from edge_agent.agent.standing import card_reader
from edge_agent.commands.reading import USAGE, config_argument, read_config, stop
from edge_agent.config import EdgeConfig
from edge_agent.ports.kiosk import StoreUnreadableError, StoreUnwritableError
from edge_agent.ports.shoppers import ErasureError, Remembered
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.files import InUseError, held
from endcap.plumbing.sqlite_file import SqliteFile, StorageError, connect, open_sqlite

T = TypeVar("T")
Work = Callable[[ConsentTables, PersonTables, datetime], Awaitable[T]]

WHO = "command"

_card = click.argument("card", required=False)
_stdin = click.option("--stdin", is_flag=True, help="Read CARD from standard input.")


@click.group("shopper")
def shopper() -> None:
    """What the store remembers of one person, by loyalty card. The agent may run.

    Each command is noted in the audit log, without the card.
    """


@shopper.command("consent")
@config_argument
@_card
@_stdin
@click.option("--withdraw", is_flag=True, help="CARD's holder agrees no more: erase them.")
@click.option("--source", default="person", help="How they said so.")
def consent(config: Path, card: str | None, *, stdin: bool, withdraw: bool, source: str) -> None:
    """Take down that CARD's holder agrees to be remembered from now on."""
    told = _told(card, stdin=stdin)
    if withdraw:
        _erase(config, told)
        return
    found = _with(config, lambda book, _, at: book.agree(told, source, WHO, at))
    click.echo(_line(found))


@shopper.command("diets")
@config_argument
@_card
@_stdin
@click.option("--diet", "diets", multiple=True, help="What must not be offered; none clears them.")
def set_diets(config: Path, card: str | None, diets: tuple[str, ...], *, stdin: bool) -> None:
    """Take down what must not be offered to CARD's holder. Exit 1 without their consent."""
    told = _told(card, stdin=stdin)
    found = _with(config, lambda book, _, at: book.set_diets(told, diets, WHO, at))
    click.echo(_line(found))
    if found is None:
        raise click.exceptions.Exit(1)


@shopper.command("show")
@config_argument
@_card
@_stdin
def show(config: Path, card: str | None, *, stdin: bool) -> None:
    """Tell whether CARD's holder is remembered. Exit 1 when not."""
    told = _told(card, stdin=stdin)
    found = _with(config, lambda book, _persons, _at: book.remembered(told))
    click.echo(_line(found))
    if found is None:
        raise click.exceptions.Exit(1)


@shopper.command("export")
@config_argument
@_card
@_stdin
def export(config: Path, card: str | None, *, stdin: bool) -> None:
    """Print all that the store has of CARD's holder, as JSON."""
    told = _told(card, stdin=stdin)
    found = _with(config, lambda _, persons, at: persons.export(told, WHO, at))
    standing = asdict(found.remembered) if found.remembered else {}
    standing.pop("name", None)
    said = {"consent": found.remembered is not None, **standing, "records": dict(found.records)}
    click.echo(json.dumps(said, default=str, ensure_ascii=False))


@shopper.command("erase")
@config_argument
@_card
@_stdin
def erase(config: Path, card: str | None, *, stdin: bool) -> None:
    """Erase every trace of CARD's holder.

    In every table and file, also in older copies.
    """
    _erase(config, _told(card, stdin=stdin))


@shopper.command("rekey")
@config_argument
def rekey(config: Path) -> None:
    """Give every shopper another pseudonym; histories go on. Stop the agent first."""
    settings = read_config(config, check_files=False)
    database = _database(settings)
    try:
        with held(settings.storage.folder), closing(connect(database)) as db:
            renamed = rekeying.rekey(db, database, secrets.token_bytes, SystemClock().now())
    except InUseError:
        advice = "stop it first: systemctl stop edge-agent"
        raise stop(f"the agent is running; {advice}", code=USAGE) from None
    except (sqlite3.Error, OSError, ErasureError) as error:
        raise stop(f"{database}: {error}", code=1) from None
    click.echo(f"{renamed} shoppers have another pseudonym")


def _erase(config: Path, card: str) -> None:
    done = _with(config, lambda _, persons, at: persons.erase(card, WHO, at))
    click.echo(f"erased: {done.rows} rows, {done.files} files")


def _line(found: Remembered | None) -> str:
    """Return a person's standing on one line."""
    if found is None:
        return "not remembered: there is no consent"
    since = f"since {found.since:%Y-%m-%d %H:%M} UTC" if found.since else "since they joined"
    return f"remembered {since} ({found.source}); diets: {', '.join(found.diets) or 'none'}"


def _told(card: str | None, *, stdin: bool) -> str:
    """Return the card, or end the command."""
    if stdin == (card is not None):
        raise stop("name one card, as CARD or with --stdin", code=USAGE)
    told = sys.stdin.readline().strip() if card is None else card.strip()
    if not told:
        raise stop("the card is empty", code=USAGE)
    return told


def _database(config: EdgeConfig) -> Path:
    database = config.storage.database
    if not database.exists():
        raise stop(f"there is no database {database}; has the agent ever run?", code=USAGE)
    return database


def _with(config: Path, work: Work[T]) -> T:
    """Do `work` with the store's database, or end the command."""
    settings = read_config(config, check_files=False)
    database = _database(settings)

    async def run() -> T:
        async with open_sqlite(database, migrate) as file:
            cards = card_reader(settings, await _key(file))
            persons = PersonTables(file, cards, elsewhere(settings))
            return await work(ConsentTables(file, cards), persons, SystemClock().now())

    try:
        return asyncio.run(run())
    except (StoreUnreadableError, StoreUnwritableError, StorageError, OSError) as error:
        raise stop(f"{database}: {error}", code=1) from None
    except ErasureError as error:
        raise stop(str(error), code=1) from None


async def _key(file: SqliteFile) -> bytes:
    """Return the store's key of cards, or end the command."""
    told = await file.read(lambda db: get_meta(db, "shopper_key"))
    if told is None:
        raise stop("the store has no key of cards yet; has the agent ever run?", code=USAGE)
    return bytes.fromhex(told)
