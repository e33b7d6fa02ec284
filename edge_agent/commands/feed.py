"""`edge-agent feed schema|files|rows`: what feeds look like, and what came of those that came."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import click

from edge_agent.commands.reading import USAGE, config_argument, read_config, stop
from endcap.wire.commands import Feed

_FILES = "SELECT * FROM feed_files ORDER BY read_at DESC, rowid DESC LIMIT ?"
_ROWS = """
SELECT line, 'not taken in' AS done, reason FROM refused_rows WHERE file = :file UNION ALL
SELECT line, 'taken in', note FROM noted_rows WHERE file = :file ORDER BY line
"""

_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


@click.group("feed")
def feed() -> None:
    """What tills, people and servers hand over.

    What each kind of file has is in docs/feeds.md.
    """


@feed.command("schema")
def schema() -> None:
    """Print the JSON Schema of the feed of the days to come."""
    click.echo(json.dumps(feed_schema(), indent=2))


@feed.command("files")
@config_argument
@click.option("--limit", default=20, type=click.IntRange(1, 1000), help="At most so many.")
@_json
def files(config: Path, limit: int, *, as_json: bool) -> None:
    """List the files that were read last.

    With each, how many of its rows were not taken in.
    """
    with closing(_database(config)) as db:
        found = [dict(row) for row in db.execute(_FILES, (limit,))]
    if as_json:
        click.echo(json.dumps({"files": found}))
        return
    for one in found:
        counts = f"{one['accepted']:7} taken in  {one['refused']:5} refused"
        click.echo(f"{one['read_at'][:19]}  {counts}  {one['file']}")
    if not found:
        click.echo("no file was read yet")


@feed.command("rows")
@config_argument
@click.argument("file")
@_json
def rows(config: Path, file: str, *, as_json: bool) -> None:
    """List the rows of FILE that were not taken in, and why.

    Those that were, but only by assuming something, are listed too. Exit 1 when any was not.
    """
    with closing(_database(config)) as db:
        found = [dict(row) for row in db.execute(_ROWS, {"file": file})]
    if as_json:
        click.echo(json.dumps({"file": file, "rows": found}))
    else:
        for one in found:
            click.echo(f"line {one['line']}: {one['done']}: {one['reason']}")
        if not found:
            click.echo(f"{file}: nothing is to be told; `feed files` names what was read")
    if any(one["done"] == "not taken in" for one in found):
        raise click.exceptions.Exit(1)


def feed_schema() -> dict[str, object]:
    """Return the JSON Schema of a feed, as docs/feed.schema.json has it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Feed.model_json_schema(),
    }


def _database(config: Path) -> sqlite3.Connection:
    """Open the store's database for reading, or end the command."""
    database = read_config(config, check_files=False).storage.database
    try:
        db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        db.row_factory = sqlite3.Row
        db.execute("SELECT 1 FROM feed_files LIMIT 1")
    except sqlite3.Error as error:
        raise stop(f"{database}: {error}; has the agent ever run?", code=USAGE) from None
    return db
