"""`central-sync feed show|set|publish|event`: what stores are told of the days to come.

What a person says is written into the centre's database; the running centre tells it to each store
that it is for. A narrower part goes before a wider one: a store's before its region's before all's.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

import click

from central_sync.adapters.feed_tables import (
    FeedTables,
    Part,
    read_feeds,
    read_part,
    read_parts,
)
from central_sync.commands.centre_database import centre_that_ran, opened, ordered, written
from central_sync.commands.feed_event import event
from central_sync.commands.feed_options import audience_of, audience_options
from central_sync.commands.speaking import BAD, stop
from central_sync.core.feeds import (
    ROWS,
    FeedProblemError,
    StoreFeed,
    audiences,
    composed,
    feed_of,
)
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.config_file import ConfigError, read_text
from endcap.wire.commands import Feed

_config = click.argument("config", type=click.Path(path_type=Path))
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


@click.group("feed")
def feed() -> None:
    """What stores are told of the days to come.

    Prices, promotions, weather, local events and the calendar.
    """


feed.add_command(event)


@feed.command("show")
@_config
@click.option("--store", help="What this store should know, whole.")
@_json
def show(config: Path, store: str | None, *, as_json: bool) -> None:
    """Show what was said, to whom, and which stores were told. Exit 1 for a store never heard."""
    with opened(centre_that_ran(config).centre.database) as db:
        if store is None:
            _show_all(read_parts(db), read_feeds(db), as_json=as_json)
            return
        found = next((one for one in read_feeds(db) if one.store == store), None)
        if found is None:
            raise stop(f"{store} was never heard; `fleet list` names those that were", code=BAD)
        parts = [read_part(db, name) for name in audiences(store, found.region)]
    try:
        whole = composed(parts, SystemClock().now().date())
    except FeedProblemError as error:
        raise stop(f"{store}: {error}", code=BAD) from None
    _show_one(found, whole, as_json=as_json)


@feed.command("set")
@_config
@click.argument("file", type=click.Path(path_type=Path), required=False)
@audience_options
@click.option("--clear", is_flag=True, help="Say nothing any more; events that were added stay.")
def set_feed(
    config: Path,
    file: Path | None,
    *,
    clear: bool,
    **options: Any,  # noqa: ANN401 - click's
) -> None:
    """Say what is in FILE to all, a region or a store.

    It goes in the place of what was said to them before. FILE is TOML or JSON with the lists of a
    feed: prices, promotions, weather, local_events, calendar.
    """
    if (file is None) != clear:
        raise stop("say what: FILE, or --clear for nothing")
    said = Feed(version=1) if file is None else _read(file)
    audience, by = audience_of(**options), ordered()
    written(
        centre_that_ran(config).centre.database,
        lambda db: FeedTables(db).say(str(audience), said, by),
    )
    click.echo(f"said to {audience}: {_counted(said)}; the running centre tells it")


@feed.command("publish")
@_config
def publish(config: Path) -> None:
    """Let the running centre tell every store again what it was told."""
    count = written(centre_that_ran(config).centre.database, lambda db: FeedTables(db).tell_again())
    click.echo(f"told again to {count} stores by the running centre")


def _read(file: Path) -> Feed:
    """Return the part in a file, or end the command with a line for each problem."""
    try:
        text = read_text(file)
        content: object = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
        if not isinstance(content, dict):
            raise stop(f"{file}: an object with the lists {', '.join(ROWS)} is wanted")
        return feed_of(content)
    except ConfigError as error:
        raise stop(str(error)) from None
    except FeedProblemError as error:
        for one in error.problems:
            click.echo(f"{file}: {one}", err=True)
        raise click.exceptions.Exit(2) from None
    except (ValueError, RecursionError) as error:
        raise stop(f"{file}: {error}") from None


def _show_all(parts: tuple[Part, ...], stores: tuple[StoreFeed, ...], *, as_json: bool) -> None:
    """Show every part, and how many stores were told."""
    told = [one for one in stores if one.told]
    if as_json:
        said = {one.audience: _part(one) for one in parts}
        heard = {one.store: {"version": one.version, "told": one.told} for one in stores}
        click.echo(json.dumps({"said": said, "stores": heard}))
        return
    for one in parts:
        rows = ", ".join(f"{count} {name}" for name, count in one.rows.items())
        added = f"{len(one.events)} events added" if one.events else ""
        what = "; ".join(filter(None, (rows, added))) or "nothing"
        click.echo(f"{one.audience:24} {what}  (by {one.said_by}, {one.said_at:%Y-%m-%d %H:%M})")
    if not parts:
        click.echo("nothing was said yet; see `feed set` and `feed event add`")
    click.echo(f"told {len(told)} of {len(stores)} stores")


def _part(one: Part) -> dict[str, Any]:
    """Return a part as JSON values."""
    return {
        "revision": one.revision,
        "rows": one.rows,
        "events": [added.model_dump(mode="json") for added in one.events],
        "by": one.said_by,
        "at": one.said_at.isoformat(),
    }


def _show_one(store: StoreFeed, whole: Feed, *, as_json: bool) -> None:
    """Show what one store should know, and what it was told last."""
    if as_json:
        told = {"store": store.store, "version": store.version, "told": store.told}
        rows = whole.model_dump(mode="json", exclude={"version", "kind"})
        click.echo(json.dumps({**told, "feed": rows}))
        return
    for name in ROWS:
        for row in getattr(whole, name):
            said = row.model_dump(mode="json", exclude_none=True)
            click.echo(f"{name:12} {'  '.join(str(value) for value in said.values())}")
    state = f"told version {store.version}" if store.told else "not told yet"
    click.echo(f"{store.store}: {_counted(whole)}; {state}")


def _counted(feed: Feed) -> str:
    """Return how many rows a feed has of each kind."""
    counts = {name: len(getattr(feed, name)) for name in ROWS}
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing"
