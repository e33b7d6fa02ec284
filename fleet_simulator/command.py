"""`central-sync simulate`: rehearses a rollout before a fleet sees it."""

import asyncio
import json
import time
from pathlib import Path

import click

from central_sync.adapters.plan_file import load_plan
from central_sync.commands.speaking import BAD, USAGE, progress, stop
from central_sync.core.rollouts.plan import DEFAULT
from endcap.plumbing.config_file import ConfigError
from fleet_simulator.faults import load_faults
from fleet_simulator.real.drill import drill
from fleet_simulator.real.programs import DrillFailedError
from fleet_simulator.real.told import account_as_json, account_in_words
from fleet_simulator.rehearsal import Asked, rehearse
from fleet_simulator.report import Took, as_json, in_words, is_sound

_DAY = 86_400.0


@click.command("simulate")
@click.option(
    "--stores", type=click.IntRange(1, 100_000), default=1_000, show_default=True, help="How many."
)
@click.option(
    "--release",
    type=click.IntRange(2),
    default=2,
    show_default=True,
    help="Its number; the fleet begins with the one before.",
)
@click.option("--faults", type=click.Path(path_type=Path), help="What goes wrong; nothing without.")
@click.option("--plan", type=click.Path(path_type=Path), help="The rollout's plan.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of all chance.")
@click.option(
    "--days", type=click.FloatRange(0.01, 365), default=30.0, help="The longest, simulated."
)
@click.option("--real", type=click.IntRange(1, 200), help="So many real stores on this machine.")
@click.option("--json", "as_json_", is_flag=True, help="One JSON object on stdout.")
def simulate(  # noqa: PLR0913, PLR0917 - an argument an option
    stores: int,
    release: int,
    faults: Path | None,
    plan: Path | None,
    seed: int,
    days: float,
    real: int | None,
    *,
    as_json_: bool,
) -> None:
    """Rehearse a rollout with hollow stores, or with real ones.

    Hollow stores are the real update machine without models, in simulated time: ten thousand take a
    minute. With --real, that many real ones run here with a broker and a centre of their own; a
    release that is worse by design must be stopped and taken back, a sound one must reach all.
    Exit 1 when a rule of rollouts was broken.
    """
    try:
        rules = load_plan(plan) if plan else DEFAULT
        asked = Asked(stores, release, load_faults(faults), rules, seed, days * _DAY)
    except ConfigError as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(USAGE) from None
    sound = _with_real(real, plan, seed, as_json_=as_json_) if real else _hollow(asked, as_json_)
    if not sound:
        raise click.exceptions.Exit(BAD)


def _hollow(asked: Asked, as_json_: bool) -> bool:  # noqa: FBT001 - the command's flag
    """Rehearse with hollow stores; tell whether every rule held."""
    began, spent = time.perf_counter(), time.process_time()
    ended = rehearse(asked, progress)
    took = Took(time.perf_counter() - began, time.process_time() - spent)
    click.echo(json.dumps(as_json(ended, took)) if as_json_ else in_words(ended, took))
    return is_sound(ended)


def _with_real(count: int, plan: Path | None, seed: int, *, as_json_: bool) -> bool:
    """Rehearse with real stores; tell whether every rule held."""
    began = time.perf_counter()
    try:
        ended = asyncio.run(drill(count, plan, seed, progress))
    except DrillFailedError as error:
        raise stop(str(error), code=BAD) from None
    wall = time.perf_counter() - began
    click.echo(
        json.dumps(account_as_json(ended, wall)) if as_json_ else account_in_words(ended, wall)
    )
    return not ended.watch.broken
