"""`central-sync feed event add|remove|list`: local events, one at a time."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from central_sync.adapters.feed_tables import FeedTables, read_parts
from central_sync.commands.centre_database import centre_that_ran, opened, ordered, written
from central_sync.commands.feed_options import audience_of, audience_options
from central_sync.commands.speaking import BAD, stop
from endcap.wire.commands import LocalEvent
from endcap.wire.envelope import first_problem

_config = click.argument("config", type=click.Path(path_type=Path))
_day = click.option("--day", required=True, type=click.DateTime(["%Y-%m-%d"]), help="2026-03-07.")
_name = click.option("--name", required=True, help="What happens; one name is one kind of event.")


@click.group("event")
def event() -> None:
    """Local events: a match, a fair, a closed road. What a store's own people say goes before."""


@event.command("add")
@_config
@audience_options
@_day
@_name
@click.option("--effect", type=float, help="On the day's sales: 0.3 is a third more.")
def add(
    config: Path,
    day: datetime,
    name: str,
    effect: float | None,
    **options: Any,  # noqa: ANN401 - click's
) -> None:
    """Tell that something happens near those it is for.

    Without an effect, each store learns what it does from past days of that name.
    """
    audience, by = audience_of(**options), ordered()
    try:
        one = LocalEvent(day=day.date(), name=_spelled(name), effect=effect)
    except ValidationError as error:
        raise stop(first_problem(error)) from None
    written(
        centre_that_ran(config).centre.database,
        lambda db: FeedTables(db).add_event(str(audience), one, by),
    )
    click.echo(f"{one.day}  {one.name}: said to {audience}; the running centre tells it")


@event.command("remove")
@_config
@audience_options
@_day
@_name
def remove(config: Path, day: datetime, name: str, **options: Any) -> None:  # noqa: ANN401 - click's
    """Take back an event that was added. Exit 1 when there is none."""
    audience, by, spelled = audience_of(**options), ordered(), _spelled(name)
    if not written(
        centre_that_ran(config).centre.database,
        lambda db: FeedTables(db).remove_event(str(audience), day.date(), spelled, by),
    ):
        said = f"no event {spelled!r} on {day.date()} was added for {audience}"
        raise stop(f"{said}; `feed event list` names those that were", code=BAD)
    click.echo(f"{day.date()}  {spelled}: taken back from {audience}")


@event.command("list")
@_config
def list_events(config: Path) -> None:
    """List the events that were added, and for whom."""
    with opened(centre_that_ran(config).centre.database) as db:
        parts = read_parts(db)
    for part in parts:
        for one in part.events:
            effect = "learned" if one.effect is None else f"{100 * one.effect:+.0f} %"
            click.echo(f"{one.day}  {effect:>8}  {one.name}  ({part.audience})")
    if not any(part.events for part in parts):
        click.echo("no event was added; see `feed event add`")


def _spelled(name: str) -> str:
    """Return a name as it is kept, or end the command."""
    found = " ".join(name.split())
    if not found or not found.isprintable():
        raise stop("--name: 1 to 120 printable characters are allowed")
    return found
