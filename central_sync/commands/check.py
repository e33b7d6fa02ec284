"""`central-sync check CONFIG`: is this configuration right? Touches nothing, asks nobody."""

from pathlib import Path

import click

from central_sync.adapters.own_certificates import OwnCertificates
from central_sync.commands.speaking import read_config, read_plan
from central_sync.core.endings import ending_soon, told
from endcap.plumbing.clock import SystemClock


@click.command("check")
@click.argument("config", type=click.Path(path_type=Path))
def check(config: Path) -> None:
    """Tell everything that is wrong with CONFIG, a line each. Exit 2 when anything is.

    Certificates of the centre that end within 30 days are told too; that is not wrong yet.
    """
    found = read_config(config)
    read_plan(found.rollouts.plan)
    signs = "signs releases" if found.releases.keys_folder else "signs nothing"
    own, at = OwnCertificates(found.authority, found.certificates), SystemClock().now()
    for one in ending_soon(own.read(), at):
        click.echo(told(one, at), err=True)
    click.echo(f"{config}: right; {found.centre.name}, {signs}")
