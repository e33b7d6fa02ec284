"""`central-sync deadletter`: what could not be read, why, and one more try."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from central_sync.adapters.letter_tables import KeptLetter, read_letters, replay
from central_sync.adapters.sqlite_reading import DatabaseUnreadableError, changing
from central_sync.commands.centre_database import centre_argument, database_of, opened
from central_sync.commands.speaking import BAD, stop
from endcap.plumbing.clock import SystemClock
from endcap.wire.errors import WireError

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


@click.group("deadletter")
def deadletter() -> None:
    """Messages and events that could not be read.

    CENTRE is the centre's configuration or its database.
    """


@deadletter.command("list")
@centre_argument
@click.option("--all", "everything", is_flag=True, help="Those that were replayed, too.")
@json_option
def list_letters(centre: Path, *, everything: bool, as_json: bool) -> None:
    """List the dead letters, the oldest first."""
    with opened(centre) as db:
        letters = read_letters(db, everything=everything)
    if as_json:
        click.echo(json.dumps({"letters": [_told(one) for one in letters]}))
        return
    for one in letters:
        click.echo(_line(one))
    if not letters:
        click.echo("no dead letters")


@deadletter.command("show")
@centre_argument
@click.argument("letter", type=int)
@json_option
def show(centre: Path, letter: int, *, as_json: bool) -> None:
    """Show dead letter LETTER whole. An event is JSON, anything else base64."""
    with opened(centre) as db:
        found = read_letters(db, letter=letter)
    if not found:
        raise stop(f"there is no dead letter {letter}", code=BAD)
    click.echo(json.dumps(_told(found[0], raw=True)) if as_json else _whole(found[0]))


@deadletter.command("replay")
@centre_argument
@click.argument("letter", type=int, required=False)
def replay_letters(centre: Path, letter: int | None) -> None:
    """Read LETTER, or every dead letter, once more. Exit 1 when one still cannot be read.

    The centre may be running.
    """
    at, left = SystemClock().now(), 0
    try:
        with changing(database_of(centre)) as db:
            letters = read_letters(db, letter=letter)
            for one in letters:
                try:
                    click.echo(f"letter {one.letter}: {replay(db, one, at)} new events")
                except WireError as error:
                    click.echo(f"letter {one.letter}: {error}", err=True)
                    left += 1
    except DatabaseUnreadableError as error:
        raise stop(str(error)) from None
    if not letters and letter is not None:
        raise stop(f"there is no dead letter {letter}", code=BAD)
    if not letters:
        click.echo("no dead letters")
    if left:
        raise click.exceptions.Exit(BAD)


def _told(one: KeptLetter, *, raw: bool = False) -> dict[str, Any]:
    """Return a letter as JSON values."""
    values = {
        **asdict(one),
        "at": one.at.isoformat(),
        "replayed_at": one.replayed_at.isoformat() if one.replayed_at else None,
    }
    return values if raw else {name: value for name, value in values.items() if name != "raw"}


def _line(one: KeptLetter) -> str:
    """Return a letter on one line."""
    place = f"{one.epoch}-{one.seq}" if one.seq is not None else "no place"
    replayed = "  (replayed)" if one.replayed_at else ""
    return f"{one.letter:6}  {one.store}  {one.form:5}  {place}  {one.reason}{replayed}"


def _whole(one: KeptLetter) -> str:
    """Return a letter with its contents."""
    return f"{_line(one)}\n{one.raw}"
