"""`edge-agent audit CONFIG`: which orders the store took, and what it changed by itself."""

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from edge_agent.commands.reading import config_argument, read_config, stop
from endcap.plumbing.audit_log import Entry, entries, first_broken


@click.command("audit")
@config_argument
@click.option("--verify", is_flag=True, help="Only tell whether the chain is whole; exit 1 if not.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def audit(config: Path, *, verify: bool, as_json: bool) -> None:
    """List the orders that CONFIG's store took, and what it did."""
    database = read_config(config, check_files=False).storage.database
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as db:
            found = entries(db)
    except sqlite3.Error as error:
        raise stop(f"{database}: {error}; has the agent ever run?", code=1) from None
    broken = first_broken(found)
    if as_json:
        listed = [] if verify else [asdict(one) for one in found]
        click.echo(json.dumps({"entries": listed, "first_broken": broken, "head": _head(found)}))
    else:
        for one in () if verify else found:
            click.echo(f"{one.entry:>5}  {one.at[:19]}  {one.act.who}: {one.act.what}")
        click.echo(_verdict(found, broken))
    raise click.exceptions.Exit(0 if broken is None else 1)


def _head(found: tuple[Entry, ...]) -> str | None:
    return found[-1].hash if found else None


def _verdict(found: tuple[Entry, ...], broken: int | None) -> str:
    """Return whether the chain is whole, in a line."""
    if broken is not None:
        return f"broken at entry {broken}: it was changed, or one before it was taken out"
    return f"whole: {len(found)} entries, head {_head(found) or 'none yet'}"
