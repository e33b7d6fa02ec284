"""edge-agent: what a person or systemd types."""

import click

from edge_agent.commands.audit import audit
from edge_agent.commands.backup import backup, restore
from edge_agent.commands.bundle import bundle
from edge_agent.commands.check import check
from edge_agent.commands.doctor import doctor
from edge_agent.commands.enrol import enrol
from edge_agent.commands.enrol_shelf import enrol_shelf
from edge_agent.commands.events import events
from edge_agent.commands.feed import feed
from edge_agent.commands.forecast import forecast
from edge_agent.commands.gaps import gaps
from edge_agent.commands.key import key
from edge_agent.commands.media import media
from edge_agent.commands.run import run
from edge_agent.commands.shopper import shopper
from edge_agent.commands.status import status
from edge_agent.commands.stock import stock
from endcap import __version__
from endcap.plumbing.command_line import Program


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="edge-agent")
def main() -> None:
    """The AI appliance in the back of the store: shelves, demand, recommendations."""


for _command in (
    run,
    check,
    doctor,
    status,
    stock,
    media,
    forecast,
    gaps,
    backup,
    restore,
    bundle,
    audit,
    enrol,
    enrol_shelf,
    events,
    feed,
    key,
    shopper,
):
    main.add_command(_command)

if __name__ == "__main__":
    main()
