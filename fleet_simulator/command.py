"""`central-sync simulate`: rehearses a rollout before a fleet sees it."""

import json
import time
from pathlib import Path

import click

from central_sync.adapters.plan_file import load_plan
from central_sync.commands.speaking import BAD, USAGE, progress
from central_sync.core.rollouts.plan import DEFAULT
from endcap.plumbing.config_file import ConfigError
from fleet_simulator.faults import load_faults
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
@click.option("--json", "as_json_", is_flag=True, help="One JSON object on stdout.")
def simulate(  # noqa: PLR0913 - an argument an option
    stores: int,
    release: int,
    faults: Path | None,
    plan: Path | None,
    seed: int,
    days: float,
    *,
    as_json_: bool,
) -> None:
    """Rehearse a rollout with hollow stores, or with real ones."""
    try:
        rules = load_plan(plan) if plan else DEFAULT
        asked = Asked(stores, release, load_faults(faults), rules, seed, days * _DAY)
    except ConfigError as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(USAGE) from None
    began, spent = time.perf_counter(), time.process_time()
    ended = rehearse(asked, progress)
    took = Took(time.perf_counter() - began, time.process_time() - spent)
    click.echo(json.dumps(as_json(ended, took)) if as_json_ else in_words(ended, took))
    if not is_sound(ended):
        raise click.exceptions.Exit(BAD)
