"""`edge-agent key new|list|revoke|link`: who may use the kiosk's interface."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import click

from edge_agent.adapters.key_tables import LINK_LASTS, KeyTables
from edge_agent.adapters.schema import migrate
from edge_agent.commands.reading import USAGE, config_argument, read_config, stop
from edge_agent.config import EdgeConfig
from edge_agent.ports.access import ROLES, KeyNameError, KeyShown, Role
from edge_agent.ports.kiosk import StoreUnwritableError
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.sqlite_file import StorageError, open_sqlite

T = TypeVar("T")

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

_name = click.argument("name")


@click.group("key")
def key() -> None:
    """Keys to the store's HTTP interface. The agent may run.

    A key is shown once, when it is made; the store keeps a hash of it.
    """


@key.command("new")
@config_argument
@_name
@click.option("--role", type=click.Choice(ROLES), required=True, help="What it is for.")
def new(config: Path, name: str, role: Role) -> None:
    """Make a key called NAME and print it, once.

    A shopper's is for kiosk screens, a till's for sales, stock and consent, the inference role for
    other programs that ask models, and staff's for everything.
    """
    if not _NAME.fullmatch(name):
        raise stop("a name has lower-case letters, digits and dashes, at most 40", code=USAGE)
    found, at = read_config(config, check_files=False), SystemClock().now()
    click.echo(_with(found, lambda keys: keys.make(name, role, at)))


@key.command("list")
@config_argument
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def list_keys(config: Path, *, as_json: bool) -> None:
    """List the keys there are and were, without the keys."""
    shown = _with(read_config(config, check_files=False), lambda keys: keys.shown())
    if as_json:
        click.echo(json.dumps({"keys": [asdict(one) for one in shown]}, default=str))
        return
    for one in shown:
        click.echo(_line(one))
    if not shown:
        click.echo("there is no key; see `edge-agent key new`")


@key.command("revoke")
@config_argument
@_name
def revoke(config: Path, name: str) -> None:
    """Let the key NAME open nothing any more, nor any session it began. Counts within a second."""
    found, at = read_config(config, check_files=False), SystemClock().now()
    _with(found, lambda keys: keys.revoke(name, at))
    click.echo(f"{name}: revoked")


@key.command("link")
@config_argument
@_name
@click.option("--address", help="Where the browser finds the kiosk, such as http://10.0.0.5:8480.")
def link(config: Path, name: str, address: str | None) -> None:
    """Print a link that signs one browser in with the key NAME.

    It works once, within a quarter of an hour.
    """
    found, at = read_config(config, check_files=False), SystemClock().now()
    token = _with(found, lambda keys: keys.link(name, at))
    host = "localhost" if found.kiosk.host in {"0.0.0.0", "::"} else found.kiosk.host  # noqa: S104 - compared
    base = (address or f"http://{host}:{found.kiosk.port}").rstrip("/")
    click.echo(f"{base}/enter#{token}")
    click.echo(f"good once, for {LINK_LASTS.seconds // 60} minutes", err=True)


def _line(one: KeyShown) -> str:
    """Return a key on one line."""
    until = f"revoked {one.revoked_at:%Y-%m-%d %H:%M}" if one.revoked_at else "counts"
    return f"{one.name:<40}  {one.role:<9}  made {one.made_at:%Y-%m-%d}  {until}"


def _with(config: EdgeConfig, work: Callable[[KeyTables], Awaitable[T]]) -> T:
    """Do `work` with the store's keys, or end the command."""
    database = config.storage.database

    async def run() -> T:
        async with open_sqlite(database, migrate) as file:
            return await work(KeyTables(file, SystemClock()))

    try:
        return asyncio.run(run())
    except KeyNameError as error:
        raise stop(str(error), code=1) from None
    except (StoreUnwritableError, StorageError, OSError) as error:
        raise stop(f"{database}: {error}", code=1) from None
