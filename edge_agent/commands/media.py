"""`edge-agent media`: what campaigns play here, what they spent and what is left.

Asks the agent that runs; changes nothing. Campaigns and budgets are the centre's.
"""

import json
from collections.abc import Mapping
from typing import Any

import click
import httpx

from edge_agent.commands.reading import stop
from edge_agent.commands.status import PATIENCE_S, address_of

_ADVICE = "is the agent running? see: systemctl status edge-agent"
_MICROS = 1_000_000


@click.command("media")
@click.argument("where", metavar="CONFIG|URL")
@click.option("--json", "as_json", is_flag=True, help="The agent's own answer; money in micros.")
@click.option("--key", envvar="ENDCAP_KEY", help="A key of staff, where the store requires keys.")
def media(where: str, key: str | None, *, as_json: bool) -> None:
    """Show campaigns, leases and plays of this store."""
    told = _told(where, key)
    if as_json:
        click.echo(json.dumps(told))
        return
    for one in told["campaigns"]:
        click.echo(_campaign(one))
    for one in told["leases"]:
        if one["closed_at"] is None:
            click.echo(_lease(one))
    if not told["campaigns"]:
        click.echo("no campaign is ordered")
    click.echo(f"the store's own offers: {told['house']} places; not told yet: {told['untold']}")


def _told(where: str, key: str | None) -> dict[str, Any]:
    """Return what the agent says; end the command where it does not answer, or refuses."""
    address = address_of(where)
    headers = {"authorization": f"Bearer {key}"} if key else {}
    try:
        answer = httpx.get(f"{address}/v1/media", headers=headers, timeout=PATIENCE_S)
        told: dict[str, Any] = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise stop(f"{address} does not answer ({error}); {_ADVICE}", code=1) from None
    if answer.is_error:
        said = told.get("detail", f"status {answer.status_code}")
        raise stop(f"{said}; {told.get('hint', _ADVICE)}", code=1)
    return told


def _campaign(one: Mapping[str, Any]) -> str:
    """Return a campaign as a line."""
    running = "runs" if one["running"] else "rests"
    return (
        f"{one['campaign']} ({one['advertiser']}) {running}: {one['plays']} plays,"
        f" {_money(one['spent'])} spent, {_money(one['left'])} left, {one['tapped']} tapped,"
        f" {one['bought']} bought, {one['held_out']} held out"
    )


def _lease(one: Mapping[str, Any]) -> str:
    """Return a lease as a line."""
    return (
        f"  lease {one['lease']} of {one['campaign']}: {_money(one['spent'])} of"
        f" {_money(one['amount'])} until {one['until'][:16]}"
    )


def _money(micros: int) -> str:
    return f"{micros / _MICROS:.2f}"
