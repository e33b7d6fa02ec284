"""`edge-agent status CONFIG|URL`: how the store stands, asked of the agent that runs."""

import json
from pathlib import Path
from typing import Any

import click
import httpx

from edge_agent.adapters.addresses import local_address
from edge_agent.commands.reading import USAGE, read_config, stop

PATIENCE_S = 5.0


@click.command("status")
@click.argument("where", metavar="CONFIG|URL")
@click.option("--json", "as_json", is_flag=True, help="The agent's own answer, unchanged.")
def status(where: str, *, as_json: bool) -> None:
    """Ask the agent of CONFIG, or the one at URL, how it stands. Exit 1 when it does not answer."""
    answer = _asked(address_of(where))
    if as_json:
        click.echo(json.dumps(answer))
        return
    for line in _lines(answer):
        click.echo(line)


def address_of(where: str) -> str:
    """Return the agent's address."""
    if where.startswith(("http://", "https://")):
        return where.rstrip("/")
    kiosk = read_config(Path(where), check_files=False).kiosk
    return local_address(kiosk.host, kiosk.port)


def _asked(address: str) -> dict[str, Any]:
    """Return what the agent says of itself."""
    try:
        answer = httpx.get(f"{address}/v1/status", timeout=PATIENCE_S)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
    except httpx.InvalidURL as error:
        raise stop(f"{address}: {error}", code=USAGE) from None
    except (httpx.HTTPError, ValueError) as error:
        advice = "is the agent running? see: systemctl status edge-agent"
        raise stop(f"{address} does not answer ({error}); {advice}", code=1) from None
    return told


def _lines(told: dict[str, Any]) -> list[str]:
    """Return the answer for people."""
    models = ", ".join(f"{one['kind']} {one['version']}" for one in told["models"])
    cameras = told["cameras"]
    well = sum(one["condition"] == "ok" for one in cameras)
    heard = told["centre_heard_age_s"]
    lines = [
        f"store    {told['store']}  {told['name']}",
        f"release  {told['release']}  ({models or 'no models'})",
        f"shelves  {_shelves(told)}, {well} of {len(cameras)} cameras well",
        f"outbox   {told['outbox_waiting']} events wait",
        f"centre   {'never heard' if heard is None else f'heard {heard} s ago'}",
    ]
    lines += [
        f"camera   {one['camera']} {one['condition']}: {one['detail'] or 'see its picture'}"
        for one in cameras
        if one["condition"] != "ok"
    ]
    lines += [
        f"refused  {one['file']}: {one['refused']} rows; line {one['line']}: {one['reason']}"
        for one in told["refused_files"]
    ]
    lines += [_feed(one) for one in told["feeds"]]
    return lines + [f"failing  {one['part']}: {one['detail']}" for one in told["degraded"]]


def _shelves(told: dict[str, Any]) -> str:
    """Return what the facings are."""
    unknown = f"{told['unknown_facings']} of {told['facings']} unknown"
    return f"{told['open_gaps']} gaps open, {told['low_facings']} facings low, {unknown}"


def _feed(one: dict[str, Any]) -> str:
    """Return what one source said of the days to come, and how old that is."""
    rows = ", ".join(f"{count} {subject}" for subject, count in one["rows"].items())
    return f"feed     {one['source']}: {rows or 'nothing'}, heard {one['heard_age_s']} s ago"
