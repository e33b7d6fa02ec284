"""`central-sync experiment start|list|show|stop`: what is tried in the stores, and what it showed.

What a person orders is written into the centre's database; the running centre tells the stores, and
stops by itself what harms.
"""

import json
import math
import secrets
from pathlib import Path

import click

from central_sync.adapters.experiment_tables import ExperimentTables, read_experiments
from central_sync.commands.centre_database import centre_that_ran, opened, ordered, written
from central_sync.commands.speaking import BAD, stop
from central_sync.core.experiments.judging import Judged, judge
from central_sync.core.experiments.life import ExperimentRefusedError
from central_sync.core.experiments.plan import Plan
from central_sync.core.experiments.showing import Kept, plainly
from endcap.plumbing.config_file import ConfigError, load

_config = click.argument("config", type=click.Path(path_type=Path))
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
_reason = click.option("--reason", default="", help="Why; people read it.")


@click.group("experiment")
def experiment() -> None:
    """Try settings on some shoppers, visits or stores.

    Bounds hold at every look, so look as often as you like and stop when it is decided.
    """


@experiment.command("start")
@_config
@click.argument("plan", type=click.Path(path_type=Path))
@_reason
@_json
def start(config: Path, plan: Path, reason: str, *, as_json: bool) -> None:
    """Begin the experiment in the TOML file PLAN.

    docs/experiments.md says what a plan is.
    """
    try:
        read = load(plan, Plan)
    except ConfigError as error:
        raise stop(str(error)) from None
    by, salt = ordered(), secrets.token_hex(16)
    settings = centre_that_ran(config)
    try:
        written(
            settings.centre.database,
            lambda file: ExperimentTables(file).start(read, salt, reason, by),
        )
    except ExperimentRefusedError as error:
        raise stop(str(error), code=BAD) from None
    arms = ", ".join(arm.arm for arm in read.arms)
    line = f"{read.experiment} runs from {read.first} to {read.last}, by {read.unit}: {arms}"
    click.echo(json.dumps({"experiment": read.experiment, "state": "running"}) if as_json else line)


@experiment.command("stop")
@_config
@click.argument("name")
@_reason
@_json
def stop_one(config: Path, name: str, reason: str, *, as_json: bool) -> None:
    """End the experiment NAME before its time.

    Everyone is back on the site's own settings.
    """
    by, settings = ordered(), centre_that_ran(config)
    try:
        written(
            settings.centre.database, lambda file: ExperimentTables(file).stop(name, reason, by)
        )
    except ExperimentRefusedError as error:
        raise stop(str(error), code=BAD) from None
    line = f"{name} is stopped; stores hear of it with their next word"
    click.echo(json.dumps({"experiment": name, "state": "stopped"}) if as_json else line)


@experiment.command("list")
@_config
@_json
def list_all(config: Path, *, as_json: bool) -> None:
    """Show every experiment, the newest first."""
    with opened(centre_that_ran(config).centre.database) as db:
        kept = read_experiments(db)
    if as_json:
        click.echo(json.dumps({"experiments": [plainly(one) for one in kept]}))
        return
    for one in kept:
        click.echo(_in_a_line(one))
    if not kept:
        click.echo("no experiment was ever started")


@experiment.command("show")
@_config
@click.argument("name")
@_json
def show(config: Path, name: str, *, as_json: bool) -> None:
    """Show what NAME has shown so far, and what happened to it."""
    with opened(centre_that_ran(config).centre.database) as db:
        found = read_experiments(db, name)
    if not found:
        raise stop(f"there is no experiment {name}; `experiment list` names them", code=BAD)
    if as_json:
        click.echo(json.dumps(plainly(found[0])))
        return
    for line in _in_full(found[0]):
        click.echo(line)


def _in_a_line(one: Kept) -> str:
    plan, judged = one.standing.plan, judge(one.standing.plan, one.figures)
    verdicts = ", ".join(f"{arm.arm} {arm.verdict.value}" for arm in judged.arms)
    state = one.standing.state.value
    return f"{plan.experiment}  {state}  {plan.metric}: {verdicts}  ({one.stores} stores told)"


def _in_full(one: Kept) -> list[str]:
    plan, judged = one.standing.plan, judge(one.standing.plan, one.figures)
    lines = [_in_a_line(one), *_of_arms(one, judged)]
    if judged.reason:
        lines.append(f"  {judged.reason}")
    told = (
        f"  {entry.at:%Y-%m-%d %H:%M}  {entry.event} by {entry.by}"
        + (f": {entry.reason}" if entry.reason else "")
        for entry in one.journal
    )
    sure = f"bounds hold at every look with {1 - plan.error:.0%}, over all arms"
    return [*lines, f"  {sure}", *told]


def _of_arms(one: Kept, judged: Judged) -> list[str]:
    lines = []
    for arm, of_arm in one.figures.items():
        means = ", ".join(
            f"{metric} {sums.mean:.4g} of {sums.units}" for metric, sums in sorted(of_arm.items())
        )
        lines.append(f"  {arm}: {means}")
    for judged_arm in judged.arms:
        for metric, found in judged_arm.above.items():
            span = f"{found.low:+.4g} to {found.high:+.4g}" if math.isfinite(found.low) else "open"
            lines.append(
                f"  {judged_arm.arm} is {found.value:+.4g} above the control in {metric} ({span})"
            )
    return lines
