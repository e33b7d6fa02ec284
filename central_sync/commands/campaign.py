"""`central-sync campaign ...`: make, show, start, pause and end campaigns, and report on them.

Orders are written into the centre's database; the running centre leases budgets to stores and tells
them. All of it may be done while the centre runs, and while it does not.
"""

import getpass
import json
import tomllib
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, get_args

import click
from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from central_sync.adapters.campaign_tables import CampaignTables, read_campaigns
from central_sync.adapters.media_reads import read_report, read_unsettled
from central_sync.commands.campaign_words import in_a_line, in_full, report_lines
from central_sync.commands.centre_database import centre_that_ran, opened, written
from central_sync.commands.speaking import BAD, stop
from central_sync.core.media.life import Event, MediaRefusedError
from central_sync.core.media.plan import MAX_MONEY, MICROS, Plan, micros
from central_sync.core.media.records import Kept, owing
from central_sync.core.media.reports import By as Across
from central_sync.ports.identity import By
from central_sync.ports.media import Asked
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.config_file import ConfigError, read_text

T = TypeVar("T")

_config = click.argument("config", type=click.Path(path_type=Path))
_name = click.argument("campaign")
_json = click.option("--json", "as_json", is_flag=True, help="JSON instead of lines.")
_reason = click.option("--reason", default="", help="Why; people read it in the audit log.")
_by = click.option("--by", default=getpass.getuser, help="Who orders it; else who is logged in.")


@click.group("campaign")
def campaign() -> None:
    """What kiosks advertise, and what came of it.

    For how much, in which stores, and until when.
    """


@campaign.command("new")
@_config
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--name", help="The campaign's name, in place of the file's.")
@click.option("--advertiser")
@click.option("--gtin", "gtins", multiple=True, help="An item; may be given again.")
@click.option("--headline")
@click.option("--bid", help="The most that a play may cost, in the currency.")
@click.option("--budget", help="In the currency.")
@click.option("--first", help="Its first moment, such as 2026-12-01T08:00Z.")
@click.option("--last", help="Its last moment.")
@click.option("--holdout", type=float, help="The share of shoppers who never see it, to measure.")
@click.option("--start", is_flag=True, help="Start it at once.")
@_by
@_json
def new(
    config: Path,
    file: Path | None,
    *,
    start: bool,
    by: str,
    as_json: bool,
    **options: Any,  # noqa: ANN401 - click's
) -> None:
    """Plan a campaign: from FILE (TOML), from options, or both.

    It is a draft until it is started. FILE takes every field that docs/media.md lists.
    """
    plan = _plan(file, options)

    async def make(book: CampaignTables, at: datetime) -> None:
        await book.make(plan, By(by, at))
        if start:
            await book.order(plan.campaign, Event.START, "", By(by, at))

    _ordered(config, make)
    _say_kept(config, plan.campaign, as_json=as_json)


@campaign.command("list")
@_config
@_json
def list_(config: Path, *, as_json: bool) -> None:
    """List the campaigns, newest first."""
    with opened(centre_that_ran(config).centre.database) as db:
        found = read_campaigns(db)
    if as_json:
        click.echo(json.dumps({"campaigns": [_plain(one) for one in found]}))
        return
    for one in found:
        click.echo(in_a_line(one))
    if not found:
        click.echo("no campaign yet; see `campaign new`")


@campaign.command("show")
@_config
@_name
@_json
def show(config: Path, campaign: str, *, as_json: bool) -> None:
    """Show a campaign: its money and its journal.

    And the stores that owe word of its leases.
    """
    _say_kept(config, campaign, as_json=as_json)


@campaign.command("start")
@_config
@_name
@_reason
@_by
@_json
def start(config: Path, campaign: str, *, reason: str, by: str, as_json: bool) -> None:
    """Start a draft or what was paused."""
    _order(config, campaign, (Event.START, reason, by), as_json=as_json)


@campaign.command("pause")
@_config
@_name
@_reason
@_by
@_json
def pause(config: Path, campaign: str, *, reason: str, by: str, as_json: bool) -> None:
    """Let no store show it for now. What was leased stays leased until it is over."""
    _order(config, campaign, (Event.PAUSE, reason, by), as_json=as_json)


@campaign.command("end")
@_config
@_name
@_reason
@_by
@_json
def end(config: Path, campaign: str, *, reason: str, by: str, as_json: bool) -> None:
    """End it for good."""
    _order(config, campaign, (Event.END, reason, by), as_json=as_json)


@campaign.command("budget")
@_config
@_name
@click.argument("amount")
@_reason
@_by
@_json
def budget(
    config: Path, campaign: str, amount: str, *, reason: str, by: str, as_json: bool
) -> None:
    """Give a campaign another budget.

    AMOUNT is in the currency, and never below what is spent or leased.
    """
    wanted = _amount(amount)
    _ordered(config, lambda book, at: book.set_budget(campaign, wanted, reason, By(by, at)))
    _say_kept(config, campaign, as_json=as_json)


@campaign.command("report")
@_config
@click.argument("campaign", required=False)
@click.option("--by", "across", type=click.Choice(get_args(Across)), default="campaign")
@click.option("--store", help="Of this store alone.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="From this day on (UTC).")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Up to this day.")
@_json
def report(
    config: Path,
    campaign: str | None,
    *,
    across: Across,
    as_json: bool,
    **options: Any,  # noqa: ANN401 - click's
) -> None:
    """Report what plays brought, and how sure that is.

    Plays, spend, taps, purchases and lift, with intervals of 95 %.

    Exit 1 when there is nothing to report.
    """
    days = [one.date() if one else None for one in (options["since"], options["until"])]
    asked = Asked(campaign, options["store"], *days)
    with opened(centre_that_ran(config).centre.database) as db:
        lines = read_report(db, across, asked)
    if as_json:
        click.echo(json.dumps({"by": across, "lines": to_jsonable_python(lines)}))
    else:
        click.echo("\n".join(report_lines(lines)) or "no play was told yet")
    if not lines:
        raise click.exceptions.Exit(BAD)


def _plan(file: Path | None, options: dict[str, Any]) -> Plan:
    """Return what a person plans, or end the command with a line for each problem."""
    given = {name: value for name, value in options.items() if value not in (None, ())}
    if "name" in given:
        given["campaign"] = given.pop("name")
    try:
        content = tomllib.loads(read_text(file)) if file else {}
        return Plan.model_validate({**content, **given})
    except ConfigError as error:
        raise stop(str(error)) from None
    except ValidationError as error:
        for one in error.errors():
            place = ".".join(str(part) for part in one["loc"])
            click.echo(f"{file or 'campaign'}: {place or 'plan'}: {one['msg']}", err=True)
        raise click.exceptions.Exit(2) from None
    except (ValueError, RecursionError) as error:
        raise stop(f"{file}: {error}") from None


def _amount(text: str) -> int:
    """Return an amount of the currency in micros, or end the command."""
    try:
        found = micros(Decimal(text))
    except (ArithmeticError, ValueError):
        found = -1
    if not 0 <= found <= MAX_MONEY * MICROS:
        raise stop(f"{text!r} is no amount of money, such as 1500 or 99.50")
    return found


def _order(config: Path, campaign: str, ordered: tuple[Event, str, str], *, as_json: bool) -> None:
    """Write down what a person orders of a campaign."""
    event, reason, by = ordered
    _ordered(config, lambda book, at: book.order(campaign, event, reason, By(by, at)))
    _say_kept(config, campaign, as_json=as_json)


def _ordered(config: Path, work: Callable[[CampaignTables, datetime], Awaitable[T]]) -> T:
    """Do `work` on the centre's campaigns; what cannot be ends the command in one line."""
    database = centre_that_ran(config).centre.database
    try:
        return written(database, lambda file: work(CampaignTables(file), SystemClock().now()))
    except MediaRefusedError as error:
        raise stop(str(error), code=BAD) from None


def _say_kept(config: Path, campaign: str, *, as_json: bool) -> None:
    """Print a campaign as it stands, or end the command when there is none."""
    with opened(centre_that_ran(config).centre.database) as db:
        found = read_campaigns(db, campaign)
        leases = read_unsettled(db, Asked(campaign), -1)
    if not found:
        raise stop(f"there is no campaign {campaign}; see `campaign list`", code=BAD)
    owed = owing(leases, SystemClock().now())
    if as_json:
        click.echo(json.dumps({**_plain(found[0]), "owing": to_jsonable_python(owed)}))
    else:
        click.echo(in_full(found[0], owed))


def _plain(one: Kept) -> dict[str, Any]:
    """Return a campaign as JSON values; money in micros."""
    return {
        "campaign": one.plan.campaign,
        "state": one.state.value,
        "since": one.since.isoformat(),
        "plan": one.plan.model_dump(mode="json"),
        "made_by": one.made_by,
        "budget": one.balance.budget,
        "spent": one.balance.spent,
        "leased": one.balance.leased,
        "free": one.balance.free,
        "journal": to_jsonable_python(one.journal),
    }
