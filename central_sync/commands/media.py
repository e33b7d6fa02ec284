"""`central-sync media ledger|leases|places|policy`: the ledger of plays, and what hangs on it."""

import json
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import click
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import to_jsonable_python

from central_sync.adapters.campaign_tables import CampaignTables, read_slots
from central_sync.adapters.media_reads import (
    Reward,
    read_flagged,
    read_logged,
    read_totals,
    read_unsettled,
)
from central_sync.commands.campaign_words import lease_line, money, owed_lines
from central_sync.commands.centre_database import centre_that_ran, opened, ordered, written
from central_sync.commands.speaking import BAD, stop
from central_sync.core.media.intervals import Interval
from central_sync.core.media.policies import Evaluation, evaluate, other_share
from central_sync.core.media.records import owing
from central_sync.ports.media import Asked
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.config_file import ConfigError, read_text
from endcap.wire.media import SlotRule

_config = click.argument("config", type=click.Path(path_type=Path))
_json = click.option("--json", "as_json", is_flag=True, help="JSON instead of lines.")
FLAGGED_SHOWN = 20


@click.group("media")
def media() -> None:
    """The ledger of plays, and what hangs on it.

    Budgets leased to stores, rules of places, and other policies.
    """


@media.command("ledger")
@_config
@_json
def ledger(config: Path, *, as_json: bool) -> None:
    """Sum up the ledger, and show plays that do not fit. Exit 1 when there are any."""
    at = SystemClock().now()
    with opened(centre_that_ran(config).centre.database) as db:
        totals, flagged = read_totals(db, at), read_flagged(db, FLAGGED_SHOWN)
        owed = owing(read_unsettled(db, Asked(), -1), at)
    if as_json:
        told = {"totals": totals, "flagged": flagged, "owing": owed}
        click.echo(json.dumps(to_jsonable_python(told)))
    else:
        leases = ", ".join(f"{number} {word}" for word, number in totals.leases.items())
        click.echo(f"{totals.plays} plays for {money(totals.spend)}; leases: {leases}")
        for line in owed_lines(owed):
            click.echo(line)
        for one in flagged:
            click.echo(
                f"  {one.flag}: {one.store} {one.at:%Y-%m-%d %H:%M} {money(one.price)}"
                f" of {one.campaign or 'nobody'}, lease {one.lease or '-'}, play {one.play}"
            )
    if flagged:
        raise click.exceptions.Exit(BAD)


@media.command("leases")
@_config
@click.option("--campaign", help="Of this campaign alone.")
@click.option("--store", help="Of this store alone.")
@click.option("--owing", "only_owing", is_flag=True, help="Only those that are over.")
@_json
def leases(config: Path, campaign: str | None, store: str | None, **options: bool) -> None:
    """List the leases that count whole.

    Those are at work, or over and not settled.
    """
    at = SystemClock().now()
    with opened(centre_that_ran(config).centre.database) as db:
        found = read_unsettled(db, Asked(campaign, store), -1)
    if options["only_owing"]:
        found = tuple(one for one in found if one.until <= at)
    if options["as_json"]:
        rows = [{**to_jsonable_python(one), "standing": one.standing(at).value} for one in found]
        click.echo(json.dumps({"leases": rows}))
        return
    for one in found:
        click.echo(lease_line(one, at))
    if not found:
        click.echo("no lease is at work, and none is owed")


class _Places(BaseModel):
    """A file of places."""

    model_config = ConfigDict(extra="forbid")
    slot: tuple[SlotRule, ...] = ()


@media.command("places")
@_config
@click.option("--set", "file", type=click.Path(path_type=Path), help="TOML with [[slot]] tables.")
@_json
def places(config: Path, file: Path | None, *, as_json: bool) -> None:
    """Show what may be played at each place, or put FILE in its stead.

    A [[slot]] has slot, floor (in micros), blocked_categories and blocked_advertisers.
    """
    database = centre_that_ran(config).centre.database
    if file is not None:
        rules, by = _rules(file), ordered()
        written(database, lambda one: CampaignTables(one).set_slots(rules, by))
    with opened(database) as db:
        found = read_slots(db)
    if as_json:
        click.echo(json.dumps({"slots": [one.model_dump(mode="json") for one in found]}))
        return
    for one in found:
        blocked = ", ".join((*one.blocked_categories, *one.blocked_advertisers)) or "nothing"
        click.echo(f"{one.slot:24} floor {money(one.floor)}; never: {blocked}")
    if not found:
        click.echo("no rules: every campaign may be played at every place")


@media.command("policy")
@_config
@click.option("--explore", type=click.FloatRange(0, 1), required=True, help="The share to judge.")
@click.option(
    "--explored",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.02,
    show_default=True,
    help="The share that the stores explored.",
)
@click.option("--reward", type=click.Choice(get_args(Reward)), default="tapped")
@click.option("--store", help="By plays of this store alone.")
@click.option("--days", type=click.IntRange(1, 3650), default=28, help="By plays of so many days.")
@_json
def policy(config: Path, *, explore: float, explored: float, **options: Any) -> None:  # noqa: ANN401 - click's
    """Judge another share of exploration.

    By the plays there were, none of them made for it.

    IPS, self-normalised IPS and doubly robust, each with an interval of 95 %. Exit 1 when there are
    too few plays to say anything.
    """
    since = (SystemClock().now() - timedelta(days=options["days"])).date()
    with opened(centre_that_ran(config).centre.database) as db:
        plays = read_logged(db, Asked(None, options["store"], since), options["reward"])
    try:
        found = evaluate(other_share(plays, explored, explore))
    except ValueError as error:
        raise stop(f"{error}; say which with --explored") from None
    if found is None:
        raise stop(f"no play since {since} to judge by", code=BAD)
    if options["as_json"]:
        click.echo(json.dumps({**to_jsonable_python(found), "warning": found.warning}))
    else:
        click.echo("\n".join(_policy_lines(found, explore, options["reward"])))
    if found.warning:
        raise click.exceptions.Exit(BAD)


def _policy_lines(found: Evaluation, explore: float, reward: str) -> list[str]:
    """Return what another policy would have brought, for people."""
    head = f"{reward} a play, exploring {explore:.1%} of the places"
    figures = {
        "as it was": found.logged,
        "IPS": found.ips,
        "self-normalised IPS": found.snips,
        "doubly robust": found.dr,
    }
    lines = [f"{head} ({found.plays} plays, worth {found.effective:.0f}):"]
    lines += [f"  {name:22} {_figure(one)}" for name, one in figures.items()]
    return [*lines, found.warning] if found.warning else lines


def _figure(one: Interval) -> str:
    return f"{one.value:.5f} ({one.low:.5f} to {one.high:.5f})"


def _rules(file: Path) -> tuple[SlotRule, ...]:
    """Return the rules in a file, or end the command."""
    try:
        return _Places.model_validate(tomllib.loads(read_text(file))).slot
    except ConfigError as error:
        raise stop(str(error)) from None
    except ValidationError as error:
        for one in error.errors():
            place = ".".join(str(part) for part in one["loc"])
            click.echo(f"{file}: {place}: {one['msg']}", err=True)
        raise click.exceptions.Exit(2) from None
    except (ValueError, RecursionError) as error:
        raise stop(f"{file}: {error}") from None
