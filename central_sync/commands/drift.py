"""`central-sync drift`: which stores' forecasts are not what they were, since when, and how."""

import json
from pathlib import Path

import click

from central_sync.adapters.demand_reads import read_alarms
from central_sync.commands.centre_database import centre_argument, opened
from central_sync.commands.speaking import BAD, plain
from central_sync.core.forecast_scores import Alarm

_MOST = 10_000


@click.command("drift")
@centre_argument
@click.option("--store", default="", help="Alarms of this store only.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def drift(centre: Path, store: str, *, as_json: bool) -> None:
    """List the open drift alarms, the newest first. Exit 1 when there are any.

    CENTRE is the centre's configuration or database; it may be in use. An alarm is a store's or an
    item group's forecast that is too high, too low, further off than usual, or whose intervals
    cover too little; it closes by itself when the forecasts are as good as before.
    """
    with opened(centre) as db:
        found = [one for one in read_alarms(db, _MOST) if store in ("", one.store)]
    if as_json:
        click.echo(json.dumps({"alarms": [_told(one) for one in found]}))
    else:
        click.echo("\n".join(_line(one) for one in found) or "no forecast drifts")
    if found:
        raise click.exceptions.Exit(BAD)


def _told(one: Alarm) -> dict[str, object]:
    """Return an alarm as JSON says it; the group is null for a whole store."""
    told = {"store": one.store, "group": one.group or None, "sign": one.sign, "why": one.why}
    return told | {"since": plain(one.since), "opened": plain(one.opened)}


def _line(one: Alarm) -> str:
    """Return an alarm for people."""
    return f"{one.store:<16} {one.group or '(all items)':<24} {one.why} (seen {one.opened})"
