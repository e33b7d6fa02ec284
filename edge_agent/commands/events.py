"""`edge-agent events list|add|remove`: what happens near the store, as its own people know it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import click

from edge_agent.adapters.event_desk import EventTables
from edge_agent.adapters.schema import migrate
from edge_agent.commands.reading import USAGE, config_argument, read_config, stop
from edge_agent.config import EdgeConfig
from edge_agent.core.feed.days import local_event
from edge_agent.core.feed.fields import Times
from edge_agent.core.feed.rows import RowError
from edge_agent.core.feed.sayings import one_name
from edge_agent.ports.feeds import KnownEvent
from edge_agent.ports.kiosk import StoreUnreadableError, StoreUnwritableError
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.sqlite_file import StorageError, open_sqlite

T = TypeVar("T")

AHEAD = timedelta(days=800)
BACK = timedelta(days=28)

_day = click.argument("day")
_name = click.argument("name")


@click.group("events")
def events() -> None:
    """Local events: a match, a fair, a closed road. The agent may run.

    What is told here goes before what the centre says of the same day and name.
    """


@events.command("list")
@config_argument
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def list_events(config: Path, *, as_json: bool) -> None:
    """List what is known from four weeks ago on, and who told of it."""
    found, at = read_config(config, check_files=False), SystemClock().now()
    first = at.astimezone(_zone(found)).date() - BACK
    known = _with(found, lambda desk: desk.events(first))
    if as_json:
        rows = [{**asdict(one), "day": one.day.isoformat()} for one in known]
        click.echo(json.dumps({"events": rows}))
        return
    for one in known:
        click.echo(_line(one))
    if not known:
        click.echo("no event is known; see `edge-agent events add`")


@events.command("add")
@config_argument
@_day
@_name
@click.option("--effect", default="", help="On the day's sales: 0.3 or 30% is a third more.")
def add(config: Path, day: str, name: str, effect: str) -> None:
    """Tell that NAME happens on DAY (2026-03-07).

    Without an effect, what it does is learned from past days of that name.
    """
    found, at = read_config(config, check_files=False), SystemClock().now()
    try:
        event = local_event({"day": day, "name": name, "effect": effect}, _times(found, at))
    except RowError as error:
        raise stop(str(error), code=USAGE) from None
    _with(found, lambda desk: desk.add(event, at))
    click.echo(_line(KnownEvent(event.day, event.name, event.effect, "store")))


@events.command("remove")
@config_argument
@_day
@_name
def remove(config: Path, day: str, name: str) -> None:
    """Take back that NAME happens on DAY. Exit 1 when that was not told in this store."""
    found, at = read_config(config, check_files=False), SystemClock().now()
    try:
        event = local_event({"day": day, "name": name}, _times(found, at))
    except RowError as error:
        raise stop(str(error), code=USAGE) from None
    if not _with(found, lambda desk: desk.remove(event.day, one_name(name), at)):
        advice = "to overrule one of the centre's, add it with --effect 0"
        raise stop(f"no event {event.name!r} on {event.day} was told here; {advice}", code=1)
    click.echo(f"{event.day}  {event.name}: taken back")


def _line(one: KnownEvent) -> str:
    """Return an event on one line."""
    effect = "learned" if one.effect is None else f"{100 * one.effect:+.0f} %"
    return f"{one.day}  {effect:>8}  {one.name}  ({one.source})"


def _zone(config: EdgeConfig) -> ZoneInfo:
    return ZoneInfo(config.store.timezone)


def _times(config: EdgeConfig, at: datetime) -> Times:
    """Return the days that anyone may mean."""
    return Times(_zone(config), at - config.storage.retention, at + AHEAD)


def _with(config: EdgeConfig, work: Callable[[EventTables], Awaitable[T]]) -> T:
    """Do `work` with the store's database, or end the command."""
    database = config.storage.database
    if not database.exists():
        raise stop(f"there is no database {database}; has the agent ever run?", code=USAGE)

    async def run() -> T:
        async with open_sqlite(database, migrate) as file:
            return await work(EventTables(file))

    try:
        return asyncio.run(run())
    except (StoreUnreadableError, StoreUnwritableError, StorageError, OSError) as error:
        raise stop(f"{database}: {error}", code=1) from None
