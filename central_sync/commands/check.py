"""`central-sync check CONFIG`: is this configuration right? Touches nothing, asks nobody."""

from pathlib import Path

import click

from central_sync.commands.speaking import read_config, read_plan


@click.command("check")
@click.argument("config", type=click.Path(path_type=Path))
def check(config: Path) -> None:
    """Tell everything that is wrong with CONFIG, a line each. Exit 2 when anything is."""
    found = read_config(config)
    read_plan(found.rollouts.plan)
    signs = "signs releases" if found.releases.keys_folder else "signs nothing"
    click.echo(f"{config}: right; {found.centre.name}, {signs}")
