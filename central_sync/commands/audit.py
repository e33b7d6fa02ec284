"""`central-sync audit CENTRE`: who ordered what, and what the centre did by itself."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from central_sync.commands.centre_database import centre_argument, opened
from central_sync.commands.speaking import BAD
from endcap.plumbing.audit_log import entries, first_broken


@click.command("audit")
@centre_argument
@click.option("--verify", is_flag=True, help="Only tell whether the chain is whole.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def audit(centre: Path, *, verify: bool, as_json: bool) -> None:
    """List who ordered what. Exit 1 when an entry was changed since."""
    with opened(centre) as db:
        found = entries(db)
    broken, head = first_broken(found), found[-1].hash if found else None
    if as_json:
        listed = [] if verify else [asdict(one) for one in found]
        click.echo(json.dumps({"entries": listed, "first_broken": broken, "head": head}))
    else:
        for one in () if verify else found:
            click.echo(f"{one.entry:>5}  {one.at[:19]}  {one.act.who}: {one.act.what}")
        whole = f"whole: {len(found)} entries, head {head or 'none yet'}"
        bad = f"broken at entry {broken}: it was changed, or one before it was taken out"
        click.echo(whole if broken is None else bad)
    if broken is not None:
        raise click.exceptions.Exit(BAD)
