"""`edge-agent stock`: what the store proposes to order, refill and mark down, decided on.

Asks the agent that runs; a decision is that agent's to keep.
"""

import json
from collections.abc import Mapping
from typing import Any

import click
import httpx

from edge_agent.commands.reading import stop
from edge_agent.commands.status import PATIENCE_S, address_of

_ADVICE = "is the agent running? see: systemctl status edge-agent"

where_argument = click.argument("where", metavar="CONFIG|URL")
id_argument = click.argument("proposal", metavar="PROPOSAL")
json_option = click.option("--json", "as_json", is_flag=True, help="The agent's own answer.")
reason_option = click.option("--reason", default="", help="Why, for those who read it later.")


class _Listing(click.Group):
    """A group whose first word may be left out: `stock CONFIG` is `stock list CONFIG`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; what is none is an argument of `list`."""
        first = args[0] if args else ""
        if not first.startswith("-") and self.get_command(ctx, first) is None:
            args = ["list", *args]
        return super().resolve_command(ctx, args)


@click.group("stock", cls=_Listing)
def stock() -> None:
    """List what to order, refill and mark down, and decide on it."""


@stock.command("list")
@where_argument
@click.option("--what", help="One kind alone: order, refill, markdown, overstock, count, stockout.")
@click.option("--day", help="All of a day (2026-03-02), decided or not; else what is open.")
@json_option
def list_proposals(where: str, what: str | None, day: str | None, *, as_json: bool) -> None:
    """List what the store proposes now."""
    asked = {name: value for name, value in (("what", what), ("day", day)) if value}
    answer = _told(where, "", params=asked)
    if as_json:
        click.echo(json.dumps(answer))
        return
    for one in answer["proposals"]:
        click.echo(_line(one))
    if not answer["proposals"]:
        click.echo("nothing is proposed")


@stock.command("accept")
@where_argument
@id_argument
@reason_option
@json_option
def accept(where: str, proposal: str, reason: str, *, as_json: bool) -> None:
    """Do as PROPOSAL says."""
    _decide(where, f"/{proposal}/accept", {"reason": reason}, as_json=as_json)


@stock.command("change")
@where_argument
@id_argument
@click.argument("amount", type=float)
@reason_option
@json_option
def change(where: str, proposal: str, amount: float, reason: str, *, as_json: bool) -> None:
    """Do as PROPOSAL says, with AMOUNT units or that price."""
    body = {"amount": amount, "reason": reason}
    _decide(where, f"/{proposal}/change", body, as_json=as_json)


@stock.command("reject")
@where_argument
@id_argument
@reason_option
@json_option
def reject(where: str, proposal: str, reason: str, *, as_json: bool) -> None:
    """Do not do what PROPOSAL says."""
    _decide(where, f"/{proposal}/reject", {"reason": reason}, as_json=as_json)


def _decide(where: str, path: str, body: Mapping[str, Any], *, as_json: bool) -> None:
    answer = _told(where, path, body=body)
    click.echo(json.dumps(answer) if as_json else _line(answer))


def _told(
    where: str,
    path: str,
    *,
    params: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what the agent says; end the command where it does not answer, or refuses."""
    address = address_of(where)
    method = "GET" if body is None else "POST"
    try:
        answer = httpx.request(
            method, f"{address}/v1/proposals{path}", params=params, json=body, timeout=PATIENCE_S
        )
        told: dict[str, Any] = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise stop(f"{address} does not answer ({error}); {_ADVICE}", code=1) from None
    if answer.is_error:
        said = told.get("detail", f"status {answer.status_code}")
        raise stop(f"{said}; {told.get('hint', _ADVICE)}", code=1)
    return told


def _line(one: Mapping[str, Any]) -> str:
    """Return a proposal for people, in a line."""
    amount = "" if one["amount"] is None else f"{one['amount']:g}"
    state = "" if one["state"] == "open" else f"  [{one['state']}{_decided(one)}]"
    name = one["name"] or ""
    return f"{one['id']:38} {amount:>8}  {name}{state}  {'; '.join(one['reasons'])}"


def _decided(one: Mapping[str, Any]) -> str:
    return "" if one["decided"] is None else f" {one['decided']:g}"
