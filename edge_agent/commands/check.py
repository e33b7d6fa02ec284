"""`edge-agent check CONFIG`: is this configuration right? Touches nothing, asks nobody."""

from pathlib import Path

import click

from edge_agent.commands.reading import config_argument, read_config


@click.command("check")
@config_argument
def check(config: Path) -> None:
    """Tell everything that is wrong with CONFIG, a line each. Exit 2 when anything is."""
    found = read_config(config)
    alone = "" if found.mqtt else ", on its own"
    click.echo(f"{config}: right; store {found.store.id}, {len(found.cameras)} cameras{alone}")
